// SPDX-License-Identifier: MIT
#include "run/detailed.h"

namespace kiln::run {

namespace {

class Detailed {
 public:
  Detailed(StepStore& steps, Device& device) : steps_(steps), device_(device), point_(device.top_point()) {
    device_.begin_at_ambient();
    steps_.plant().set_operating_point(point_);
  }

  void step(Observed& observed) {
    before_.assign(device_.power().blocks(), stats::Counts{});
    last_ = 0;
    array_busy_s_ = 0;
    const int transitions = observed.transitions;
    SimulatedStep step = steps_.simulate(point_, base::from_seconds(device_.control_period_s()),
                                         [&](base::TimePs now) { account(now, observed); });
    account(step.record.end - step.record.begin, observed);
    observed.steps += 1;
    if (observed.transitions == transitions) steps_.keep(std::move(step));
    observed.point = point_;
  }

 private:
  void account(base::TimePs now, Observed& observed) {
    steps_.check_interrupted();
    if (now == last_) return;
    const Stretch stretch = stretch_until(now);
    const PeriodRecord period = device_.advance(stretch, fresh_energy_j(), point_);
    observed.add(period, device_.is_throttled(point_), device_.heat().block_c());
    last_ = now;
    const governor::Decision decision = device_.decide(period, stretch);
    observed.shut_down = decision.shutdown;
    if (decision.shutdown) observed.shutdown_reason = device_.guard_reason();
    const sim::OperatingPoint next = device_.apply(decision);
    if (next == point_) return;
    ++observed.transitions;
    steps_.plant().hold(base::from_seconds(device_.transition_s(point_, next)));
    point_ = next;
    steps_.plant().set_operating_point(point_);
  }

  Stretch stretch_until(base::TimePs now) {
    Stretch stretch;
    stretch.dt_s = stretch.busy_s = base::to_seconds(now - last_);
    if (steps_.plant().progress().empty()) return stretch;
    const soc::Progress& progress = steps_.plant().progress().back();
    stretch.phase = progress.phase;
    stretch.queue_share = progress.queue_share;
    stretch.utilization = (progress.array_busy_s - array_busy_s_) / stretch.dt_s;
    array_busy_s_ = progress.array_busy_s;
    return stretch;
  }

  /// Of what was counted since the last call.
  std::vector<double> fresh_energy_j() {
    std::vector<stats::Counts> total = steps_.plant().activity();
    std::vector<double> energy_j(total.size());
    for (std::size_t b = 0; b < total.size(); ++b) {
      stats::Counts fresh = total[b];
      for (std::size_t k = 0; k < fresh.size(); ++k) fresh[k] -= before_[b][k];
      energy_j[b] = device_.power().dynamic_j(b, fresh, point_.voltage_v);
    }
    before_ = std::move(total);
    return energy_j;
  }

  StepStore& steps_;
  Device& device_;
  sim::OperatingPoint point_;
  std::vector<stats::Counts> before_;
  base::TimePs last_ = 0;
  double array_busy_s_ = 0;
};

}  // namespace

Observed detailed_run(StepStore& steps, Device& device, std::int64_t count) {
  Detailed detailed(steps, device);
  Observed observed;
  for (std::int64_t i = 0; i < count && !observed.shut_down; ++i) {
    detailed.step(observed);
    steps.report(static_cast<double>(i + 1) / static_cast<double>(count), fmt::format("step {}", i + 1));
  }
  observed.heat_balance = device.heat().balance().relative();
  return observed;
}

}  // namespace kiln::run
