// SPDX-License-Identifier: MIT
// One timing of a DRAM as its standard or data sheet states it: a time, a number of clock cycles, or the
// longer of both. Cycles at a clock are derived.
#pragma once

#include <cstdint>

#include "config/value.h"

namespace kiln::dram {

/// Which way a time becomes whole cycles.
enum class Rounding {
  up,       ///< a least time: JESD209-4, JESD209-5, JESD235
  up_ddr4,  ///< the same with JESD79-4's guard band: up to 2.6 % of a cycle is let go ("+ 974, / 1000")
  down      ///< a longest time, such as the refresh interval
};

/// A speed bin's fact. `29` is 29 cycles of the bin's clock, and lasts as long at another clock; `18 ns` is a
/// time; `max(7.5 ns, 8 nCK)` is a time of at least 8 cycles of whatever clock is in force.
struct Timing {
  constexpr Timing(int bin_cycles = 0) : cycles(bin_cycles) {}
  static constexpr Timing of(double time_s, int least_cycles = 0) {
    Timing timing(least_cycles);
    timing.seconds = time_s;
    return timing;
  }

  bool is_time() const { return seconds > 0; }
  bool is_given() const { return is_time() || cycles > 0; }
  /// How long it lasts where `bin_hz` is the clock of the speed bin.
  double in_seconds(double bin_hz) const { return is_time() ? seconds : cycles / bin_hz; }
  /// Whole cycles of `clock_hz`.
  int at(double clock_hz, double bin_hz, Rounding rounding) const;
  bool operator==(const Timing&) const = default;

  int cycles;          ///< of the bin's clock; of a time: the least number at any clock
  double seconds = 0;  ///< 0: the fact is the number of cycles
};

}  // namespace kiln::dram

namespace kiln::config {

/// The bounds of the Spec are those of a number of cycles; a time has to be above 0 where they are, and at
/// most 1 ms.
template <>
struct Value<dram::Timing> {
  static void read(const Node& node, const Spec& spec, Reader& reader, dram::Timing& value);
  static Node write(const dram::Timing& value, const Spec&);
  static Node schema(const Spec& spec);
  static std::string type_name(const Spec&) { return "cycles or time"; }
  static const RecordBase* record() { return nullptr; }
};

}  // namespace kiln::config
