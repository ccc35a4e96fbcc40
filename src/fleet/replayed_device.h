// SPDX-License-Identifier: MIT
// A device that replays its step: power, heat, sensors and governor, so that it slows down when it is hot.
#pragma once

#include <memory>
#include <vector>

#include "fleet/device_kind.h"
#include "fleet/worker.h"
#include "run/work.h"

namespace kiln::fleet {

/// What steps of one account have cost.
struct AccountBooks {
  double steps = 0;
  double busy_s = 0;
  double device_j = 0;  ///< of the device with its board and cooling, while these steps ran
};

class ReplayedDevice : public Worker {
 public:
  /// Both must outlive it. The device begins anew, at the temperature around it.
  ReplayedDevice(DeviceKind& kind, device::Device& device);

  /// Steps that are started from now on are those of this kind, which has the same chip and must outlive it;
  /// none are running. Their cost goes to an account of their own.
  void load(DeviceKind& kind, std::size_t account, double now_s);
  void start(double now_s, int steps) override;
  double next_s() const override;
  bool move_on() override;
  void finish(double now_s) override;
  const WorkerBooks& books() const override { return books_; }
  /// By account; those that were never loaded may be missing.
  const std::vector<AccountBooks>& accounts() const { return accounts_; }

 private:
  /// Of the present period, by account.
  struct PeriodShare {
    double busy_s = 0, dynamic_j = 0;
  };
  bool working() const { return steps_left_ > 0 && !off_; }
  double step_end_s() const;
  /// Up to `to_s`, which is not beyond the next change of what it does.
  void pass(double to_s);
  void end_period();
  void add_to_books(const device::PeriodRecord& period);
  void follow(const governor::Decision& decision);
  void end_step();
  /// What the period has had since the last call goes to the present account.
  void settle_account();
  void share_out(const device::PeriodRecord& period, double device_j);

  DeviceKind* kind_;
  device::Device& device_;
  sim::OperatingPoint point_;
  const run::Signature* signature_;  ///< of the point
  const run::Signature* phases_;     ///< of the highest one: phase by share of work at all points
  double interval_s_;                ///< least time from step to step

  double now_s_ = 0;
  int steps_left_ = 0;          ///< the present one included
  run::StepProgress progress_;  ///< of the present step
  double step_began_s_ = 0;
  double begins_s_ = 0;   ///< of the present step, while it waits for its samples
  double stalled_s_ = 0;  ///< left until the clock runs again
  bool off_ = false;

  double period_began_s_ = 0, period_ends_s_ = 0;
  int idle_periods_ = 0;  ///< the longer it idles, the longer are its periods
  device::Stretch stretch_;
  std::vector<double> energy_j_;
  WorkerBooks books_;
  std::size_t account_ = 0;
  std::vector<AccountBooks> accounts_{1};
  std::vector<PeriodShare> shares_{1};
  PeriodShare settled_;  ///< of the period, what accounts have
};

}  // namespace kiln::fleet
