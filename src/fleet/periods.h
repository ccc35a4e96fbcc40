// SPDX-License-Identifier: MIT
// Control periods of a package. Those of its dies begin and end together, since their powers warm one
// network; a device by itself is a package of one.
#pragma once

#include <optional>
#include <vector>

#include "device/heated_package.h"
#include "pdn/battery.h"

namespace kiln::fleet {

class ReplayedDevice;

class Periods {
 public:
  /// `package` must outlive it.
  /// A battery feeds all dies and their ends of the link; without one they have mains.
  Periods(device::HeatedPackage& package, double control_period_s, std::optional<pdn::Battery> battery = {});

  /// One more die of the package, from its time 0 on; it must outlive this.
  void join(ReplayedDevice& die);
  /// When the present period ends, if nobody begins to work before.
  double ends_s() const { return ends_s_; }
  /// A die begins to work: a long period of idling ends with it.
  void begin_to_work(double now_s);
  /// The period ends now: what all dies drew warms the package, then each has its sensors read and its
  /// governor asked.
  void end(double now_s);
  const std::optional<pdn::Battery>& battery() const { return battery_; }

 private:
  void discharge(double dt_s);

  device::HeatedPackage& package_;
  double control_period_s_;
  std::optional<pdn::Battery> battery_;
  std::vector<ReplayedDevice*> dies_;
  double began_s_ = 0, ends_s_;
  int idle_ = 0;  ///< periods in a row without work: the longer, the longer they are
  std::vector<double> block_w_;
};

}  // namespace kiln::fleet
