// SPDX-License-Identifier: MIT
#include "sweep/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "base/error.h"
#include "base/text.h"
#include "output/plotter.h"
#include "report/amount.h"

namespace kiln::sweep {

namespace {

const std::string kHead =
    "# SPDX-License-Identifier: MIT\n# gnuplot script of a Kiln sweep\nset encoding utf8\n";
constexpr int kPanelWidth = 440, kPanelHeight = 270;              // pixels
constexpr int kLeft = 90, kRight = 70, kTop = 80, kBottom = 138;  // without the key
constexpr int kKeyLine = 16, kKeyLetter = 7, kKeySample = 60;     // of an entry of the key, about
constexpr int kBetween = 55, kBetweenScales = 120;  // panels; those with a scale of changes at their right
constexpr std::size_t kMostTicks = 12;              // of a numeric axis at its own values
constexpr double kLeastGap = 0.06;                  // of the axis's length between two such ticks

/// Okabe & Ito 2008: told apart by colour-blind readers.
constexpr std::array kColours = {"#0072B2", "#56B4E9", "#009E73", "#E69F00",
                                 "#D55E00", "#CC79A7", "#000000", "#999999"};

/// Labels of the axes that neither run along x nor stand in columns.
std::string series_label(const Table& table, const Row& row, std::size_t x,
                         std::optional<std::size_t> column) {
  std::vector<std::string> words;
  for (std::size_t axis = 0; axis < row.labels.size(); ++axis)
    if (axis != x && axis != column) words.push_back(told_label(table, axis, row.labels[axis]));
  return base::join(words, ", ");
}

/// Points that are no result of the chip at work are drawn, hollow, and nothing is counted from them.
enum class Points { valid, invalid };

class Script {
 public:
  Script(const Table& table, const PlotConfig& plot)
      : table_(table), plot_(plot), x_(comparison_axis(table, plot)), column_(column_axis(table, plot)) {
    ticks_ = labels_of(table, x_);
    scale_ = base::axis_scale(ticks_);
    columns_ = column_ ? labels_of(table, *column_) : std::vector<std::string>{""};
    for (const Row& row : table.rows) {
      const std::string label = series_label(table, row, x_, column_);
      if (std::find(series_.begin(), series_.end(), label) == series_.end()) series_.push_back(label);
    }
  }

  output::Files files() {
    std::string commands = text();  // collects the labels
    const std::string first = output::read_labels(kPlotLabels, labels_.size());
    return {{kPlotScript, kHead + first + commands}, {kPlotLabels, output::label_file(labels_)}};
  }

 private:
  std::string text() {
    const int between = series_.size() == 1 ? kBetweenScales : kBetween;
    const int right = series_.size() == 1 ? kBetweenScales - kBetween + kRight : kRight;
    const int width = kLeft + right + kPanelWidth * static_cast<int>(columns_.size());
    key_columns_ = key_columns();
    const int below =
        kBottom + kKeyLine * static_cast<int>((key_entries() + key_columns_ - 1) / key_columns_);
    const int height = kTop + below + kPanelHeight * static_cast<int>(plot_.rows.size());
    out_ += fmt::format("set terminal pngcairo noenhanced size {},{} font 'sans,10'\nset output '{}'\n",
                        width, height, kPlotImage);
    for (std::size_t row = 0; row < plot_.rows.size(); ++row)
      for (std::size_t column = 0; column < columns_.size(); ++column) add_data(row, column);
    out_ += fmt::format(
        "set multiplot layout {},{} margins {:.4f},{:.4f},{:.4f},{:.4f} spacing {:.4f},{:.4f} title {}\n",
        plot_.rows.size(), columns_.size(), double(kLeft) / width, 1 - double(right) / width,
        double(below) / height, 1 - double(kTop) / height, double(between) / width, 25.0 / height,
        label(plot_.title));
    out_ += "set grid ytics lc rgb '#dddddd'\nset border 3\nset tics nomirror out\nset key off\n";
    out_ += x_range();
    for (std::size_t row = 0; row < plot_.rows.size(); ++row)
      for (std::size_t column = 0; column < columns_.size(); ++column) add_panel(row, column);
    out_ += "unset multiplot\n";
    return out_;
  }

  std::size_t key_entries() const { return series_.size() + (has_invalid() ? 1 : 0); }
  /// As many as stand side by side in the panel that the key belongs to.
  std::size_t key_columns() const {
    std::size_t longest = 0;
    for (const std::string& series : series_) longest = std::max(longest, series.size());
    return std::max<std::size_t>(1, (kPanelWidth - kBetween) / (kKeyLetter * longest + kKeySample));
  }

