// SPDX-License-Identifier: MIT
#include "sweep/plot.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "output/plotter.h"

namespace kiln::sweep {

namespace {

const std::string kHead =
    "# SPDX-License-Identifier: MIT\n# gnuplot script of a Kiln sweep\nset encoding utf8\n";
constexpr int kPanelWidth = 440, kPanelHeight = 270;  // pixels
constexpr int kLeft = 90, kRight = 70, kTop = 80, kBottom = 150;

/// Okabe & Ito 2008: told apart by colour-blind readers.
constexpr std::array kColours = {"#0072B2", "#56B4E9", "#009E73", "#E69F00",
                                 "#D55E00", "#CC79A7", "#000000", "#999999"};

/// Labels of the axes that neither run along x nor stand in columns.
std::string series_label(const Row& row, std::size_t x, std::optional<std::size_t> column) {
  std::vector<std::string> words;
  for (std::size_t axis = 0; axis < row.labels.size(); ++axis)
    if (axis != x && axis != column) words.push_back(row.labels[axis]);
  return base::join(words, ", ");
}

class Script {
 public:
  Script(const Table& table, const PlotConfig& plot)
      : table_(table), plot_(plot), x_(comparison_axis(table, plot)), column_(column_axis(table, plot)) {
    ticks_ = labels_of(table, x_);
    columns_ = column_ ? labels_of(table, *column_) : std::vector<std::string>{""};
    for (const Row& row : table.rows) {
      const std::string label = series_label(row, x_, column_);
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
    const int width = kLeft + kRight + kPanelWidth * static_cast<int>(columns_.size());
    const int height = kTop + kBottom + kPanelHeight * static_cast<int>(plot_.rows.size());
    out_ += fmt::format("set terminal pngcairo noenhanced size {},{} font 'sans,10'\nset output '{}'\n",
                        width, height, kPlotImage);
    for (std::size_t row = 0; row < plot_.rows.size(); ++row)
      for (std::size_t column = 0; column < columns_.size(); ++column) add_data(row, column);
    out_ += fmt::format(
        "set multiplot layout {},{} margins {:.4f},{:.4f},{:.4f},{:.4f} spacing {:.4f},{:.4f} title {}\n",
        plot_.rows.size(), columns_.size(), double(kLeft) / width, 1 - double(kRight) / width,
        double(kBottom) / height, 1 - double(kTop) / height, 55.0 / width, 25.0 / height, label(plot_.title));
    out_ += "set grid ytics lc rgb '#dddddd'\nset border 3\nset tics nomirror out\nset key off\n";
    out_ += fmt::format("set xrange [-0.3:{}]\nset offsets 0,0,graph 0.08,0\n",
                        static_cast<double>(ticks_.size()) - 0.7);
    for (std::size_t row = 0; row < plot_.rows.size(); ++row)
      for (std::size_t column = 0; column < columns_.size(); ++column) add_panel(row, column);
    out_ += "unset multiplot\n";
    return out_;
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

  std::optional<double> value(const PlotMetricConfig& metric, const std::string& series,
                              const std::string& column, const std::string& tick) const {
    for (const Row& row : table_.rows) {
      if (row.labels[x_] != tick || (column_ && row.labels[*column_] != column)) continue;
      if (series_label(row, x_, column_) != series) continue;
      if (row.invalid()) return std::nullopt;  // a gap
      return row.number(metric.metric);
    }
    return std::nullopt;
  }

  bool has_data(std::size_t row, std::size_t column, std::size_t series) const {
    return std::any_of(ticks_.begin(), ticks_.end(), [&](const std::string& tick) {
      return value(plot_.rows[row], series_[series], columns_[column], tick).has_value();
    });
  }

  /// One line per x value, one column per series.
  void add_data(std::size_t row, std::size_t column) {
    const PlotMetricConfig& metric = plot_.rows[row];
    out_ += block(row, column) + " << EOD\n";
    for (std::size_t tick = 0; tick < ticks_.size(); ++tick) {
      out_ += fmt::format("{}", tick);
      for (const std::string& series : series_) {
        const auto number = value(metric, series, columns_[column], ticks_[tick]);
        const auto first = metric.relative ? value(metric, series, columns_[column], ticks_.front()) : 1.0;
        const bool known = number && first && *first != 0;
        out_ += known ? fmt::format(",{:.9g}", metric.scale * *number / *first) : ",NaN";
      }
      out_ += "\n";
    }
    out_ += "EOD\n";
  }

  void add_panel(std::size_t row, std::size_t column) {
    const PlotMetricConfig& metric = plot_.rows[row];
    const bool bottom = row + 1 == plot_.rows.size();
    out_ += row == 0 ? "set title " + label(columns_[column]) + "\n" : "unset title\n";
    out_ += column == 0 ? "set ylabel " + label(metric.label.empty() ? metric.metric : metric.label) + "\n"
                        : "unset ylabel\n";
    out_ += metric.from_zero ? "set yrange [0:*]\n" : "set yrange [*:*]\n";
    std::vector<std::string> tics;
    for (std::size_t tick = 0; tick < ticks_.size(); ++tick)
      tics.push_back(fmt::format("{} {}", bottom ? label(tick_text(ticks_[tick])) : "''", tick));
    out_ += fmt::format("set xtics rotate by -30 ({})\n", base::join(tics, ", "));
    const bool last = bottom && column + 1 == columns_.size();
    if (last) out_ += "set key at screen 0.5,0.01 center bottom horizontal maxrows 2\n";
    std::vector<std::string> curves;
    for (std::size_t series = 0; series < series_.size(); ++series) {
      if (!has_data(row, column, series)) continue;  // gnuplot takes a curve of nothing for an error
      curves.push_back(fmt::format("{} using 1:{} with linespoints lw 2 pt 7 ps 0.8 lc rgb '{}' title {}",
                                   block(row, column), series + 2, kColours[series % kColours.size()],
                                   label(series_[series])));
    }
    if (curves.empty()) {
      out_ += "set yrange [0:1]\n";
      curves.emplace_back("-1 notitle");
    }
    out_ += "plot " + base::join(curves, ", \\\n  ") + "\n";
  }

  const Table& table_;
  const PlotConfig& plot_;
  std::size_t x_;
  std::optional<std::size_t> column_;
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
  for (const Row& row : table.rows)
    if (std::find(labels.begin(), labels.end(), row.labels[axis]) == labels.end())
      labels.push_back(row.labels[axis]);
  return labels;
}

output::Files plot_files(const Table& table, const SweepConfig& sweep) {
  return Script(table, sweep.plot).files();
}

}  // namespace kiln::sweep
