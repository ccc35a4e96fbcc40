// SPDX-License-Identifier: MIT
// The package of one device, or of several dies, in its surroundings: heat of all their blocks, events around
// it, and fans and pumps that each die's governor may call for.
#pragma once

#include <span>
#include <vector>

#include "device/heat.h"
#include "device/timeline.h"
#include "experiment/experiment.h"

namespace kiln::device {

/// Where blocks of one die lie in the package's floorplan.
struct DieBlocks {
  std::size_t die = 0;  ///< among the package's
  std::size_t first = 0, count = 0;
};

class HeatedPackage {
 public:
  /// `floorplans` by die, in the source layers of `experiment.soc.package`; room and events are the
  /// experiment's. The first `chip_blocks` blocks (all if negative) decide which moment is the hottest.
  /// Throws base::SimError where the package cannot lose its heat, ConfigError where events make it so.
  HeatedPackage(const experiment::ExperimentConfig& experiment,
                const std::vector<thermal::Floorplan>& floorplans, int chip_blocks = -1,
                const base::Watch& watch = {});

  const DieBlocks& die(std::size_t die) const { return dies_[die]; }
  std::size_t dies() const { return dies_.size(); }
  Heat& heat() { return heat_; }
  const Heat& heat() const { return heat_; }
  const Timeline& timeline() const { return timeline_; }

  /// Temperatures and surroundings start here; fans and pumps at full drive are the caller's.
  void begin(thermal::State full_state);
  /// All of it at the temperature that it starts with, which is the room's unless configured.
  thermal::State cold() const;
  /// Lets heat move on under these powers of all blocks, from event to event. Gives the joules of the
  /// cooling.
  double warm(double dt_s, std::span<const double> block_w);
  /// What a die's governor asks of fan, pump or thermoelectric current; the most that any die asks is done.
  void drive(std::size_t die, double level);

 private:
  Timeline timeline_;
  double start_c_;
  std::vector<DieBlocks> dies_;
  Heat heat_;
  std::vector<double> asked_;  ///< drive, by die
  double time_s_ = 0;
};

}  // namespace kiln::device