  /// The text in the array of labels: a script holds no word from outside.
  std::string label(const std::string& text) {
    const auto found = std::find(labels_.begin(), labels_.end(), text);
    if (found != labels_.end()) return fmt::format("label[{}]", found - labels_.begin() + 1);
    labels_.push_back(text);
    return fmt::format("label[{}]", labels_.size());
  }

  /// A tick label is a format to gnuplot: its per cent signs are doubled.
  static std::string tick_text(const std::string& label) {
    std::string text;
    for (const char c : label) text += c == '%' ? std::string("%%") : std::string(1, c);
    return text;
  }
  static std::string block(std::size_t row, std::size_t column) {
    return fmt::format("$panel_{}_{}", row, column);
  }

  static const char* colour(std::size_t series) { return kColours[series % kColours.size()]; }
  bool has_invalid() const {
    return std::any_of(table_.rows.begin(), table_.rows.end(), [](const Row& row) { return row.invalid(); });
  }
  std::vector<Points> drawn_points() const {
    return has_invalid() ? std::vector{Points::valid, Points::invalid} : std::vector{Points::valid};
  }

  std::string column_title(std::size_t column) const {
    return column_ ? told_label(table_, *column_, columns_[column]) : "";
  }

  /// Where a tick stands: at its value if the axis is one of numbers, else at its index.
  double position(std::size_t tick) const {
    return scale_ ? scale_->values[tick] : static_cast<double>(tick);
  }

  /// From left to right.
  std::vector<std::size_t> drawing_order() const {
    std::vector<std::size_t> order(ticks_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return position(a) < position(b); });
    return order;
  }

  std::string x_range() const {
    if (!scale_)
      return fmt::format("set xrange [-0.3:{}]\nset offsets 0,0,graph 0.08,0\n",
                         static_cast<double>(ticks_.size()) - 0.7);
    const auto [low, high] = std::minmax_element(scale_->values.begin(), scale_->values.end());
    if (scale_->logarithmic())
      return fmt::format("set logscale x\nset xrange [{:.9g}:{:.9g}]\nset offsets 0,0,graph 0.08,0\n",
                         *low / 1.15, *high * 1.15);
    const double edge = *high > *low ? 0.05 * (*high - *low) : 1;
    const double from = *low >= 0 ? std::max(0.0, *low - edge) : *low - edge;
    return fmt::format("set xrange [{:.9g}:{:.9g}]\nset offsets 0,0,graph 0.08,0\n", from, *high + edge);
  }

  /// Whether ticks at the values themselves can be read.
  bool has_room() const {
    if (!scale_) return true;
    std::vector<double> at = scale_->values;
    if (scale_->logarithmic())
      for (double& value : at) value = std::log(value);
    std::sort(at.begin(), at.end());
    bool room = at.size() <= kMostTicks;
    for (std::size_t i = 1; i < at.size(); ++i)
      room = room && at[i] - at[i - 1] >= kLeastGap * (at.back() - at.front());
    return room;
  }

  void add_x_axis(bool bottom) {
    out_ +=
        bottom ? "set xlabel " + label(base::with_unit(table_.axes[x_], scale_)) + "\n" : "unset xlabel\n";
    if (!has_room()) {
      out_ +=
          bottom ? "set xtics norotate autofreq format '%g'\n" : "set xtics norotate autofreq format ''\n";
      return;
    }
    std::vector<std::string> tics;
    for (std::size_t tick = 0; tick < ticks_.size(); ++tick) {
      const std::string text = scale_ ? fmt::format("{}", scale_->values[tick]) : tick_text(ticks_[tick]);
      tics.push_back(fmt::format("{} {}", bottom ? label(text) : "''", position(tick)));
    }
    out_ += fmt::format("set xtics {} ({})\n", scale_ ? "norotate" : "rotate by -30", base::join(tics, ", "));
  }

