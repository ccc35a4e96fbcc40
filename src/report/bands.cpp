// SPDX-License-Identifier: MIT
// From the constants' bands to those of a run's numbers.
#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "report/figures.h"
#include "report/metric_table.h"
#include "report/sensitivity.h"
#include "run/steady.h"
#include "soc/floorplan.h"
#include "soc/target.h"

namespace kiln::report {

namespace {

/// Operating points that a corner may have simulated: a run shall not take twice as long for its bands.
constexpr int kFreshPoints = 1;
/// Share of a step in which tiles wait for the host, below which the host's times are not asked about.
constexpr double kFeltLaunch = 0.002;

/// What a run gives at one end of the band of its energy.
struct Corner {
  std::vector<MeasuredNumber> numbers;
  Validity validity;
};

Corner measured(Findings corner, const soc::AuditResult& audit) {
  corner.audit = audit;
  corner.validity = judge(corner);
  return {measure(corner), corner.validity};
}

/// Where the steps of another chip come from.
enum class StepsOf {
  this_chip,    ///< they count the same, with other joules
  other_times,  ///< its host takes other times: simulated again
  other_rates   ///< its array does: lowered and simulated again
};

/// The step in the same way, for this chip.
experiment::Prepared lowered_again(const Findings& f, const experiment::ExperimentConfig& moved,
                                   const run::Monitor& monitor) {
  experiment::Prepared prepared = f.prepared;
  prepared.target = soc::make_target(moved.soc, moved.mapping.objective);
  prepared.step = experiment::lower_as(moved, prepared, prepared.way, monitor.watch);
  return prepared;
}

/// The chip there, in its own steady state: hotter, throttled or not.
Corner settled(const Findings& f, const soc::SocConfig& chip, StepsOf origin, run::StepStore& steps,
               const run::Monitor& monitor) {
  experiment::ExperimentConfig moved = f.experiment;
  moved.soc = chip;
  const soc::ChipPlan plan = soc::plan_chip(chip);
  std::optional<experiment::Prepared> again;
  if (origin == StepsOf::other_rates) again = lowered_again(f, moved, monitor);
  const experiment::Prepared& prepared = again ? *again : f.prepared;
  device::Device device(moved, plan, monitor.watch);
  device.set_context(prepared.compression.ratio(), prepared.frozen_fraction);
  device.heat().expect_steady(device.control_period_s());
  run::StepStore store(moved, prepared, device.power(), device.top_point().frequency_hz, monitor,
                       origin == StepsOf::this_chip ? output::Cache() : steps.cache());
  if (origin == StepsOf::this_chip)
    store.borrow_from(steps, kFreshPoints);
  else
    store.share_plant(steps);
  const run::Observed observed = run::steady_state(store, device);
  const Corner corner = measured(findings_of(moved, prepared, f.mapping, observed, store, device), f.audit);
  if (again) steps.load(f.prepared.way, f.prepared.step);  // the plant has the other one, which ends here
  return corner;
}

/// The observed time again with all energies, and rises over the ambient, in proportion.
Corner in_proportion(const Findings& f, double ratio) {
  run::Observed observed = f.observed;
  for (double* joules : {&observed.dynamic_j, &observed.static_j, &observed.idle_j, &observed.peak_power_w})
    *joules *= ratio;
  const double ambient_c = f.device.heat().ambient_c();
  const auto heated = [&](double c) { return ambient_c + (c - ambient_c) * ratio; };
  for (double& c : observed.peak_block_c) c = heated(c);
  observed.peak_skin_c = heated(observed.peak_skin_c);
  Findings corner{f.experiment, f.prepared, observed, f.step, f.device, f.mapping, {}, {}, {}, {}};
  corner.step_time_s = f.step_time_s;
  corner.slowdown = f.slowdown;
  corner.busy_scale = f.busy_scale;
  corner.energy = split_energy(observed, f.step, f.device, f.step_time_s);
  return measured(std::move(corner), f.audit);
}

Corner corner_of(const Findings& f, const soc::SocConfig& chip, double ratio, run::StepStore& steps,
                 const run::Monitor& monitor) {
  if (f.experiment.run.horizon == experiment::Horizon::steady && !f.observed.shut_down) {
    try {
      return settled(f, chip, StepsOf::this_chip, steps, monitor);
    } catch (const base::SimError&) {
      // No steady state there (a thermal runaway), or the governor goes where no step is known: what it draws
      // is known all the same.
    }
  }
  return in_proportion(f, ratio);
}

void widen(std::map<std::string, Interval>& intervals, const std::vector<MeasuredNumber>& numbers) {
  for (const MeasuredNumber& number : numbers) {
    const auto found = intervals.find(number.key);
    if (found == intervals.end()) continue;
    found->second.low = std::min(found->second.low, number.value);
    found->second.high = std::max(found->second.high, number.value);
  }
}

/// Findings of a corner that the run itself does not have.
void add_verdicts(Findings& f, const Validity& corner, const char* where) {
  for (const ValidityFinding& finding : corner.findings) {
    if (finding.severity == Severity::note) continue;
    const auto same = [&](const ValidityFinding& own) {
      return own.code == finding.code && own.severity == finding.severity;
    };
    if (std::any_of(f.validity.findings.begin(), f.validity.findings.end(), same)) continue;
    ValidityFinding note = finding;
    note.code = "uncertain";
    note.severity = Severity::note;
    note.text = fmt::format("with the constants at their {} end: {}", where, finding.text);
    f.validity.findings.push_back(std::move(note));
  }
}

/// Steps to an accuracy have a band of their own, over seeds: it multiplies that of a step.
void add_work(const Findings& f, std::map<std::string, Interval>& intervals) {
  const auto work = figures::work_to_accuracy(f);
  if (!work) return;
  for (const char* key : {"work_to_accuracy", "time_to_accuracy_s", "energy_to_accuracy_j"}) {
    Interval& interval = intervals.at(key);
    interval = {interval.low * work->low / work->steps, interval.high * work->high / work->steps};
  }
}

/// What constants make of each number that move joules, watts and areas.
void add_joules(Findings& f, const std::vector<experiment::Constant>& constants,
                std::map<std::string, Interval>& intervals, run::StepStore& steps,
                const run::Monitor& monitor) {
  Corners corners = corners_of(f, constants);
  const Corner low = corner_of(f, corners.low, corners.low_ratio, steps, monitor),
               high = corner_of(f, corners.high, corners.high_ratio, steps, monitor);
  widen(intervals, low.numbers);
  widen(intervals, high.numbers);
  intervals["die_area_m2"] = corners.die_area_m2;
  f.uncertainty.causes = std::move(corners.causes);
  add_verdicts(f, low.validity, "low");
  add_verdicts(f, high.validity, "high");
}

/// Widens by what one more independent constant does: squares add up.
void add_in_squares(Interval& interval, double value, double change_at_low, double change_at_high) {
  const double rise = std::max({0.0, change_at_low, change_at_high}),
               fall = -std::min({0.0, change_at_low, change_at_high});
  interval.low = value - std::hypot(value - interval.low, fall);
  interval.high = value + std::hypot(interval.high - value, rise);
}

/// The numbers of a chip with a constant that moves the time of a step there.
std::map<std::string, double> numbers_at(const Findings& f, const experiment::Constant& constant,
                                         double target, run::StepStore& steps, const run::Monitor& monitor) {
  const soc::SocConfig chip = experiment::ShiftableChip(f.experiment.soc).with({{&constant, target}});
  const StepsOf origin = constant.moves_rates() ? StepsOf::other_rates : StepsOf::other_times;
  std::map<std::string, double> numbers;
  for (const MeasuredNumber& number : settled(f, chip, origin, steps, monitor).numbers)
    numbers.emplace(number.key, number.value);
  return numbers;
}

/// What a constant that moves the time of a step makes of each number: simulated at one end of its band, and
/// at the other in proportion; times are not in proportion to rates, so there at both.
void add_time(const Findings& f, const experiment::Constant& constant, const Bands& nominal,
              std::map<std::string, Interval>& intervals, run::StepStore& steps,
              const run::Monitor& monitor) {
  const double probe = constant.high > constant.value ? constant.high : constant.low;
  const std::map<std::string, double> moved = numbers_at(f, constant, probe, steps, monitor);
  std::map<std::string, double> lowest;
  if (constant.moves_rates()) lowest = numbers_at(f, constant, constant.low, steps, monitor);
  for (const auto& [key, there] : moved) {
    const auto found = nominal.find(key);
    if (found == nominal.end()) continue;
    const double value = found->second.low;
    const double slope = (there - value) / (probe - constant.value);
    const auto at_low = lowest.find(key);
    add_in_squares(intervals.at(key), value,
                   at_low != lowest.end() ? at_low->second - value : slope * (constant.low - constant.value),
                   slope * (constant.high - constant.value));
  }
}

/// Whether a step waits for the host for so long that its times matter: each is one more simulated step.
bool waits_for_host(const Findings& f) {
  const Numbers bounds = figures::bounds(f);
  return std::any_of(bounds.begin(), bounds.end(),
                     [](const auto& bound) { return bound.first == "launch" && bound.second > kFeltLaunch; });
}

/// What the constants' bands make of each number.
void add_constants(Findings& f, std::map<std::string, Interval>& intervals, run::StepStore& steps,
                   const run::Monitor& monitor) {
  const Bands nominal = intervals;
  const std::vector<experiment::Constant> constants = experiment::banded_constants(f.experiment);
  const auto moves_time = [](const experiment::Constant& constant) { return constant.moves_time(); };
  if (!std::all_of(constants.begin(), constants.end(), moves_time))
    add_joules(f, constants, intervals, steps, monitor);
  const bool settles = f.experiment.run.horizon == experiment::Horizon::steady && !f.observed.shut_down;
  if (!settles) return;
  const bool waits = waits_for_host(f);
  for (const experiment::Constant& constant : constants)
    if (constant.moves_rates() || (waits && constant.moves_launches()))
      add_time(f, constant, nominal, intervals, steps, monitor);
}

}  // namespace

void widen(Bands& bands, const std::string& key, double value, double there) {
  Interval& band = bands.try_emplace(key, Interval{value, value}).first->second;
  band.low = std::min(band.low, there);
  band.high = std::max(band.high, there);
}

void find_uncertainty(Findings& f, run::StepStore& steps, const run::Monitor& monitor) {
  std::map<std::string, Interval> intervals;
  for (const MeasuredNumber& number : measure(f)) intervals[number.key] = {number.value, number.value};
  add_constants(f, intervals, steps, monitor);
  add_work(f, intervals);
  std::erase_if(intervals, [](const auto& entry) { return entry.second.low == entry.second.high; });
  f.uncertainty.intervals = std::move(intervals);
}

}  // namespace kiln::report
