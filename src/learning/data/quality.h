// SPDX-License-Identifier: MIT
// How good made samples are beside real ones, before anything is learnt from them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "learning/data/data_config.h"

namespace kiln::learning {

struct SampleQuality {
  double frechet = 0;        ///< distance of Gaussians through real and made features, squared
  double frechet_floor = 0;  ///< the same of two halves of the real ones: what chance makes of none
  double precision = 0;      ///< share of made samples that lie where real ones do: how true they are
  double recall = 0;         ///< share of real samples that lie where made ones do: how much they cover
  std::int64_t samples = 0;  ///< of either kind

  /// What does not pass, in words; empty: all does.
  std::string failure(const QualityGateConfig& gate) const;
};

/// Mean and covariance of features.
struct Gaussian {
  std::vector<double> mean;        ///< (features)
  std::vector<double> covariance;  ///< (features, features)
};
/// Of samples one behind another, `features` values each; at least two.
Gaussian gaussian_of(std::span<const float> samples, std::int64_t features);
/// Frechet distance of two Gaussians, squared: |m - n|^2 + Tr(C + D - 2 (C D)^(1/2)) (Dowson & Landau 1982,
/// as of Heusel et al., NIPS 2017).
double frechet_distance(const Gaussian& a, const Gaussian& b);

/// Share of `samples` that lie in the manifold of `of`: no farther from one of these than its k-th nearest
/// neighbour among them (Kynkaanniemi et al., NeurIPS 2019, equation 1). All have `features` values.
double share_inside(std::span<const float> samples, std::span<const float> of, std::int64_t features,
                    std::int32_t neighbours);

/// Of samples of `sample_values` values one behind another; as many of either kind as the gate says and as
/// there are. Features are random directions by `seed` (Naeem et al., ICML 2020: random embeddings serve
/// where no trained network fits the data), or the values themselves where those are fewer.
SampleQuality quality_of(std::span<const float> real, std::span<const float> made, std::int64_t sample_values,
                         const QualityGateConfig& gate, std::uint64_t seed);

}  // namespace kiln::learning