  /// What one number of a row of panels is drawn as: with the prefix of its unit where nothing else is asked
  /// for.
  struct Drawn {
    double factor = 1;
    std::string text;
  };
  Drawn drawn(const PlotMetricConfig& metric) const {
    double largest = 0;
    for (const Row& row : table_.rows)
      if (!row.invalid()) largest = std::max(largest, std::abs(row.number(metric.metric).value_or(0)));
    if (metric.relative) return {metric.scale, metric.label.empty() ? metric.metric : metric.label};
    if (!metric.label.empty()) return {metric.scale, metric.label};
    const report::ShownIn shown = report::shown_in(largest, metric.metric);
    const std::string name =
        shown.unit.empty() ? metric.metric : fmt::format("{} [{}]", metric.metric, shown.unit);
    return metric.scale == 1 ? Drawn{1 / shown.factor, name} : Drawn{metric.scale, metric.metric};
  }

  /// The first valid number of a panel's curve, that changes are counted from.
  std::optional<double> first_of(const PlotMetricConfig& metric, std::size_t series,
                                 std::size_t column) const {
    return value(metric, series_[series], columns_[column], ticks_.front());
  }

  /// "1 = 4.62 ms": what a panel of ratios starts from.
  std::string starts_from(const PlotMetricConfig& metric, std::size_t column) const {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (std::size_t series = 0; series < series_.size(); ++series)
      if (const auto first = first_of(metric, series, column)) {
        low = std::min(low, *first);
        high = std::max(high, *first);
      }
    return low > high ? "" : fmt::format("1 = {}", report::amount_text(low, high, metric.metric));
  }

  /// Least and greatest number of a panel with one curve, as drawn, with room above and, unless it starts at
  /// 0, below.
  std::pair<double, double> drawn_range(const PlotMetricConfig& metric, std::size_t column) const {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const std::string& tick : ticks_)
      for (const Points which : {Points::valid, Points::invalid})
        if (const auto number = value(metric, series_.front(), columns_[column], tick, which)) {
          low = std::min(low, *number * drawn(metric).factor);
          high = std::max(high, *number * drawn(metric).factor);
        }
    if (metric.from_zero) low = std::min(low, 0.0);
    const double room = high > low ? 0.08 * (high - low) : std::max(std::abs(high), 1.0) * 0.05;
    return {metric.from_zero && low == 0 ? 0 : low - room, high + room};
  }

  /// The scale of the numbers and, at the right of a panel with one curve, that of their changes.
  void add_y_axes(const PlotMetricConfig& metric, std::size_t column) {
    out_ += "unset y2tics\nunset y2label\nset border 3\n";
    out_ += metric.from_zero ? "set yrange [0:*]\n" : "set yrange [*:*]\n";
    const auto first = series_.size() == 1 && !metric.relative ? first_of(metric, 0, column) : std::nullopt;
    const bool in_kelvins = report::is_temperature(metric.metric);
    if (!first || (*first <= 0 && !in_kelvins)) return;
    const double start = *first * drawn(metric).factor;
    const auto [low, high] = drawn_range(metric, column);
    const auto change = [&](double at) { return in_kelvins ? at - start : 100 * (at / start - 1); };
    out_ += fmt::format("set yrange [{:.9g}:{:.9g}]\nset y2range [{:.9g}:{:.9g}]\n", low, high, change(low),
                        change(high));
    out_ += fmt::format("set y2label {}\nset y2tics nomirror out\nset border 11\n",
                        label(in_kelvins ? "change [K]" : "change [%]"));
  }

  std::optional<double> value(const PlotMetricConfig& metric, const std::string& series,
                              const std::string& column, const std::string& tick,
                              Points which = Points::valid) const {
    for (const Row& row : table_.rows) {
      if (row.labels[x_] != tick || (column_ && row.labels[*column_] != column)) continue;
      if (series_label(table_, row, x_, column_) != series) continue;
      if (row.invalid() != (which == Points::invalid)) return std::nullopt;
      return row.number(metric.metric);
    }
    return std::nullopt;
  }

  /// A point as it is drawn: scaled, and a ratio where changes are asked for.
  std::optional<double> point(const PlotMetricConfig& metric, std::size_t series, std::size_t column,
                              const std::string& tick, Points which) const {
    const auto number = value(metric, series_[series], columns_[column], tick, which);
    const auto first = metric.relative ? first_of(metric, series, column) : 1.0;
    if (!number || !first || *first == 0) return std::nullopt;
    return drawn(metric).factor * *number / *first;
  }

  bool has_data(std::size_t row, std::size_t column, std::size_t series, Points which) const {
    return std::any_of(ticks_.begin(), ticks_.end(), [&](const std::string& tick) {
      return point(plot_.rows[row], series, column, tick, which).has_value();
    });
  }

