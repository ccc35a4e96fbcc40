// SPDX-License-Identifier: MIT
#include "compression/gradient_source.h"

#include <array>
#include <bit>
#include <cmath>

#include "base/rng.h"
#include "compression/noise.h"

namespace kiln::compression {
namespace {

constexpr double kScaleSigma = 0.8;
constexpr double kTypicalMagnitude = 1e-3;
constexpr double kLayerSigma = 1.0;

// Quantiles of the magnitude, tabulated over octaves of the tail probability 2^-octave (1 + fraction) so that
// the rarest elements are as well resolved as the median.
class TailTable {
 public:
  TailTable() {
    const Tail tail;
    double magnitude = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const double fraction = static_cast<double>(i % kSteps) / kSteps;
      const int octave = static_cast<int>(i / kSteps);
      magnitude = tail.quantile(std::ldexp(1 - fraction / 2, -octave), magnitude);
      values_[i] = static_cast<float>(magnitude);
    }
  }

  // `bits`: the leading zeros are the octave, the next ones the place within it.
  float magnitude(std::uint32_t bits) const {
    const auto octave = static_cast<std::uint32_t>(std::countl_zero(bits | 1u << (31 - kOctaves + 1)));
    const std::uint32_t within = bits << (octave + 1);
    const std::uint32_t index = octave * kSteps + (within >> (32 - kStepBits));
    const float part = static_cast<float>(static_cast<std::int32_t>((within << kStepBits) >> 8)) * 0x1p-24f;
    return values_[index] + part * (values_[index + 1] - values_[index]);
  }

 private:
  static constexpr int kStepBits = 5;
  static constexpr std::uint32_t kSteps = 1u << kStepBits;
  static constexpr std::uint32_t kOctaves = 26;

  // P(magnitude > x): exponentials with log-normal scales, the log-normal by 21 equally spaced nodes.
  class Tail {
   public:
    Tail() {
      for (int i = 0; i < kNodes; ++i) {
        const double z = 0.4 * (i - kNodes / 2);
        weight_[i] = std::exp(-0.5 * z * z);
        rate_[i] = std::exp(-kScaleSigma * z);
        weights_ += weight_[i];
      }
    }
    // Where it falls to `probability`, not before `x`. The tail falls ever more slowly, so Newton's steps
    // climb to that place without passing it.
    double quantile(double probability, double x) const {
      for (;;) {
        double excess = -probability * weights_;
        double slope = 0;
        for (int i = 0; i < kNodes; ++i) {
          const double part = weight_[i] * std::exp(-x * rate_[i]);
          excess += part;
          slope += part * rate_[i];
        }
        const double step = excess / slope;
        if (step <= 1e-15 * x) return x;
        x += step;
      }
    }

   private:
    static constexpr int kNodes = 21;
    std::array<double, kNodes> weight_, rate_;
    double weights_ = 0;
  };

  std::array<float, (kOctaves + 1) * kSteps + 1> values_;
};

}  // namespace

void fill_gradient(std::span<float> gradient, std::uint64_t seed, std::uint64_t layer, std::uint64_t step) {
  static const TailTable table;
  base::Rng layer_rng(seed, "gradient_source", "scale", layer);
  const auto scale = static_cast<float>(kTypicalMagnitude * std::exp(kLayerSigma * layer_rng.normal()));
  base::Rng step_rng(seed ^ (layer * 0x9e3779b97f4a7c15ull), "gradient_source", "elements", step);
  const Noise noise{step_rng.next_u32()};
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const std::uint32_t bits = noise.bits(static_cast<std::uint32_t>(i));
    const float magnitude = table.magnitude(bits << 1) * scale;
    gradient[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | (bits & 0x80000000u));
  }
}

std::vector<float> gradient_source(std::int64_t elements, std::uint64_t seed, std::uint64_t layer,
                                   std::uint64_t step) {
  std::vector<float> gradient(static_cast<std::size_t>(elements));
  fill_gradient(gradient, seed, layer, step);
  return gradient;
}

}  // namespace kiln::compression
