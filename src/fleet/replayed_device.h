// SPDX-License-Identifier: MIT
// A device that replays its step: power, heat, sensors and governor, so that it slows down when it is hot.
#pragma once

#include <memory>
#include <vector>

#include "fleet/device_kind.h"
#include "fleet/periods.h"
#include "fleet/series.h"
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
  /// Both must outlive it. The device begins anew, at the temperature around it. `periods` are those of the
  /// package that it shares with other dies; null: it has its own. `marks` are the shares of a step's work at
  /// which buckets of its gradient stand; at the last one its update waits to be told. None: steps are whole.
  ReplayedDevice(DeviceKind& kind, device::Device& device, std::shared_ptr<Periods> periods = {},
                 std::vector<double> marks = {});
  ReplayedDevice(const ReplayedDevice&) = delete;  // its periods refer to it
  ReplayedDevice& operator=(const ReplayedDevice&) = delete;

  /// Steps that are started from now on are those of this kind, which has the same chip and must outlive it;
  /// none are running. Their cost goes to an account of their own.
  void load(DeviceKind& kind, std::size_t account, double now_s);
  void start(double now_s, int steps) override;
  void update(double now_s) override;
  double next_s() const override;
  Reached move_on(double now_s) override;
  void finish(double now_s) override;
  void link_drew(double joules) override { link_j_ = joules; }
  const WorkerBooks& books() const override { return books_; }
  std::span<const device::PeriodRecord> series() const override { return series_.periods(); }
  /// By account; those that were never loaded may be missing.
  const std::vector<AccountBooks>& accounts() const { return accounts_; }

  /// What its periods call: first `pass` up to the period's end, then, if the period was one, `draw` (W by
  /// block), `end_period` and `decide`, and `begin_period`.
  void pass(double to_s);
  std::span<const double> draw(double dt_s);
  void end_period(double cooling_j);
  /// Of the period that ended, with its end of the link, in W.
  double drawn_w() const { return device_.drawn_w() + link_w_; }
  void tell_battery(double state_of_charge, bool empty) { device_.tell_battery(state_of_charge, empty); }
  void decide();
  void begin_period();
  bool worked() const { return stretch_.busy_s > 0; }  ///< in the period so far
  bool is_off() const override { return off_; }
  bool works() const { return working(); }

 private:
  /// Of the present period, by account.
  struct PeriodShare {
    double busy_s = 0, dynamic_j = 0;
  };
  bool working() const { return steps_left_ > 0 && !off_ && !holds_; }
  /// The work at which it stops next, and when that is.
  double goal() const { return mark_ < marks_.size() ? marks_[mark_] : 1.0; }
  double goal_s() const;
  void begin_step(double now_s);
  void go_on(double now_s);
  Reached reach_mark();
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
  int steps_left_ = 0;  ///< the present one included
  std::vector<double> marks_;
  std::size_t mark_ = 0;                 ///< that it reaches next
  bool holds_ = false;                   ///< in front of its update
  double held_from_s_ = 0, held_s_ = 0;  ///< since when; of the present step, so far
  run::StepProgress progress_;           ///< of the present step
  double step_began_s_ = 0;
  double begins_s_ = 0;   ///< of the present step, while it waits for its samples
  double stalled_s_ = 0;  ///< left until the clock runs again
  bool off_ = false;

  std::shared_ptr<Periods> periods_;
  bool shares_package_;
  std::size_t link_block_;                ///< where its end of the link gives its heat to a shared package
  double link_j_ = 0, link_given_j_ = 0;  ///< that its end has drawn so far; of it, given to the package
  double link_w_ = 0;                     ///< in the period
  device::PeriodRecord ended_;            ///< the period, while nothing is decided yet
  std::vector<double> block_w_;
  Series series_;  ///< of a shared package
  device::Stretch stretch_;
  std::vector<double> energy_j_;
  WorkerBooks books_;
  std::size_t account_ = 0;
  std::vector<AccountBooks> accounts_{1};
  std::vector<PeriodShare> shares_{1};
  PeriodShare settled_;  ///< of the period, what accounts have
};

}  // namespace kiln::fleet
