// SPDX-License-Identifier: MIT
#include "sweep/findings.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "report/glossary.h"
#include "sweep/plot.h"

namespace kiln::sweep {

namespace {

constexpr double kLittle = 0.05;  // a change of the step's time below this share wants a reason
constexpr double kAlwaysBusy = 0.98;
constexpr std::string_view kStepTime = "step_time_s";
constexpr std::string_view kBusyTime = "busy_time_s";
constexpr std::string_view kMemoryShare = "gradient_traffic_share";  // of the DRAM's bytes
constexpr std::string_view kNetworkShare = "gradient_noc_share";
constexpr std::string_view kBoundBy = "bound_by.";
constexpr std::string_view kAuditError = "audit_error";

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

bool is_temperature(const std::string& metric) {
  return report::unit_of(metric) == "degC";
}

/// A share of the reference, or kelvins for a temperature.
std::optional<double> change(const Row& row, const Row& reference, const std::string& metric) {
  const auto now = row.number(metric), before = reference.number(metric);
  if (!now || !before) return std::nullopt;
  if (is_temperature(metric)) return *now - *before;
  return *before == 0 ? std::nullopt : std::optional(*now / *before - 1);
}

std::string range_text(const Range& range, const std::string& metric) {
  if (range.empty()) return "-";
  const double scale = is_temperature(metric) ? 1 : 100;
  const char* unit = is_temperature(metric) ? "K" : "%";
  const std::string low = fmt::format("{:+.2f}", scale * range.low),
                    high = fmt::format("{:+.2f}", scale * range.high);
  return low == high ? fmt::format("{} {}", low, unit) : fmt::format("{}..{} {}", low, high, unit);
}

std::string percent(double share) {
  return share < 0.1 ? fmt::format("{:.2g} %", 100 * share) : fmt::format("{:.0f} %", 100 * share);
}

/// The rows of one section and the row each is compared with.
class Section {
 public:
  Section(const Table& table, const SweepConfig& sweep, std::string column)
      : table_(table), sweep_(sweep), x_(comparison_axis(table, sweep.plot)), name_(std::move(column)) {
    const auto axis = column_axis(table, sweep.plot);
    for (const Row& row : table.rows) {
      if (axis && row.labels[*axis] != name_) continue;
      if (row.invalid())
        ++invalid_;
      else
        rows_.push_back(&row);
    }
  }

  std::string text() const {
    if (rows_.empty()) return invalid_ > 0 ? fmt::format("{}: no point is valid\n\n", name_) : "";
    const std::vector<std::string> labels = labels_of(table_, x_);
    std::string out =
        fmt::format("{}{}against '{}'\n  {:<24}", name_, name_.empty() ? "" : ": ", labels.front(), "");
    for (const PlotMetricConfig& row : sweep_.plot.rows) out += fmt::format(" {:>24}", row.metric);
    out += "\n";
    for (std::size_t i = 1; i < labels.size(); ++i) {
      out += fmt::format("  {:<24}", labels[i]);
      for (const PlotMetricConfig& row : sweep_.plot.rows)
        out += fmt::format(" {:>24}", range_text(changes(labels[i], row.metric), row.metric));
      out += "\n";
    }
    if (invalid_ > 0)
      out += fmt::format("  {} points are invalid (column validity of sweep.csv) and left out.\n", invalid_);
    if (sweep_.command == PointCommand::train) return out + "\n";  // reasons are those of single steps
    return out + reason(labels) + sureness(labels) + "\n";
  }

 private:
  /// The row with the same labels but the first of the comparison axis.
  const Row* reference(const Row& row) const {
    const std::string first = labels_of(table_, x_).front();
    for (const Row* other : rows_) {
      std::vector<std::string> labels = other->labels;
      if (labels[x_] != first) continue;
      labels[x_] = row.labels[x_];
      if (labels == row.labels) return other;
    }
    return nullptr;
  }

  Range changes(const std::string& label, const std::string& metric) const {
    Range range;
    for (const Row* row : rows_) {
      const Row* before = row->labels[x_] == label ? reference(*row) : nullptr;
      const auto changed = before != nullptr ? change(*row, *before, metric) : std::nullopt;
      if (changed) range.add(*changed);
    }
    return range;
  }

  /// Mean over the reference rows.
  double mean(std::string_view key) const {
    double sum = 0;
    int count = 0;
    for (const Row* row : rows_) {
      if (reference(*row) != row) continue;
      sum += row->number(key).value_or(0);
      ++count;
    }
    return count == 0 ? 0 : sum / count;
  }

