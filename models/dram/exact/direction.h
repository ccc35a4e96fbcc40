// SPDX-License-Identifier: MIT
// Whether reads or writes have the bus: writes wait until more than the high mark, then go until fewer than
// the low mark are left (the watermarks of Ramulator), and batches keep either from going on for ever.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "dram/dram_config.h"
#include "dram/patrol.h"

namespace kiln::dram {

/// Turns the channel as a whole, or each pseudo-channel of a rank apart (`direction_scope`): the units.
class Direction {
 public:
  explicit Direction(const DramConfig& config);

  bool writing(int sub) const { return unit(sub).writing; }
  void queued(int sub, bool write) { ++unit(sub).waiting[write]; }
  void left(int sub, bool write) { --unit(sub).waiting[write]; }
  void patrol_queued(int sub) { ++unit(sub).patrols; }
  void patrol_served(int sub) { --unit(sub).patrols; }
  /// A column command was issued; counts for the batch.
  void served(int sub) { ++unit(sub).batch; }
  /// Turns the units whose time has come. True if one did.
  bool update() {
    bool turned = false;
    for (Unit& one : units_)
      if (must_turn(one)) {
        one.writing = !one.writing;
        one.batch = 0;
        turned = true;
      }
    return turned;
  }
  /// `, writing 0, reading 1` by unit.
  std::string describe() const;

 private:
  struct Unit {
    bool writing = false;
    int batch = 0;
    std::array<int, 2> waiting{};  ///< in the queues, by direction
    int patrols = 0;               ///< patrol reads that wait
  };
  Unit& unit(int sub) { return units_[whole_ ? 0 : static_cast<std::size_t>(sub)]; }
  const Unit& unit(int sub) const { return units_[whole_ ? 0 : static_cast<std::size_t>(sub)]; }
  /// Reads that count while writing: patrol lets a drain of writes go on.
  static int pressing(const Unit& unit) {
    const bool patient = unit.waiting[true] > 0 && unit.patrols < Patrol::kGroup;
    return unit.waiting[false] - (patient ? unit.patrols : 0);
  }
  bool must_turn(const Unit& unit) const {
    const int writes = unit.waiting[true];
    if (!unit.writing) return unit.waiting[false] == 0 || (writes > high_ && unit.batch >= read_batch_);
    return (writes < low_ || unit.batch >= write_batch_) && pressing(unit) > 0;
  }

  int read_batch_;   ///< reads at least before a turn while both wait
  int write_batch_;  ///< writes at most before one
  bool whole_;
  int high_, low_;  ///< turn to writes above so many, back below
  std::vector<Unit> units_;
};

}  // namespace kiln::dram
