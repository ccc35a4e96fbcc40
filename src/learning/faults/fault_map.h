// SPDX-License-Identifier: MIT
// Cells of a memory that do not hold what is written to them. A die has cells of all strengths; how many fail
// depends on voltage and temperature, which ones is a property of the die: at a lower voltage further cells
// join those that fail already.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "learning/formats/number_format.h"
#include "learning/learning_config.h"

namespace kiln::learning {

struct FaultCounts {
  std::int64_t bits = 0;       ///< that were read wrong
  std::int64_t corrected = 0;  ///< by SECDED
  std::int64_t detected = 0;   ///< words with two wrong bits, read as 0
  std::int64_t guarded = 0;    ///< values beyond the guard, taken as 0
  FaultCounts& operator+=(const FaultCounts& other);
};

class FaultMap {
 public:
  /// A share `rate` of the cells of a die fails.
  FaultMap(const FaultsConfig& config, double rate) : config_(config), rate_(rate) {}

  double rate() const { return rate_; }
  /// What is read of values that lie in `format` from bit `begin` on. `key` chooses the cells where they are
  /// not persistent.
  FaultCounts apply(const NumberFormat& format, std::uint64_t begin, std::uint32_t key,
                    std::span<float> values);
  /// Bits from `begin` on whose cells fail, ascending, from 0.
  std::vector<std::uint64_t> failing(std::uint64_t begin, std::uint64_t bits, std::uint32_t key) const;

 private:
  void add_block(std::uint64_t block, std::uint32_t key, std::vector<std::uint64_t>& cells) const;

  /// The same, remembered where cells are persistent.
  const std::vector<std::uint64_t>& known_failing(std::uint64_t begin, std::uint64_t bits, std::uint32_t key);

  FaultsConfig config_;
  double rate_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::uint64_t>> known_;
};

/// The bits of a value in a format and back. `step` is that of integers.
std::uint32_t bits_of_value(const NumberFormat& format, float value, float step);
float value_of_bits(const NumberFormat& format, std::uint32_t bits, float step);

}  // namespace kiln::learning
