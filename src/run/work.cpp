// SPDX-License-Identifier: MIT
#include "run/work.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::run {

namespace {

constexpr double kNothing_s = 1e-15;
constexpr int kMostIdleRounds = 1000;  // turns from wait to work take no time, one after the other

}  // namespace

double StepProgress::advance(const Signature& signature, double dt_s, device::Stretch& stretch,
                             std::vector<double>& block_j) {
  double used_s = 0;
  const double reached = signature.advance(work_, dt_s, used_s);
  return go(reached, used_s, signature, stretch, block_j);
}

double StepProgress::reach(double work, const Signature& signature, device::Stretch& stretch,
                           std::vector<double>& block_j) {
  return go(work, signature.time_between(work_, work), signature, stretch, block_j);
}

double StepProgress::go(double reached, double used_s, const Signature& signature, device::Stretch& stretch,
                        std::vector<double>& block_j) {
  signature.add_energy(work_, reached, block_j);
  stretch.utilization += signature.computed_s(work_, reached);
  stretch.steps += reached - work_;
  stretch.busy_s += used_s;
  work_ = reached;
  return used_s;
}

double StepProgress::whole(const Signature& signature, double steps, device::Stretch& stretch,
                           std::vector<double>& block_j) {
  const double used_s = steps * signature.duration_s();
  signature.add_steps(steps, block_j);
  stretch.utilization += steps * signature.computed_s(0, 1);
  stretch.steps += steps;
  stretch.busy_s += used_s;
  return used_s;
}

RepeatedStep::RepeatedStep(StepStore& steps, const sim::OperatingPoint& top)
    : steps_(steps),
      phases_(steps.at(top).signature),
      signature_(&phases_),
      interval_s_(steps.rate_interval_s()) {}

void RepeatedStep::move_to(const sim::OperatingPoint& point, double stopped_s) {
  // Memory and network go on while the tiles' clock stands still, so only work bound by the tiles waits.
  stall_left_s_ += stopped_s * signature_->busy_share_at(progress_.work());
  signature_ = &steps_.at(point).signature;
}

/// Whole steps at once if they fit, else what remains of the present one. Returns the time used.
double RepeatedStep::do_work(double left_s, device::Stretch& stretch, std::vector<double>& block_j) {
  const double duration_s = signature_->duration_s();
  if (progress_.work() == 0 && interval_s_ <= duration_s && left_s >= duration_s)
    return StepProgress::whole(*signature_, std::floor(left_s / duration_s), stretch, block_j);
  return progress_.advance(*signature_, left_s, stretch, block_j);
}

device::Stretch RepeatedStep::pass(double dt_s, std::vector<double>& block_j) {
  device::Stretch stretch;
  stretch.dt_s = dt_s;
  double left_s = dt_s;
  int idle_rounds = 0;
  while (left_s > kNothing_s) {
    double used_s = 0;
    if (stall_left_s_ > 0) {  // the clock stands still while its PLL locks
      used_s = std::min(left_s, stall_left_s_);
      stall_left_s_ -= used_s;
    } else if (progress_.done()) {  // waiting for the next step of a fixed rate
      const double wait_s = std::max(0.0, interval_s_ - since_step_s_);
      used_s = std::min(left_s, wait_s);
      if (wait_s <= left_s) {
        progress_.restart();
        since_step_s_ = -used_s;
      }
    } else {
      used_s = do_work(left_s, stretch, block_j);
    }
    since_step_s_ += used_s;
    left_s -= used_s;
    idle_rounds = used_s > 0 ? 0 : idle_rounds + 1;
    KILN_CHECK(idle_rounds < kMostIdleRounds,
               "device time stands still at {} of a step of {} s, {} s of the control period left",
               progress_.work(), signature_->duration_s(), left_s);
  }
  stretch.utilization /= dt_s;
  if (!progress_.done()) {
    stretch.phase = phases_.phase_at(progress_.work());
    stretch.queue_share = signature_->queue_share_at(progress_.work());
  }
  return stretch;
}

}  // namespace kiln::run
