// SPDX-License-Identifier: MIT
#include "lowering/cost/pe_registers.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::lowering {

using workload::Precision;

namespace {

constexpr double kRandom = 0.5;  // bits that change from one random word to the next

/// Products that share a sum; a slow multiplier still has one.
double products(const PeShape& pe, Precision precision) {
  return std::max(1.0, pe.lanes[format_index(precision)]);
}

double passing_bits(const PeShape& pe, Precision precision) {
  return pe.broadcast ? 0 : workload::bits_of(precision);
}

}  // namespace

bool PeShape::mixed() const {
  bool integer = false, floating = false;
  for (std::size_t i = 0; i < kFormats; ++i)
    if (lanes[i] > 0) (is_floating(static_cast<Precision>(i)) ? floating : integer) = true;
  return integer && floating;
}

double sum_bits(Precision precision, double widest_bits) {
  // 2 x operand and four bits of growth for narrow integers; FP8 sums are FP16, all other floats FP32.
  const auto natural = [precision] {
    switch (precision) {
      case Precision::int4:
        return 20.0;
      case Precision::int8:
        return 32.0;
      case Precision::int16:
        return 48.0;
      case Precision::fp8:
        return 16.0;
      case Precision::fp16:
      case Precision::bf16:
      case Precision::fp32:
        return 32.0;
    }
    KILN_CHECK(false, "number format {}", static_cast<int>(precision));
  };
  return std::min(natural(), std::max(widest_bits, 2 * workload::bits_of(precision)));
}

double clocked_bits(const PeShape& pe, Precision precision) {
  return products(pe, precision) * (workload::bits_of(precision) + passing_bits(pe, precision)) +
         sum_bits(precision, pe.widest_sum_bits);
}

double toggled_bits(const PeShape& pe, Precision precision) {
  return kRandom *
         (passing_bits(pe, precision) + sum_bits(precision, pe.widest_sum_bits) / products(pe, precision));
}

double moved_bits(const PeShape& pe, Precision precision) {
  // A sum stays in its element when operands are broadcast.
  const double sum = pe.broadcast ? 0 : sum_bits(precision, pe.widest_sum_bits) / products(pe, precision);
  return workload::bits_of(precision) + sum;
}

}  // namespace kiln::lowering
