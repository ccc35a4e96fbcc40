// SPDX-License-Identifier: MIT
#include "learning/faults/fault_map.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.h"
#include "base/rng.h"
#include "compression/half.h"

namespace kiln::learning {

using workload::Precision;

FaultCounts& FaultCounts::operator+=(const FaultCounts& other) {
  bits += other.bits;
  corrected += other.corrected;
  detected += other.detected;
  guarded += other.guarded;
  return *this;
}

namespace {

constexpr std::uint64_t kBlock = 1 << 16;                      // bits whose weak cells are drawn together
constexpr std::uint64_t kCheckCells = std::uint64_t{1} << 56;  // check bits lie apart from all data

/// fp8 as bits: sign, exponent, mantissa; biases 7 and 15.
struct Fp8Layout {
  int mantissa, bias;
};
Fp8Layout layout_of(Fp8 kind) {
  return kind == Fp8::e4m3 ? Fp8Layout{3, 7} : Fp8Layout{2, 15};
}

std::uint32_t fp8_bits(Fp8 kind, float value) {
  const Fp8Layout layout = layout_of(kind);
  const std::uint32_t sign = std::signbit(value) ? 0x80u : 0u;
  const float magnitude = std::fabs(value);
  if (!(magnitude < 1e30f)) return sign | 0x7fu;
  if (magnitude == 0) return sign;
  const int exponent = std::max(std::ilogb(magnitude), 1 - layout.bias);
  const auto units = static_cast<std::uint32_t>(std::ldexp(magnitude, layout.mantissa - exponent));
  const auto biased = static_cast<std::uint32_t>(exponent + layout.bias);
  const std::uint32_t hidden = 1u << layout.mantissa;
  return sign | (units < hidden ? units : (biased << layout.mantissa) + (units - hidden));
}

float fp8_value(Fp8 kind, std::uint32_t bits) {
  const Fp8Layout layout = layout_of(kind);
  const std::uint32_t mantissa = bits & ((1u << layout.mantissa) - 1),
                      exponent = (bits & 0x7fu) >> layout.mantissa;
  const float magnitude = exponent == 0
                              ? std::ldexp(static_cast<float>(mantissa), 1 - layout.bias - layout.mantissa)
                              : std::ldexp(static_cast<float>(mantissa + (1u << layout.mantissa)),
                                           static_cast<int>(exponent) - layout.bias - layout.mantissa);
  return (bits & 0x80u) != 0 ? -magnitude : magnitude;
}

int width_of(const NumberFormat& format) {
  return static_cast<int>(bits_of(format.precision));
}

}  // namespace

std::uint32_t bits_of_value(const NumberFormat& format, float value, float step) {
  switch (format.precision) {
    case Precision::fp32:
      return std::bit_cast<std::uint32_t>(value);
    case Precision::bf16:
      return std::bit_cast<std::uint32_t>(value) >> 16;
    case Precision::fp16:
      return compression::to_half(value);
    case Precision::fp8:
      return fp8_bits(format.fp8, value);
    case Precision::int16:
    case Precision::int8:
    case Precision::int4: {
      const auto code = step > 0 ? static_cast<std::int32_t>(std::lround(value / step)) : 0;
      return static_cast<std::uint32_t>(code) & ((1u << width_of(format)) - 1);
    }
  }
  return 0;
}

float value_of_bits(const NumberFormat& format, std::uint32_t bits, float step) {
  switch (format.precision) {
    case Precision::fp32:
      return std::bit_cast<float>(bits);
    case Precision::bf16:
      return std::bit_cast<float>(bits << 16);
    case Precision::fp16:
      return compression::from_half(static_cast<std::uint16_t>(bits));
    case Precision::fp8:
      return fp8_value(format.fp8, bits);
    case Precision::int16:
    case Precision::int8:
    case Precision::int4: {
      const int width = width_of(format);
      const auto code = static_cast<std::int32_t>(bits << (32 - width)) >> (32 - width);  // two's complement
      return static_cast<float>(code) * step;
    }
  }
  return 0;
}

/// Strengths are drawn weakest first, as arrivals of a Poisson process, each with its place: the cells of a
/// lower rate are the first of those of a higher one.
void FaultMap::add_block(std::uint64_t block, std::uint32_t key, std::vector<std::uint64_t>& cells) const {
  base::Rng rng(config_.chip, "cells", "strength",
                config_.persistent ? block : block * 0x9e3779b97f4a7c15u + key);
  double weakness = 0;
  while (true) {
    weakness -= std::log(1 - rng.uniform()) / static_cast<double>(kBlock);
    if (weakness >= rate_) return;
    cells.push_back(block * kBlock + rng.below(kBlock));
  }
}

std::vector<std::uint64_t> FaultMap::failing(std::uint64_t begin, std::uint64_t bits,
                                             std::uint32_t key) const {
  std::vector<std::uint64_t> cells, found;
  for (std::uint64_t block = begin / kBlock; rate_ > 0 && block * kBlock < begin + bits; ++block)
    add_block(block, key, cells);
  for (const std::uint64_t cell : cells)
    if (cell >= begin && cell < begin + bits) found.push_back(cell - begin);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

const std::vector<std::uint64_t>& FaultMap::known_failing(std::uint64_t begin, std::uint64_t bits,
                                                          std::uint32_t key) {
  const auto [place, fresh] = known_.try_emplace({begin, bits});
  if (fresh || !config_.persistent) place->second = failing(begin, bits, key);
  return place->second;
}

namespace {

/// Which of two values a cell of the die is stuck at; where it leaks, the one without charge.
bool stuck_at_one(const CellConfig& config, std::uint64_t cell) {
  base::Rng preference(config.chip, "cells", "value", cell);
  return preference.below(2) == 1;
}

/// Reads single values of a tensor wrong.
class Damage {
 public:
  Damage(const CellConfig& config, const NumberFormat& format, std::uint64_t begin, std::span<float> values)
      : config_(config),
        format_(format),
        begin_(begin),
        width_(static_cast<std::uint64_t>(width_of(format))),
        values_(values),
        block_(format.block > 0 ? static_cast<std::size_t>(format.block) : values.size()) {}

  /// Whether a failing cell holds the other value than the one that was written; cells come in ascending
  /// order and count from the first bit of the values.
  bool is_wrong(std::uint64_t cell) {
    if (config_.kind == CellFault::flip) return true;
    const bool one = (bits_at(cell / width_) >> (cell % width_) & 1u) != 0;
    return one != stuck_at_one(config_, begin_ + cell);
  }

  void flip(std::uint64_t cell, FaultCounts& counts) {
    float& value = values_[cell / width_];
    const std::uint32_t bits = bits_at(cell / width_) ^ 1u << (cell % width_);
    ++counts.bits;
    value = value_of_bits(format_, bits, step_);
    if (exponent_ != 0) value = std::ldexp(value, exponent_);
    if (config_.guard > 0 && !(std::fabs(value) <= config_.guard)) {
      value = 0;
      ++counts.guarded;
    }
  }

  /// Values that have a bit in [first, last), as bits of the memory.
  void clear(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t bit = std::max(first, begin_); bit < last; bit += width_)
      if ((bit - begin_) / width_ < values_.size()) values_[(bit - begin_) / width_] = 0;
  }

 private:
  std::uint32_t bits_at(std::size_t index) {
    measure_block_of(index);
    return bits_of_value(format_, exponent_ == 0 ? values_[index] : std::ldexp(values_[index], -exponent_),
                         step_);
  }

  /// The scale of the block that a value is in, as it was before any of it was read wrong.
  void measure_block_of(std::size_t index) {
    const std::size_t first = index / block_ * block_;
    if (first == measured_) return;
    measured_ = first;
    const std::span<const float> block = values_.subspan(first, std::min(block_, values_.size() - first));
    if (is_integer(format_.precision)) step_ = integer_step(format_, block);
    exponent_ = block_exponent(format_, block);
  }

  const CellConfig& config_;
  const NumberFormat& format_;
  std::uint64_t begin_, width_;
  std::span<float> values_;
  std::size_t block_, measured_ = std::size_t(-1);
  float step_ = 0;    ///< of integers
  int exponent_ = 0;  ///< of scaled floats
};

}  // namespace

FaultCounts flip_bits(const NumberFormat& format, std::span<const std::uint64_t> bits, double guard,
                      std::span<float> values) {
  FaultCounts counts;
  CellConfig config;
  config.guard = guard;
  Damage damage(config, format, 0, values);
  for (const std::uint64_t bit : bits) damage.flip(bit, counts);
  return counts;
}

void FaultMap::retire_detected() {
  if (config_.persistent) retired_.insert(detected_.begin(), detected_.end());
  detected_.clear();
}

/// What check bits hold is not computed: where the value matters, it is as likely to be either.
std::map<std::uint64_t, int> FaultMap::wrong_check_bits(std::uint64_t begin, std::uint64_t bits,
                                                        std::uint32_t key) {
  std::map<std::uint64_t, int> wrong;
  if (config_.code.check_bits == 0) return wrong;
  const auto data = static_cast<std::uint64_t>(config_.code.data_bits),
             check = static_cast<std::uint64_t>(config_.code.check_bits);
  const std::uint64_t first = begin / data, words = (begin + bits + data - 1) / data - first;
  for (const std::uint64_t cell : known_failing(kCheckCells + first * check, words * check, key)) {
    const std::uint64_t place = kCheckCells + first * check + cell;
    base::Rng held(config_.chip, "cells", "check", place ^ std::uint64_t{key} << 24);
    if (config_.kind == CellFault::flip || (held.below(2) == 1) != stuck_at_one(config_, place))
      ++wrong[first + cell / check];
  }
  return wrong;
}

FaultCounts FaultMap::apply(const NumberFormat& format, std::uint64_t begin, std::uint32_t key,
                            std::span<float> values, const Stretch& of) {
  FaultCounts counts;
  if (values.empty()) return counts;
  const auto width = static_cast<std::uint64_t>(width_of(format));
  const std::uint64_t bits = values.size() * width;
  const std::uint64_t first = std::min<std::uint64_t>(of.first * width, bits),
                      end = std::min<std::uint64_t>(of.end, values.size()) * width;
  const auto word_bits = static_cast<std::uint64_t>(config_.code.data_bits);
  const std::vector<std::uint64_t>& cells = known_failing(begin, bits, key);
  Damage damage(config_, format, begin, values);
  if (config_.code.correction == Correction::none) {
    for (const std::uint64_t cell : cells)
      if (cell >= first && cell < end && damage.is_wrong(cell)) damage.flip(cell, counts);
    return counts;
  }
  std::map<std::uint64_t, int> wrong = wrong_check_bits(begin, bits, key);
  std::map<std::uint64_t, std::vector<std::uint64_t>> wrong_data;
  for (const std::uint64_t cell : cells) {
    if (cell < first || cell >= end || !damage.is_wrong(cell)) continue;
    wrong_data[(begin + cell) / word_bits].push_back(cell);
    ++wrong[(begin + cell) / word_bits];
  }
  for (const auto& [word, errors] : wrong) {
    const bool is_read = (word + 1) * word_bits > begin + first && word * word_bits < begin + end;
    if (!is_read || retired_.contains(word)) continue;
    if (errors == 1) {
      ++counts.corrected;
    } else if (errors == 2 && config_.code.correction == Correction::single_and_detect) {
      ++counts.detected;
      detected_.insert(word);
      damage.clear(word * word_bits, (word + 1) * word_bits);
    } else if (const auto found = wrong_data.find(word); found != wrong_data.end()) {
      for (const std::uint64_t cell : found->second) damage.flip(cell, counts);
    }
  }
  return counts;
}

}  // namespace kiln::learning
