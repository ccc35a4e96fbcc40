// SPDX-License-Identifier: MIT
// A device of the fleet: training steps when it is told to, and what they and the waiting between them cost.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "device/period.h"

namespace kiln::fleet {

struct WorkerBooks {
  double time_s = 0;
  double steps = 0;
  double training_s = 0;             ///< with a step running
  double device_j = 0;               ///< chip with memory, regulators, board and cooling
  double chip_j = 0;                 ///< of it, chip and memory
  double idle_j = 0;                 ///< of chip_j, while no step ran
  double throttled_s = 0;            ///< below the highest operating point, or off
  double off_s = 0;                  ///< shut down by its guard
  double peak_c = -273.15;           ///< hottest block
  std::vector<double> peak_block_c;  ///< of each block of the floorplan
  double peak_skin_c = -273.15;      ///< of the package's outside, where it has a thermometer
  double heat_j = 0;                 ///< that blocks and regulators gave to the package, the link's included
  double link_heat_j = 0;            ///< of it, of this end of the link: of dies that share a package
  double first_step_s = 0;           ///< duration
  double last_step_s = 0;
  double longest_step_s = 0;
  std::string ended;  ///< why it will never train again; empty: it can
};

/// What a worker came to.
enum class Reached {
  nothing,   ///< that others wait for
  bucket,    ///< a bucket of its gradient stands, the next is to come
  gradient,  ///< what it sends stands, or the last bucket of it
  update     ///< the update that waited for what came back is done
};

class Worker {
 public:
  virtual ~Worker() = default;
  /// Begins so many steps at `now_s`, one after the other; none are running. Where a step stands in front of
  /// its update, that is done first.
  virtual void start(double now_s, int steps) = 0;
  /// Does the update that a step stands in front of, and no more.
  virtual void update(double now_s) = 0;
  /// The next moment at which it wants to be moved on: the end of a step or of a control period.
  virtual double next_s() const = 0;
  /// On to `now_s`, which is that moment or, where the worker was moved on with others, before it.
  virtual Reached move_on(double now_s) = 0;
  /// The end of all, not after next_s().
  virtual void finish(double now_s) = 0;
  /// Its end of the link has drawn so many joules since the beginning, which warm its package.
  virtual void link_drew(double joules) { static_cast<void>(joules); }
  virtual const WorkerBooks& books() const = 0;
  /// Shut down by its guard, until it has cooled down.
  virtual bool is_off() const { return false; }
  /// Temperatures, powers and clocks over time, where they are kept.
  virtual std::span<const device::PeriodRecord> series() const { return {}; }
};

}  // namespace kiln::fleet