  /// One line per x value, one column per series of valid points, then one per series of the others.
  void add_data(std::size_t row, std::size_t column) {
    out_ += block(row, column) + " << EOD\n";
    for (const std::size_t tick : drawing_order()) {
      out_ += fmt::format("{}", position(tick));
      for (const Points which : drawn_points())
        for (std::size_t series = 0; series < series_.size(); ++series) {
          const auto number = point(plot_.rows[row], series, column, ticks_[tick], which);
          out_ += number ? fmt::format(",{:.9g}", *number) : ",NaN";
        }
      out_ += "\n";
    }
    out_ += "EOD\n";
  }

  /// What is drawn of a panel. gnuplot takes a curve of nothing for an error.
  std::vector<std::string> curves(std::size_t row, std::size_t column) {
    std::vector<std::string> all;
    for (std::size_t series = 0; series < series_.size(); ++series)
      if (has_data(row, column, series, Points::valid))
        all.push_back(fmt::format("{} using 1:{} with linespoints lw 2 pt 7 ps 0.8 lc rgb '{}' {}",
                                  block(row, column), series + 2, colour(series),
                                  series_[series].empty() ? "notitle" : "title " + label(series_[series])));
    for (std::size_t series = 0; series < series_.size(); ++series)
      if (has_data(row, column, series, Points::invalid))
        all.push_back(fmt::format("{} using 1:{} with points lw 2 pt 6 ps 1.2 lc rgb '{}' notitle",
                                  block(row, column), series_.size() + series + 2, colour(series)));
    return all;
  }

  void add_panel(std::size_t row, std::size_t column) {
    const PlotMetricConfig& metric = plot_.rows[row];
    const bool bottom = row + 1 == plot_.rows.size();
    out_ += row == 0 ? "set title " + label(column_title(column)) + "\n" : "unset title\n";
    out_ += column == 0 ? "set ylabel " + label(drawn(metric).text) + "\n" : "unset ylabel\n";
    out_ += metric.relative
                ? "set label 1 " + label(starts_from(metric, column)) + " at graph 0.98,0.95 right\n"
                : "unset label 1\n";
    add_y_axes(metric, column);
    add_x_axis(bottom);
    const bool last = bottom && column + 1 == columns_.size();
    if (last)
      out_ += fmt::format("set key at screen 0.5,0.005 center bottom horizontal maxcols {}\n", key_columns_);
    std::vector<std::string> drawn_curves = curves(row, column);
    if (drawn_curves.empty()) {
      out_ += "set yrange [0:1]\n";
      drawn_curves.emplace_back("-1 notitle");
    }
    if (last && has_invalid())
      drawn_curves.push_back("keyentry with points lw 2 pt 6 ps 1.2 lc rgb '#555555' title " +
                             label("not valid"));
    out_ += "plot " + base::join(drawn_curves, ", \\\n  ") + "\n";
  }

  const Table& table_;
  const PlotConfig& plot_;
  std::size_t x_;
  std::optional<std::size_t> column_;
  std::size_t key_columns_ = 1;
  std::optional<base::AxisScale> scale_;  ///< of the x axis, where it is one of numbers
  std::vector<std::string> ticks_, columns_, series_;
  std::vector<std::string> labels_;  ///< all texts of the picture, each once
  std::string out_;
};

std::optional<std::size_t> axis_called(const Table& table, const std::string& name) {
  const auto found = std::find(table.axes.begin(), table.axes.end(), name);
  if (found == table.axes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - table.axes.begin());
}

}  // namespace

std::size_t comparison_axis(const Table& table, const PlotConfig& plot) {
  KILN_CHECK(!table.axes.empty(), "a sweep without axes");
  return axis_called(table, plot.x).value_or(table.axes.size() - 1);
}

std::optional<std::size_t> column_axis(const Table& table, const PlotConfig& plot) {
  const auto axis = axis_called(table, plot.columns);
  return axis == comparison_axis(table, plot) ? std::nullopt : axis;
}

std::vector<std::string> labels_of(const Table& table, std::size_t axis) {
  std::vector<std::string> labels;
  std::unordered_set<std::string_view> known;
  for (const Row& row : table.rows)
    if (known.insert(row.labels[axis]).second) labels.push_back(row.labels[axis]);
  return labels;
}

output::Files plot_files(const Table& table, const SweepConfig& sweep) {
  return Script(table, sweep.plot).files();
}

}  // namespace kiln::sweep
