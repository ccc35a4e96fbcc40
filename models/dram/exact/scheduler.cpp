// SPDX-License-Identifier: MIT
#include "dram/exact/scheduler.h"

#include "dram/exact/fr_fcfs_by_age.h"
#include "dram/exact/fr_fcfs_by_direction.h"
#include "dram/exact/round_robin.h"

namespace kiln::dram {

namespace {

/// Bank queues and their front do not keep directions apart.
bool keeps_directions_apart(const ControllerConfig& config) {
  if (config.queue != QueueKind::shared) return false;
  switch (config.direction) {
    case DirectionPolicy::watermark:
    case DirectionPolicy::drain_when_full:
      return true;
    case DirectionPolicy::interleaved:
    case DirectionPolicy::grouped:
      return false;
  }
  return false;
}

}  // namespace

std::unique_ptr<Scheduler> make_scheduler(const ChannelState& state) {
  switch (state.config.controller.arbitration) {
    case Arbitration::oldest_ready:
    case Arbitration::oldest_row_hit:
      if (keeps_directions_apart(state.config.controller)) return std::make_unique<FrFcfsByDirection>(state);
      return std::make_unique<FrFcfsByAge>(state);
    case Arbitration::round_robin:
      return std::make_unique<RoundRobin>(state);
  }
  return nullptr;
}

}  // namespace kiln::dram
