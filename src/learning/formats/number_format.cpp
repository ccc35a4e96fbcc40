// SPDX-License-Identifier: MIT
#include "learning/formats/number_format.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace kiln::learning {

using compression::Noise;
using workload::Precision;

std::span<const config::EnumName<Rounding>> enum_names(const Rounding*) {
  static constexpr config::EnumName<Rounding> kNames[] = {{Rounding::nearest, "nearest"},
                                                          {Rounding::stochastic, "stochastic"}};
  return kNames;
}

std::span<const config::EnumName<ScaleRule>> enum_names(const ScaleRule*) {
  static constexpr config::EnumName<ScaleRule> kNames[] = {{ScaleRule::maximum, "maximum"},
                                                           {ScaleRule::fixed, "fixed"}};
  return kNames;
}

std::span<const config::EnumName<Fp8>> enum_names(const Fp8*) {
  static constexpr config::EnumName<Fp8> kNames[] = {{Fp8::e4m3, "e4m3"}, {Fp8::e5m2, "e5m2"}};
  return kNames;
}

RoundingCounts& RoundingCounts::operator+=(const RoundingCounts& other) {
  values += other.values;
  saturated += other.saturated;
  flushed += other.flushed;
  return *this;
}

namespace {

/// A float of `mantissa` bits whose smallest normal number is 2^lowest.
struct FloatShape {
  int mantissa;
  int lowest;
  float largest;
  float overflow;  ///< what is beyond the largest becomes
};

FloatShape shape_of(const NumberFormat& format) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  switch (format.precision) {
    case Precision::fp16:
      return {10, -14, 65504.0f, kInfinity};
    case Precision::bf16:
      return {7, -126, 3.3895314e38f, kInfinity};
    case Precision::fp8:
      return format.fp8 == Fp8::e4m3 ? FloatShape{3, -6, 448.0f, 448.0f}
                                     : FloatShape{2, -14, 57344.0f, kInfinity};
    default:
      KILN_CHECK(false, "precision {} is no float format", static_cast<int>(format.precision));
  }
}

float largest_of(std::span<const float> values) {
  std::uint32_t largest = 0;
  for (const float value : values) {
    const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(value) & 0x7fffffffu;
    largest = magnitude > largest && magnitude < 0x7f800000u ? magnitude : largest;
  }
  return std::bit_cast<float>(largest);
}

/// Of a symmetric integer format; 0 of floats.
float largest_integer(Precision precision) {
  switch (precision) {
    case Precision::int4:
      return 7;
    case Precision::int8:
      return 127;
    case Precision::int16:
      return 32767;
    case Precision::fp8:
    case Precision::fp16:
    case Precision::bf16:
    case Precision::fp32:
      return 0;
  }
  KILN_CHECK(false, "unknown precision {}", static_cast<int>(precision));
}

}  // namespace

bool is_integer(Precision precision) {
  return largest_integer(precision) > 0;
}

float integer_step(const NumberFormat& format, std::span<const float> values) {
  if (format.scale == ScaleRule::fixed) return static_cast<float>(format.step);
  return largest_of(values) / largest_integer(format.precision);
}

int block_exponent(const NumberFormat& format, std::span<const float> values) {
  if (format.precision != Precision::fp8 || format.block == 0) return 0;
  const float largest = largest_of(values);
  return largest == 0 ? 0 : std::ilogb(largest) - std::ilogb(shape_of(format).largest);
}

