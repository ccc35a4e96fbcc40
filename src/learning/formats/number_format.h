// SPDX-License-Identifier: MIT
// Numbers as narrow formats hold them: fp32 values rounded to what a format can say.
#pragma once

#include <cstdint>
#include <span>

#include "compression/noise.h"
#include "config/record.h"
#include "workload/precision.h"

namespace kiln::learning {

enum class Rounding { nearest, stochastic };
/// Where the scale of integers (and of block scaled floats) comes from.
enum class ScaleRule {
  maximum,  ///< the largest magnitude of the tensor or block takes the largest code
  fixed     ///< one step for all values: what is beyond saturates
};
enum class Fp8 { e4m3, e5m2 };

std::span<const config::EnumName<Rounding>> enum_names(const Rounding*);
std::span<const config::EnumName<ScaleRule>> enum_names(const ScaleRule*);
std::span<const config::EnumName<Fp8>> enum_names(const Fp8*);

/// How values are held: the width is the tensor's precision, the rest is chosen per class of tensors.
struct NumberFormat {
  workload::Precision precision = workload::Precision::fp32;
  Fp8 fp8 = Fp8::e4m3;
  Rounding rounding = Rounding::nearest;
  ScaleRule scale = ScaleRule::maximum;
  double step = 0.0625;    ///< of integers with a fixed scale
  std::int64_t block = 0;  ///< values that share a scale, 0: the whole tensor. Of fp8: 0 is no scale at all
  bool is_exact() const { return precision == workload::Precision::fp32; }
};

/// What rounding did, for loss scaling and reports.
struct RoundingCounts {
  std::int64_t values = 0;
  std::int64_t saturated = 0;  ///< beyond the largest number: held at it, or infinite
  std::int64_t flushed = 0;    ///< not zero before, zero now
  RoundingCounts& operator+=(const RoundingCounts& other);
};

/// Whether codes are whole numbers, as far below 0 as above.
bool is_integer(workload::Precision precision);
/// Value of one unit of integers that share a scale; 0 where all of them are 0.
float integer_step(const NumberFormat& format, std::span<const float> values);
/// Of the power of two that the values of a block of fp8 are multiplied by; 0 where no block has a scale.
int block_exponent(const NumberFormat& format, std::span<const float> values);

/// Rounds in place. E4M3 and integers saturate, fp16, bf16 and E5M2 become infinite (IEEE 754; Micikevicius
/// et al., "FP8 formats for deep learning", 2022). NaN stays.
RoundingCounts round_to(const NumberFormat& format, std::span<float> values, compression::Noise noise);

}  // namespace kiln::learning
