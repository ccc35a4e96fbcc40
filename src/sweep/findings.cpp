// SPDX-License-Identifier: MIT
#include "sweep/findings.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>

#include "base/text.h"
#include "output/text_table.h"
#include "report/amount.h"
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
constexpr std::string_view kRepeatedError = "repeated_error";

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

/// A share of the reference.
std::optional<double> change(const Row& row, const Row& reference, std::string_view metric) {
  const auto now = row.number(metric), before = reference.number(metric);
  if (!now || !before || *before == 0) return std::nullopt;
  return *now / *before - 1;
}

std::string range_text(const Range& range) {
  if (range.empty()) return "-";
  const std::string low = fmt::format("{:+.2f}", 100 * range.low),
                    high = fmt::format("{:+.2f}", 100 * range.high);
  return low == high ? low + " %" : fmt::format("{}..{} %", low, high);
}

std::string percent(double share) {
  return share < 0.1 ? fmt::format("{:.2g} %", 100 * share) : fmt::format("{:.0f} %", 100 * share);
}

/// The rows of one section and the row each is compared with.
class Section {
 public:
  Section(const Table& table, const SweepConfig& sweep, const std::string& column)
      : table_(table), sweep_(sweep), x_(comparison_axis(table, sweep.plot)), labels_(labels_of(table, x_)) {
    const auto axis = column_axis(table, sweep.plot);
    if (axis) name_ = told_label(table, *axis, column);
    for (const Row& row : table.rows) {
      if (axis && row.labels[*axis] != column) continue;
      if (row.invalid())
        ++invalid_;
      else
        rows_.push_back(&row);
    }
    for (const Row* row : rows_) by_label_[row->labels[x_]].push_back(row);
    for (const Row* row : rows_at(labels_.front())) references_.emplace(others_of(*row), row);
  }

  std::string text() const {
    if (rows_.empty()) return invalid_ > 0 ? fmt::format("{}: no point is valid\n\n", name_) : "";
    std::string out = fmt::format("{}{}against '{}'\n{}", name_, name_.empty() ? "" : ": ", labels_.front(),
                                  output::columns(cells()));
    for (const PlotMetricConfig& row : sweep_.plot.rows) out += extremes(row.metric);
    if (invalid_ > 0)
      out += fmt::format("  {} points are invalid (column validity of sweep.csv) and left out.\n", invalid_);
    if (sweep_.command == PointCommand::train) return out + "\n";  // reasons are those of single steps
    return out + reason() + sureness() + "\n";
  }

 private:
  /// The labels but for that of the comparison axis.
  std::vector<std::string> others_of(const Row& row) const {
    std::vector<std::string> labels = row.labels;
    labels.erase(labels.begin() + static_cast<std::ptrdiff_t>(x_));
    return labels;
  }

  /// The row with the same labels but the first of the comparison axis.
  const Row* reference(const Row& row) const {
    const auto found = references_.find(others_of(row));
    return found == references_.end() ? nullptr : found->second;
  }

  /// The valid rows with this label of the comparison axis.
  const std::vector<const Row*>& rows_at(const std::string& label) const {
    static const std::vector<const Row*> kNone;
    const auto found = by_label_.find(label);
    return found == by_label_.end() ? kNone : found->second;
  }