namespace {

/// Twice the values of `magnitude` in units of `unit`, rounded: nearest to even by the adder's own rounding,
/// stochastic by what is added in front of cutting. Values are below 2^22.
float rounded_nearest(float units) {
  constexpr float kMagic = 12582912.0f;  // 1.5 * 2^23
  return (units + kMagic) - kMagic;
}
float rounded_stochastic(float magnitude, float uniform) {
  return static_cast<float>(static_cast<std::int32_t>(magnitude + uniform));
}

template <bool kStochastic>
RoundingCounts round_floats(const FloatShape& shape, std::span<float> values, Noise noise) {
  const int cut = 23 - shape.mantissa;
  const std::uint32_t below = (1u << cut) - 1, half = (1u << (cut - 1)) - 1;
  const float smallest_normal = std::ldexp(1.0f, shape.lowest),
              unit = std::ldexp(1.0f, std::max(shape.lowest - shape.mantissa, -126)), inverse = 1 / unit;
  std::int32_t saturated = 0, flushed = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value = values[i];
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value), sign = bits & 0x80000000u;
    const std::uint32_t magnitude_bits = bits & 0x7fffffffu;
    const float magnitude = std::bit_cast<float>(magnitude_bits);
    const std::uint32_t random = kStochastic ? noise.bits(static_cast<std::uint32_t>(i)) : 0u;
    const std::uint32_t added = kStochastic ? random & below : half + ((magnitude_bits >> cut) & 1u);
    const float normal = std::bit_cast<float>((magnitude_bits + added) & ~below);
    const float small = magnitude < smallest_normal ? magnitude : 0.0f;
    const float subnormal =
        unit * (kStochastic ? rounded_stochastic(small * inverse, static_cast<float>(random >> 8) * 0x1p-24f)
                            : rounded_nearest(small * inverse));
    float result = magnitude < smallest_normal ? subnormal : normal;
    const bool over = result > shape.largest;
    result = over ? shape.overflow : result;
    saturated += over;
    flushed += (magnitude > 0) & (result == 0);
    result = std::bit_cast<float>(std::bit_cast<std::uint32_t>(result) | sign);
    values[i] = magnitude_bits > 0x7f800000u ? value : result;
  }
  return {static_cast<std::int64_t>(values.size()), saturated, flushed};
}

template <bool kStochastic>
RoundingCounts round_integers(float step, float most, std::span<float> values, Noise noise,
                              std::uint32_t first) {
  const float inverse = 1 / step;
  std::int32_t saturated = 0, flushed = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value = values[i];
    const float scaled = std::fabs(value) * inverse;
    const float held = scaled < most ? scaled : most;  // NaN is held at the largest
    const float code = kStochastic
                           ? rounded_stochastic(held, noise.uniform(first + static_cast<std::uint32_t>(i)))
                           : rounded_nearest(held);
    saturated += scaled > most + 0.5f;
    flushed += (scaled > 0) & (code == 0);
    values[i] = std::copysign(code * step, value);
  }
  return {static_cast<std::int64_t>(values.size()), saturated, flushed};
}

RoundingCounts round_block(const NumberFormat& format, std::span<float> values, Noise noise,
                           std::uint32_t first) {
  const float most = largest_integer(format.precision), step = integer_step(format, values);
  if (!(step >= std::numeric_limits<float>::min())) {
    const auto flushed = std::count_if(values.begin(), values.end(), [](float v) { return v != 0; });
    std::fill(values.begin(), values.end(), 0.0f);
    return {static_cast<std::int64_t>(values.size()), 0, flushed};
  }
  return format.rounding == Rounding::stochastic ? round_integers<true>(step, most, values, noise, first)
                                                 : round_integers<false>(step, most, values, noise, first);
}

/// Floats whose block has a power of two as scale, by which its largest value fits (OCP microscaling formats,
/// 2023).
RoundingCounts round_scaled_floats(const NumberFormat& format, std::span<float> values, Noise noise) {
  const FloatShape shape = shape_of(format);
  if (largest_of(values) == 0) return {static_cast<std::int64_t>(values.size()), 0, 0};
  const int exponent = block_exponent(format, values);
  for (float& value : values) value = std::ldexp(value, -exponent);
  const FloatShape held{shape.mantissa, shape.lowest, shape.largest, shape.largest};
  const RoundingCounts counts = format.rounding == Rounding::stochastic
                                    ? round_floats<true>(held, values, noise)
                                    : round_floats<false>(held, values, noise);
  for (float& value : values) value = std::ldexp(value, exponent);
  return counts;
}

}  // namespace

RoundingCounts round_to(const NumberFormat& format, std::span<float> values, Noise noise) {
  if (format.is_exact() || values.empty()) return {static_cast<std::int64_t>(values.size()), 0, 0};
  const bool integer = is_integer(format.precision);
  if (!integer && (format.block == 0 || format.precision != Precision::fp8)) {
    const FloatShape shape = shape_of(format);
    return format.rounding == Rounding::stochastic ? round_floats<true>(shape, values, noise)
                                                   : round_floats<false>(shape, values, noise);
  }
  RoundingCounts counts;
  const std::size_t block = format.block == 0 ? values.size() : static_cast<std::size_t>(format.block);
  for (std::size_t begin = 0; begin < values.size(); begin += block) {
    const std::span<float> part = values.subspan(begin, std::min(block, values.size() - begin));
    const auto first = static_cast<std::uint32_t>(begin);
    counts += integer ? round_block(format, part, noise, first)
                      : round_scaled_floats(format, part, Noise{noise.key + first});
  }
  return counts;
}

}  // namespace kiln::learning
