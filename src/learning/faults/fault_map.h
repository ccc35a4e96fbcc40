// SPDX-License-Identifier: MIT
// Cells of a memory that do not hold what is written to them. A die has cells of all strengths; how many fail
// depends on voltage, temperature and refresh, which ones is a property of the die: under worse conditions
// further cells join those that fail already.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "learning/formats/number_format.h"
#include "learning/learning_config.h"
#include "learning/stretch.h"

namespace kiln::learning {

struct FaultCounts {
  std::int64_t bits = 0;       ///< that were read wrong
  std::int64_t corrected = 0;  ///< words with one wrong bit, read right
  std::int64_t detected = 0;   ///< words with two wrong bits, read as 0
  std::int64_t guarded = 0;    ///< values beyond the guard, taken as 0
  FaultCounts& operator+=(const FaultCounts& other);
};

/// What the code words of a memory mend (Hsiao 1970).
enum class Correction {
  none,
  single,             ///< one wrong bit is corrected; two or more pass unseen, as of codes on a DRAM's die
  single_and_detect,  ///< SECDED: two are detected, the word is read as 0; more pass unseen
};
struct WordCode {
  Correction correction = Correction::none;
  int data_bits = 64;
  int check_bits = 0;  ///< stored in cells of the same kind
};

/// The cells of one memory of a device.
struct CellConfig {
  std::uint64_t chip = 1;  ///< seed of the cells
  bool persistent = true;  ///< the same cells fail again
  CellFault kind = CellFault::flip;
  WordCode code;
  double guard = 0;  ///< floats beyond this magnitude are taken as 0; 0: no guard
};

class FaultMap {
 public:
  /// A share `rate` of the cells of a die fails.
  FaultMap(const CellConfig& config, double rate) : config_(config), rate_(rate) {}

  double rate() const { return rate_; }
  /// What is read of values that lie in `format` from bit `begin` on. `key` chooses the cells where they are
  /// not persistent. Others than the values `of` are as they were, but for a word of theirs that is read as
  /// 0; scales of blocks are those of all.
  FaultCounts apply(const NumberFormat& format, std::uint64_t begin, std::uint32_t key,
                    std::span<float> values, const Stretch& of = {});
  /// Bits from `begin` on whose cells fail, ascending, from 0.
  std::vector<std::uint64_t> failing(std::uint64_t begin, std::uint64_t bits, std::uint32_t key) const;

  /// Words that were detected since this was called last are forgotten.
  void forget_detected() { detected_.clear(); }
  /// Spare cells take their place: they do not fail again. Cells that are not persistent have no such place.
  void retire_detected();
  /// By number of the word; a checkpoint keeps them.
  const std::set<std::uint64_t>& retired() const { return retired_; }
  void retire(std::set<std::uint64_t> words) { retired_ = std::move(words); }

 private:
  void add_block(std::uint64_t block, std::uint32_t key, std::vector<std::uint64_t>& cells) const;

  /// The same, remembered where cells are persistent.
  const std::vector<std::uint64_t>& known_failing(std::uint64_t begin, std::uint64_t bits, std::uint32_t key);
  /// Wrong check bits of the words in a stretch of memory, by word.
  std::map<std::uint64_t, int> wrong_check_bits(std::uint64_t begin, std::uint64_t bits, std::uint32_t key);

  CellConfig config_;
  double rate_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::uint64_t>> known_;
  std::set<std::uint64_t> detected_, retired_;
};

/// Reads these bits of values in `format` wrong, counted from the first value's first and ascending; floats
/// beyond the guard are 0 then (0: no guard).
FaultCounts flip_bits(const NumberFormat& format, std::span<const std::uint64_t> bits, double guard,
                      std::span<float> values);

/// The bits of a value in a format and back. `step` is that of integers.
std::uint32_t bits_of_value(const NumberFormat& format, float value, float step);
float value_of_bits(const NumberFormat& format, std::uint32_t bits, float step);

}  // namespace kiln::learning
