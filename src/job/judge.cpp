// SPDX-License-Identifier: MIT
#include "job/judge.h"

#include <algorithm>

#include "job/time_text.h"
#include "report/heat_limits.h"

namespace kiln::job {

namespace {

using report::Severity;

constexpr double kShort = 1e-3;  // of what was drawn

class Judge {
 public:
  Judge(const JobConfig& job, const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
        const Outcome& outcome)
      : job_(job), experiment_(experiment), plan_(plan), outcome_(outcome) {}

  report::Validity all() {
    shutdown();
    training();
    requests();
    temperatures();
    supply();
    policies();
    found_.sort();
    return std::move(found_);
  }

 private:
  void shutdown() {
    const run::Observed& observed = outcome_.observed;
    if (!observed.shut_down) return;
    const double off_s = outcome_.work.time_s[static_cast<std::size_t>(Activity::off)];
    if (observed.battery_empty)
      found_.add(
          "battery_empty", Severity::warn, observed.shutdown_at_s, 0, "supply",
          fmt::format("the {} after {}; the device was off for {}",
                      job_.supply.capacitor ? "capacitor was at its brown-out voltage" : "battery was empty",
                      time_text(observed.shutdown_at_s), time_text(off_s)));
    else
      found_.add("shutdown", Severity::invalid, observed.shutdown_at_s, experiment_.governor.guard.shutdown_c,
                 outcome_.hottest_block,
                 fmt::format("the device switched itself off ({}) after {} of device time",
                             observed.shutdown_reason, time_text(observed.shutdown_at_s)));
  }

  void training() {
    if (outcome_.plan.epochs == 0) return;
    if (!outcome_.finished_s)
      found_.add("not_finished", Severity::warn, static_cast<double>(outcome_.done),
                 static_cast<double>(outcome_.plan.steps()), "data",
                 fmt::format("{} of {} training steps are done: {}", outcome_.done, outcome_.plan.steps(),
                             outcome_.ended_by));
    if (!outcome_.met_deadline())
      found_.add("deadline_missed", Severity::warn, outcome_.finished_s.value_or(outcome_.time_s),
                 *job_.deadline_s, "deadline",
                 outcome_.finished_s ? fmt::format("training is done after {}, {} behind its deadline",
                                                   time_text(*outcome_.finished_s),
                                                   time_text(*outcome_.finished_s - *job_.deadline_s))
                                     : "training was not done by its deadline");
    if (outcome_.steps.lost > 0)
      found_.add(
          "lost_work", Severity::note, outcome_.steps.lost, 0, "checkpoints",
          fmt::format("{:.4g} training steps were lost with the power and made again", outcome_.steps.lost));
  }

  void requests() {
    if (!outcome_.requests || outcome_.missed_share == 0) return;
    found_.add(
        "requests_missed", Severity::warn, outcome_.missed_share, 0, "requests",
        fmt::format("{:.3g} % of the requests had no answer in time: {} late, {} turned away, {} while the "
                    "device was off",
                    100 * outcome_.missed_share, outcome_.requests->late, outcome_.requests->turned_away,
                    outcome_.requests->lost));
  }

  void temperatures() {
    report::judge_heat(experiment_, plan_, {outcome_.observed.peak_block_c, outcome_.observed.peak_skin_c},
                       found_);
    double coldest_c = experiment_.environment.ambient_c;
    for (const AmbientPoint& point : job_.ambient) coldest_c = std::min(coldest_c, point.celsius);
    report::judge_cold(coldest_c, "ambient", found_);
  }

  void supply() {
    const EnergyBooks& energy = outcome_.energy;
    if (energy.unserved_j > kShort * energy.drawn_j)
      found_.add("supply_short", Severity::warn, energy.unserved_j, kShort * energy.drawn_j, "supply",
                 fmt::format(
                     "{:.3g} J were drawn that the battery did not have: control periods are long against it",
                     energy.unserved_j));
  }

  void policies() {
    if (const double share = outcome_.observed.throttled_s / std::max(outcome_.time_s, 1e-30); share > 0)
      found_.add(
          "throttled", Severity::note, share, 0, outcome_.hottest_block,
          fmt::format("below the highest operating point, or off, for {:.1f} % of the time", 100 * share));
    for (const std::string& idle : outcome_.idle_policies)
      found_.add("policy_never_acted", Severity::note, 0, 0, idle,
                 fmt::format("policy {} never acted: the result is the same without it", idle));
  }

  const JobConfig& job_;
  const experiment::ExperimentConfig& experiment_;
  const soc::ChipPlan& plan_;
  const Outcome& outcome_;
  report::Validity found_;
};

}  // namespace

report::Validity judge(const JobConfig& job, const experiment::ExperimentConfig& experiment,
                       const soc::ChipPlan& plan, const Outcome& outcome) {
  return Judge(job, experiment, plan, outcome).all();
}

}  // namespace kiln::job
