// SPDX-License-Identifier: MIT
#include "run/detailed.h"

#include <algorithm>

#include "soc/plant.h"

namespace kiln::run {

namespace {

/// The governor's clock runs on over the ends of steps: a control period may hold the end of one step and the
/// beginning of the next.
class Detailed {
 public:
  Detailed(StepStore& steps, device::Device& device, Observed& observed)
      : steps_(steps),
        simulator_(steps.simulator()),
        device_(device),
        observed_(observed),
        period_(base::from_seconds(device.control_period_s())),
        point_(device.top_point()),
        energy_j_(device.power().blocks()) {
    if (steps_.feels_supply())
      for (int level = 0; level < static_cast<int>(device.table().size()); ++level)
        supply_.push_back(responses_of(steps_.at(device.point_of(level))));
    device_.begin_from_cold();
    simulator_.plant().restart(clocked(point_));  // other ways to map the step may have been tried on it
  }

  void step() {
    before_.assign(energy_j_.size(), stats::Counts{});
    reached_ = 0;
    computed_s_ = 0;
    share_done_ = 0;
    const int transitions = observed_.transitions;
    SimulatedStep step = simulator_.after_last(
        point_, {.first = period_ - gathered_, .slice = period_, .hook = [this](base::TimePs now) {
                   gather(now);
                   control();
                 }});
    const base::TimePs duration = step.record.duration;
    gather(duration);
    observed_.steps += 1;
    if (!supply_.empty()) {
      const Responses& felt = supply_[static_cast<std::size_t>(point_.level)];
      step.supply = felt.core;
      step.memory_supply = felt.memory;
    }
    if (observed_.transitions == transitions) steps_.keep(std::move(step));
    idle(base::from_seconds(steps_.rate_interval_s()) - duration);
  }

  /// Books what was gathered since the last control period.
  void finish() {
    if (gathered_ > 0) close();
    observed_.film.end(device_.heat(), observed_.time_s);
    observed_.point = point_;
    observed_.heat_balance = device_.heat().balance().relative();
  }

 private:
  /// Of the step that runs, up to `now`.
  void gather(base::TimePs now) {
    gathered_ += now - reached_;
    stretch_.busy_s += base::to_seconds(now - reached_);
    reached_ = now;
    add_fresh_energy();
    const soc::Progress& progress = simulator_.plant().progress().back();
    stretch_.phase = progress.phase;
    stretch_.queue_share = progress.queue_share;
    stretch_computed_s_ += progress.computed_s - computed_s_;
    computed_s_ = progress.computed_s;
    stretch_.steps += simulator_.share_done() - share_done_;
    share_done_ = simulator_.share_done();
  }

  void add_fresh_energy() {
    std::vector<stats::Counts> total = simulator_.plant().activity();
    for (std::size_t b = 0; b < total.size(); ++b) {
      stats::Counts fresh = total[b];
      for (std::size_t k = 0; k < fresh.size(); ++k) fresh[k] -= before_[b][k];
      energy_j_[b] += device_.power().dynamic_j(b, fresh, point_.voltage_v);
    }
    before_ = std::move(total);
  }

  void idle(base::TimePs left) {
    while (left > 0) {
      stretch_.phase.reset();
      const base::TimePs part = std::min(left, period_ - gathered_);
      gathered_ += part;
      left -= part;
      if (gathered_ == period_) control();
    }
  }

  device::PeriodRecord close() {
    stretch_.dt_s = base::to_seconds(gathered_);
    stretch_.utilization = stretch_computed_s_ / stretch_.dt_s;
    const device::PeriodRecord period = device_.advance(stretch_, energy_j_, point_);
    observed_.add(period, device_.is_throttled(point_), device_.heat().block_c());
    observed_.film.note(device_.heat(), observed_.time_s);
    gathered_ = 0;
    stretch_computed_s_ = 0;
    std::fill(energy_j_.begin(), energy_j_.end(), 0.0);
    return period;
  }

  void control() {
    steps_.check_watch();
    const device::PeriodRecord period = close();
    const governor::Decision decision = device_.decide(period, stretch_);
    stretch_ = {};
    observed_.shut_down = decision.shutdown;
    if (decision.shutdown) {
      observed_.shutdown_reason = device_.guard_reason();
      observed_.battery_empty = device_.battery_empty();
      observed_.shutdown_at_s = period.time_s;
    }
    const sim::OperatingPoint next = device_.apply(decision);
    if (next == point_) return;
    ++observed_.transitions;
    simulator_.plant().hold(base::from_seconds(device_.transition_s(point_, next)));
    point_ = next;
    simulator_.plant().set_operating_point(clocked(point_));
  }

  /// Of the rails, in a step at rest.
  struct Responses {
    std::optional<SupplyResponse> core;
    std::optional<MemorySupply> memory;
  };
  static Responses responses_of(const SimulatedStep& step) { return {step.supply, step.memory_supply}; }

  /// As the rails let the clocks tick at this point, at its level in a step at rest.
  sim::OperatingPoint clocked(sim::OperatingPoint point) const {
    if (supply_.empty()) return point;
    const Responses& felt = supply_[static_cast<std::size_t>(point.level)];
    if (felt.memory) point.memory_clock_factor *= felt.memory->clock_share;
    return felt.core ? stretched(point, felt.core->lost_share()) : point;
  }

  StepStore& steps_;
  StepSimulator& simulator_;
  device::Device& device_;
  Observed& observed_;
  base::TimePs period_;
  sim::OperatingPoint point_;
  std::vector<Responses> supply_;      ///< by level; empty for a chip without a rail
  std::vector<stats::Counts> before_;  ///< already gathered, of the present step
  base::TimePs reached_ = 0;           ///< in the present step
  double computed_s_ = 0;              ///< then
  double share_done_ = 0;              ///< of its work, then
  // Of the present control period.
  base::TimePs gathered_ = 0;
  device::Stretch stretch_;
  double stretch_computed_s_ = 0;
  std::vector<double> energy_j_;
};

}  // namespace

Observed detailed_run(StepStore& steps, device::Device& device, std::int64_t count) {
  Observed observed;
  Detailed detailed(steps, device, observed);
  for (std::int64_t i = 0; i < count && !observed.shut_down; ++i) {
    detailed.step();
    steps.report(static_cast<double>(i + 1) / static_cast<double>(count), fmt::format("step {}", i + 1));
  }
  detailed.finish();
  return observed;
}

}  // namespace kiln::run