  /// Head and a row per label: the number, and its change against the first label.
  std::vector<std::vector<std::string>> cells() const {
    std::vector<std::vector<std::string>> all = {{""}};
    for (const PlotMetricConfig& row : sweep_.plot.rows) {
      all.front().push_back(row.metric);
      all.front().emplace_back("change");
    }
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      std::vector<std::string>& line = all.emplace_back(std::vector{labels_[i]});
      for (const PlotMetricConfig& row : sweep_.plot.rows) {
        const Range values = amounts(labels_[i], row.metric);
        line.push_back(values.empty() ? "-" : report::amount_text(values.low, values.high, row.metric));
        line.push_back(i == 0 ? "" : change_text(labels_[i], row.metric));
      }
    }
    return all;
  }

  Range amounts(const std::string& label, const std::string& metric) const {
    Range range;
    for (const Row* row : rows_at(label))
      if (const auto number = row->number(metric)) range.add(*number);
    return range;
  }

  /// The least and the greatest change against the first label, each as report::change_text has it.
  std::string change_text(const std::string& label, const std::string& metric) const {
    std::vector<std::pair<double, std::string>> all;  // by size
    for (const Row* row : rows_at(label)) {
      const Row* before = reference(*row);
      const auto from = before != nullptr ? before->number(metric) : std::nullopt, to = row->number(metric);
      if (!from || !to) continue;
      const double size = report::is_temperature(metric) || *from == 0 ? *to - *from : *to / *from;
      all.emplace_back(size, report::change_text(*from, *to, metric));
    }
    if (all.empty()) return "-";
    const auto [least, most] = std::minmax_element(all.begin(), all.end());
    return least->second == most->second ? least->second
                                         : fmt::format("{} to {}", least->second, most->second);
  }

  /// Where a number is lowest and highest among the valid points of this section.
  std::string extremes(const std::string& metric) const {
    const Row *least = nullptr, *most = nullptr;
    for (const Row* row : rows_) {
      const auto number = row->number(metric);
      if (!number) continue;
      if (least == nullptr || *number < *least->number(metric)) least = row;
      if (most == nullptr || *number > *most->number(metric)) most = row;
    }
    if (least == nullptr) return "";
    if (*least->number(metric) == *most->number(metric))
      return fmt::format("  {}: {} at all of these points\n", metric,
                         report::amount_text(*least->number(metric), metric));
    const auto at = [&](const Row& row) {
      return fmt::format("{} ({})", report::amount_text(*row.number(metric), metric),
                         told_labels(table_, row));
    };
    return fmt::format("  {}: lowest {}, highest {}\n", metric, at(*least), at(*most));
  }

  Range changes(const std::string& label, std::string_view metric) const {
    Range range;
    for (const Row* row : rows_at(label)) {
      const Row* before = reference(*row);
      const auto changed = before != nullptr ? change(*row, *before, metric) : std::nullopt;
      if (changed) range.add(*changed);
    }
    return range;
  }

  /// Mean over the reference rows.
  double mean(std::string_view key) const {
    double sum = 0;
    int count = 0;
    for (const auto& [labels, row] : references_) {
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

  std::string reason() const {
    Range best;
    for (std::size_t i = 1; i < labels_.size(); ++i) {
      const Range range = changes(labels_[i], kStepTime);
      if (range.empty()) continue;
      best.add(range.low);
      best.add(range.high);
    }
    const bool knows_share =
        std::find(table_.columns.begin(), table_.columns.end(), kMemoryShare) != table_.columns.end();
    if (best.empty() || !knows_share) return "";
    const std::string extent = fmt::format("  The step's time changes by {}", range_text(best));
    if (std::max(std::abs(best.low), std::abs(best.high)) >= kLittle) return extent + ".\n" + pace();
    return extent + ", which is little. Why:\n" + idle() + pace() + ceiling();
  }

  /// What bulk simulation is sure of, where that is more than some difference.
  std::string sureness() const {
    double error = 0;
    for (const Row* row : rows_)
      error = std::max(error, row->number(kAuditError).value_or(0) + row->number(kRepeatedError).value_or(0));
    for (std::size_t i = 1; i < labels_.size(); ++i) {
      const Range range = changes(labels_[i], kStepTime);
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
  std::size_t x_;                    ///< the comparison axis
  std::vector<std::string> labels_;  ///< of it
  std::string name_;
  std::vector<const Row*> rows_;                                       ///< the valid ones
  std::unordered_map<std::string, std::vector<const Row*>> by_label_;  ///< of the comparison axis
  std::map<std::vector<std::string>, const Row*> references_;          ///< by the other labels
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
