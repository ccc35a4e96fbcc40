// SPDX-License-Identifier: MIT
// What a processing element latches: both operands of each product and the sum. Cycle laws do not need it;
// energy, clock and area do, and they must mean the same array.
#pragma once

#include <array>

#include "workload/precision.h"

namespace kiln::lowering {

inline constexpr std::size_t kFormats = 7;
constexpr std::size_t format_index(workload::Precision precision) {
  return static_cast<std::size_t>(precision);
}
constexpr bool is_floating(workload::Precision precision) {
  return precision >= workload::Precision::fp8;
}

/// The array's processing elements, as far as energy and area ask.
struct PeShape {
  /// MACs a cycle by format; above 1 they share one sum, as a dot product; 0: the array cannot.
  std::array<double, kFormats> lanes{};
  double widest_sum_bits = 32;
  /// One wire per row and column feeds all elements, so that they latch no operand that only passes.
  bool broadcast = false;
  double storage_bytes = 0;         ///< memory of its own for operands and sum; 0: none
  double macs_per_instruction = 0;  ///< of an array of cores; 0: no instructions

  bool mixed() const;  ///< integer and floating formats
};

/// Bits of a sum: grows with the format, never wider than the array's.
double sum_bits(workload::Precision precision, double widest_bits);
/// Flip-flops that one element clocks in a cycle: weight, passing operand, sum.
double clocked_bits(const PeShape& pe, workload::Precision precision);
/// Bits of them that change per MAC at random data.
double toggled_bits(const PeShape& pe, workload::Precision precision);
/// Bits that move by one element per MAC.
double moved_bits(const PeShape& pe, workload::Precision precision);

}  // namespace kiln::lowering
