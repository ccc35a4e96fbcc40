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

constexpr std::uint64_t kBlock = 1 << 16;  // bits whose weak cells are drawn together
constexpr std::uint64_t kWord = 64;

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

/// Reads single values of a tensor wrong.
class Damage {
 public:
  Damage(const FaultsConfig& config, const NumberFormat& format, std::uint64_t begin, std::span<float> values)
      : config_(config),
        format_(format),
        begin_(begin),
        width_(static_cast<std::uint64_t>(width_of(format))),
        values_(values),
        block_(format.block > 0 ? static_cast<std::size_t>(format.block) : values.size()) {}

  /// `cell` counts from the first bit of the values; cells come in ascending order.
  void at(std::uint64_t cell, FaultCounts& counts) {
    float& value = values_[cell / width_];
    measure_block_of(cell / width_);
    std::uint32_t bits =
        bits_of_value(format_, exponent_ == 0 ? value : std::ldexp(value, -exponent_), step_);
    const std::uint32_t mask = 1u << (cell % width_);
    if (config_.cells == CellFault::stuck) {
      base::Rng preference(config_.chip, "cells", "value", begin_ + cell);
      if (((bits & mask) != 0) == (preference.below(2) == 1)) return;  // it holds what it is stuck at
    }
    bits ^= mask;
    ++counts.bits;
    value = value_of_bits(format_, bits, step_);
    if (exponent_ != 0) value = std::ldexp(value, exponent_);
    if (config_.guard > 0 && !(std::fabs(value) <= config_.guard)) {
      value = 0;
      ++counts.guarded;
    }
  }

 private:
  /// The scale of the block that a value is in, as it was before any of it was read wrong.
  void measure_block_of(std::size_t index) {
    const std::size_t first = index / block_ * block_;
    if (first == measured_) return;
    measured_ = first;
    const std::span<const float> block = values_.subspan(first, std::min(block_, values_.size() - first));
    if (is_integer(format_.precision)) step_ = integer_step(format_, block);
    exponent_ = block_exponent(format_, block);
  }

  const FaultsConfig& config_;
  const NumberFormat& format_;
  std::uint64_t begin_, width_;
  std::span<float> values_;
  std::size_t block_, measured_ = std::size_t(-1);
  float step_ = 0;    ///< of integers
  int exponent_ = 0;  ///< of scaled floats
};

}  // namespace

FaultCounts FaultMap::apply(const NumberFormat& format, std::uint64_t begin, std::uint32_t key,
                            std::span<float> values) {
  FaultCounts counts;
  const auto width = static_cast<std::uint64_t>(width_of(format));
  const std::vector<std::uint64_t>& cells = known_failing(begin, values.size() * width, key);
  Damage damage(config_, format, begin, values);
  for (std::size_t i = 0; i < cells.size();) {
    std::size_t end = i + 1;
    while (end < cells.size() && (begin + cells[end]) / kWord == (begin + cells[i]) / kWord) ++end;
    if (!config_.secded || end - i > 2) {
      for (std::size_t k = i; k < end; ++k) damage.at(cells[k], counts);
    } else if (end - i == 1) {
      ++counts.corrected;
    } else {
      ++counts.detected;
      const std::uint64_t first = (begin + cells[i]) / kWord * kWord, last = first + kWord;
      for (std::uint64_t bit = std::max(first, begin); bit < last; bit += width)
        if ((bit - begin) / width < values.size()) values[(bit - begin) / width] = 0;
    }
    i = end;
  }
  return counts;
}

}  // namespace kiln::learning
