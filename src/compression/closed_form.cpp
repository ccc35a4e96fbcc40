// SPDX-License-Identifier: MIT
#include "compression/closed_form.h"

#include <cmath>

#include "base/error.h"
#include "compression/index_coder.h"
#include "compression/quantize.h"

namespace kiln::compression {
namespace {

// Sum over i >= 1 of q^(r i): how often a run of r zeros fits before an element.
double expected_overflows(double q, double r) {
  const double power = std::pow(q, r);
  return power / (1 - power);
}

double varint_bits(double q) {
  double bytes = 1;
  for (int j = 1; j <= 4; ++j) bytes += std::pow(q, std::ldexp(1.0, 7 * j));
  return 8 * bytes;
}

std::int64_t rounded(double value) {
  return static_cast<std::int64_t>(std::llround(value));
}

}  // namespace

double entropy_bits_per_kept(double p) {
  if (p <= 0 || p >= 1) return 0;
  return (-p * std::log2(p) - (1 - p) * std::log2(1 - p)) / p;
}

double index_bits_per_kept(const CodecConfig& config, double p, std::int64_t elements) {
  const double q = 1 - p;
  const double n = config.run_bits;
  switch (config.index) {
    case IndexCoding::none:
      return 0;
    case IndexCoding::coo:
      return coordinate_bits(config, elements);
    case IndexCoding::bitmap:
      return 1 / p;
    case IndexCoding::bitmap_two_level:
      return (1.0 / 64 + 1 - std::pow(q, 64)) / p;
    case IndexCoding::block_offset:
      return 8 / (256 * p) + 8;
    case IndexCoding::varint:
      return varint_bits(q);
    case IndexCoding::rice: {
      const int m = rice_parameter(p);
      return m + 1 + expected_overflows(q, std::ldexp(1.0, m));
    }
    case IndexCoding::rle_escape:
      return n * (1 + expected_overflows(q, std::ldexp(1.0, config.run_bits) - 1));
    case IndexCoding::rle_padded:
      return n + (n + value_bits(config)) * expected_overflows(q, std::ldexp(1.0, config.run_bits));
  }
  return 0;
}

int header_bits(const CodecConfig& config) {
  if (!is_sparse(config)) return 32;
  return config.selection == Selection::random_k ? 96 : 64;
}

BitCounts closed_form_bits(const CodecConfig& config, std::int64_t elements, std::int64_t kept) {
  KILN_CHECK(!is_low_rank(config), "factors are as long as their matrices ask: PowerSgd::size");
  BitCounts bits;
  bits.header = header_bits(config);
  if (kept < 0)
    kept = is_sparse(config) ? target_count(static_cast<std::size_t>(elements), config.density) : elements;
  bits.payload = kept * value_bits(config);
  const std::int64_t block = config.block == 0 ? std::max<std::int64_t>(kept, 1) : config.block;
  if (uses_codes(config.values)) bits.scale = (kept + block - 1) / block * scale_bits(config.values);
  if (is_sparse(config) && config.selection != Selection::random_k && kept > 0) {
    const double p = static_cast<double>(kept) / static_cast<double>(elements);
    const double per_kept = index_bits_per_kept(config, p, elements);
    if (config.index == IndexCoding::rle_padded) {
      const double zeros = (per_kept - config.run_bits) * static_cast<double>(kept);
      bits.padding = rounded(zeros);
      bits.index = kept * config.run_bits;
    } else {
      bits.index = rounded(per_kept * static_cast<double>(kept));
    }
  }
  bits.padding += (8 - bits.total() % 8) % 8;
  return bits;
}

}  // namespace kiln::compression
