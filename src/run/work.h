// SPDX-License-Identifier: MIT
// What the chip does while control periods go by: one step again and again, or whatever a job asks for.
#pragma once

#include <vector>

#include "device/period.h"
#include "run/step_store.h"

namespace kiln::run {

class Work {
 public:
  virtual ~Work() = default;
  /// The next `dt_s` of a chip that is on: adds the dynamic joules of each block.
  virtual device::Stretch pass(double dt_s, std::vector<double>& block_j) = 0;
  /// The chip is off for so long.
  virtual void pass_off(double dt_s) = 0;
  /// From now on at this operating point, behind `stopped_s` without a clock of the tiles.
  virtual void move_to(const sim::OperatingPoint& point, double stopped_s) = 0;
};

/// Where a step is on its way through its signature, whatever the operating point.
class StepProgress {
 public:
  /// Share of the step that is done.
  double work() const { return work_; }
  bool done() const { return work_ >= 1; }
  void restart() { work_ = 0; }
  /// Goes on for at most `dt_s`: joules are added, `stretch` counts. Returns the time used.
  double advance(const Signature& signature, double dt_s, device::Stretch& stretch,
                 std::vector<double>& block_j);
  /// Goes on to `work`, which it has not passed; returns the time used.
  double reach(double work, const Signature& signature, device::Stretch& stretch,
               std::vector<double>& block_j);
  /// Whole steps from the begin of one; returns the time used.
  static double whole(const Signature& signature, double steps, device::Stretch& stretch,
                      std::vector<double>& block_j);

 private:
  double go(double work, double used_s, const Signature& signature, device::Stretch& stretch,
            std::vector<double>& block_j);

  double work_ = 0;
};

/// The step of a store, again and again: back to back, or at its fixed rate.
class RepeatedStep : public Work {
 public:
  /// It must outlive this. Begins at `top`, the highest operating point, at the start of a step.
  RepeatedStep(StepStore& steps, const sim::OperatingPoint& top);

  device::Stretch pass(double dt_s, std::vector<double>& block_j) override;
  void pass_off(double) override {}
  void move_to(const sim::OperatingPoint& point, double stopped_s) override;

 private:
  double do_work(double left_s, device::Stretch& stretch, std::vector<double>& block_j);

  StepStore& steps_;
  /// Phase by share of work, taken from the highest operating point and used at all points. Tiles drift apart
  /// a little differently at each point; with their own phases, per_phase could see work go backwards.
  const Signature& phases_;
  const Signature* signature_;  ///< of the point
  double interval_s_;           ///< least time from step to step: that of a fixed rate
  StepProgress progress_;
  double stall_left_s_ = 0;  ///< while the PLL locks
  double since_step_s_ = 0;  ///< since the present step began, for a fixed rate
};

}  // namespace kiln::run