  struct Bound {
    std::string name;
    double share;
  };
  /// What sets the pace of the reference rows, strongest first.
  std::vector<Bound> bounds() const {
    std::vector<Bound> found;
    for (const std::string& column : table_.columns)
      if (column.starts_with(kBoundBy)) found.push_back({column.substr(kBoundBy.size()), mean(column)});
    std::stable_sort(found.begin(), found.end(),
                     [](const Bound& a, const Bound& b) { return a.share > b.share; });
    return found;
  }

  std::string reason(const std::vector<std::string>& labels) const {
    Range best;
    for (std::size_t i = 1; i < labels.size(); ++i) {
      const Range range = changes(labels[i], std::string(kStepTime));
      if (range.empty()) continue;
      best.add(range.low);
      best.add(range.high);
    }
    const bool knows_share =
        std::find(table_.columns.begin(), table_.columns.end(), kMemoryShare) != table_.columns.end();
    if (best.empty() || !knows_share) return "";
    const std::string extent =
        fmt::format("  The step's time changes by {}", range_text(best, std::string(kStepTime)));
    if (std::max(std::abs(best.low), std::abs(best.high)) >= kLittle) return extent + ".\n" + pace();
    return extent + ", which is little. Why:\n" + idle() + pace() + ceiling();
  }

  /// What bulk simulation is sure of, where that is more than some difference.
  std::string sureness(const std::vector<std::string>& labels) const {
    double error = 0;
    for (const Row* row : rows_) error = std::max(error, row->number(kAuditError).value_or(0));
    for (std::size_t i = 1; i < labels.size(); ++i) {
      const Range range = changes(labels[i], std::string(kStepTime));
      if (range.empty() || std::min(std::abs(range.low), std::abs(range.high)) >= error) continue;
      return fmt::format(
          "  Differences of the step's time below {} are within the audited error of these points.\n",
          percent(error));
    }
    return "";
  }

  /// At a fixed rate of samples the step's time is given.
  std::string idle() const {
    const double step_s = mean(kStepTime), busy = step_s > 0 ? mean(kBusyTime) / step_s : 0;
    if (busy <= 0 || busy > kAlwaysBusy) return "";
    return fmt::format(
        "  Samples come at a fixed rate and the chip is busy {} of the time: less work is more idle time.\n",
        percent(busy));
  }

  std::string pace() const {
    std::vector<std::string> words;
    for (const Bound& bound : bounds())
      if (bound.share >= 0.01) words.push_back(fmt::format("{} {}", bound.name, percent(bound.share)));
    std::string text = fmt::format("  gradients are {} of the DRAM's bytes and {} of the network's",
                                   percent(mean(kMemoryShare)), percent(mean(kNetworkShare)));
    if (!words.empty()) text += fmt::format("; the busy time is bound by {}", base::join(words, ", "));
    return text + ".\n";
  }

  /// What gradients of no bytes at all would save, if time went with bytes.
  std::string ceiling() const {
    double moving = 0, saved = 0;
    for (const Bound& bound : bounds()) {
      if (bound.name != "dram" && bound.name != "noc") continue;
      moving += bound.share;
      saved += bound.share * mean(bound.name == "dram" ? kMemoryShare : kNetworkShare);
    }
    return fmt::format(
        "  Moving data sets the pace for {} of it: gradients of no bytes at all would save about {}.\n",
        percent(moving), percent(saved));
  }

  const Table& table_;
  const SweepConfig& sweep_;
  std::size_t x_;
  std::string name_;
  std::vector<const Row*> rows_;  ///< the valid ones
  std::size_t invalid_ = 0;
};

}  // namespace

std::string findings(const Table& table, const SweepConfig& sweep) {
  if (table.rows.empty()) return "";
  const auto axis = column_axis(table, sweep.plot);
  const std::vector<std::string> columns = axis ? labels_of(table, *axis) : std::vector<std::string>{""};
  const std::string compared = table.axes[comparison_axis(table, sweep.plot)];
  std::vector<std::string> others;
  for (const std::string& name : table.axes)
    if (name != compared && (!axis || name != table.axes[*axis])) others.push_back(name);
  std::string text =
      fmt::format("What {} changes{}\n\n", compared,
                  others.empty() ? "" : fmt::format(" (ranges over {})", base::join(others, " and ")));
  for (const std::string& column : columns) text += Section(table, sweep, column).text();
  return text;
}

}  // namespace kiln::sweep
