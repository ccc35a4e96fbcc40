// SPDX-License-Identifier: MIT
#include "learning/data/quality.h"

#include <fmt/core.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/rng.h"

namespace kiln::learning {

namespace {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Rows = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

Eigen::Map<const Eigen::VectorXd> mean_of(const Gaussian& g) {
  return {g.mean.data(), static_cast<Eigen::Index>(g.mean.size())};
}

Eigen::Map<const RowMatrix> covariance_of(const Gaussian& g) {
  const auto features = static_cast<Eigen::Index>(g.mean.size());
  return {g.covariance.data(), features, features};
}

/// Of a symmetric matrix without negative eigenvalues but for rounding.
RowMatrix root_of(const RowMatrix& matrix) {
  const Eigen::SelfAdjointEigenSolver<RowMatrix> parts(matrix);
  const Eigen::VectorXd roots = parts.eigenvalues().cwiseMax(0).cwiseSqrt();
  return parts.eigenvectors() * roots.asDiagonal() * parts.eigenvectors().transpose();
}

std::int64_t rows_in(std::span<const float> samples, std::int64_t features) {
  return static_cast<std::int64_t>(samples.size()) / features;
}

double squared_distance(const float* a, const float* b, std::int64_t features) {
  float sum = 0;
  for (std::int64_t i = 0; i < features; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/// From each sample to its k-th nearest other one, squared.
std::vector<double> reaches(std::span<const float> samples, std::int64_t features, std::int32_t neighbours) {
  const std::int64_t count = rows_in(samples, features);
  KILN_CHECK(count > neighbours, "{} samples have no neighbour {}", count, neighbours);
  std::vector<double> reach, distances;
  for (std::int64_t i = 0; i < count; ++i) {
    distances.clear();
    for (std::int64_t j = 0; j < count; ++j)
      if (j != i)
        distances.push_back(
            squared_distance(samples.data() + i * features, samples.data() + j * features, features));
    const auto nth = distances.begin() + (neighbours - 1);
    std::nth_element(distances.begin(), nth, distances.end());
    reach.push_back(*nth);
  }
  return reach;
}

/// Samples along random directions, of unit length on average in proportion to the root of the values.
std::vector<float> features_of(std::span<const float> samples, std::int64_t values, std::int64_t features,
                               std::uint64_t seed) {
  if (values <= features) return {samples.begin(), samples.end()};
  std::vector<float> directions(static_cast<std::size_t>(values * features));
  base::Rng rng(seed, "quality", "directions");
  const double scale = 1 / std::sqrt(static_cast<double>(values));
  for (float& value : directions) value = static_cast<float>(scale * rng.normal());
  const std::int64_t count = rows_in(samples, values);
  std::vector<float> found(static_cast<std::size_t>(count * features));
  Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(found.data(), count,
                                                                                    features) =
      Rows(samples.data(), count, values) * Rows(directions.data(), values, features);
  return found;
}

}  // namespace

Gaussian gaussian_of(std::span<const float> samples, std::int64_t features) {
  const std::int64_t count = rows_in(samples, features);
  KILN_CHECK(count >= 2, "{} samples have no covariance", count);
  const RowMatrix rows = Rows(samples.data(), count, features).cast<double>();
  const Eigen::RowVectorXd mean = rows.colwise().mean();
  const RowMatrix centred = rows.rowwise() - mean;
  const RowMatrix covariance = centred.transpose() * centred / static_cast<double>(count - 1);
  return {{mean.data(), mean.data() + mean.size()},
          {covariance.data(), covariance.data() + covariance.size()}};
}

double frechet_distance(const Gaussian& a, const Gaussian& b) {
  KILN_CHECK(a.mean.size() == b.mean.size(), "Gaussians of {} and {} features", a.mean.size(), b.mean.size());
  const RowMatrix root = root_of(covariance_of(a));
  const RowMatrix product = root * covariance_of(b) * root;
  const Eigen::SelfAdjointEigenSolver<RowMatrix> parts(product, Eigen::EigenvaluesOnly);
  const double shared = parts.eigenvalues().cwiseMax(0).cwiseSqrt().sum();
  return (mean_of(a) - mean_of(b)).squaredNorm() + covariance_of(a).trace() + covariance_of(b).trace() -
         2 * shared;
}

double share_inside(std::span<const float> samples, std::span<const float> of, std::int64_t features,
                    std::int32_t neighbours) {
  const std::vector<double> reach = reaches(of, features, neighbours);
  const std::int64_t count = rows_in(samples, features);
  std::int64_t inside = 0;
  for (std::int64_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < reach.size(); ++j)
      if (squared_distance(samples.data() + i * features, of.data() + static_cast<std::int64_t>(j) * features,
                           features) <= reach[j]) {
        ++inside;
        break;
      }
  return static_cast<double>(inside) / static_cast<double>(count);
}

SampleQuality quality_of(std::span<const float> real, std::span<const float> made, std::int64_t sample_values,
                         const QualityGateConfig& gate, std::uint64_t seed) {
  SampleQuality quality;
  quality.samples = std::min({gate.samples, rows_in(real, sample_values), rows_in(made, sample_values)});
  const std::int64_t features = std::min(gate.features, sample_values);
  const auto looked_at = [&](std::span<const float> all) {
    return features_of(all.first(static_cast<std::size_t>(quality.samples * sample_values)), sample_values,
                       features, seed);
  };
  const std::vector<float> a = looked_at(real), b = looked_at(made);
  const std::span<const float> half(a.data(), static_cast<std::size_t>(quality.samples / 2 * features));
  quality.frechet = frechet_distance(gaussian_of(a, features), gaussian_of(b, features));
  quality.frechet_floor =
      frechet_distance(gaussian_of(half, features), gaussian_of(std::span(a).subspan(half.size()), features));
  quality.precision = share_inside(b, a, features, gate.neighbours);
  quality.recall = share_inside(a, b, features, gate.neighbours);
  return quality;
}

std::string SampleQuality::failure(const QualityGateConfig& gate) const {
  std::string text;
  const auto fail = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  if (gate.frechet && frechet > *gate.frechet * frechet_floor)
    fail(
        fmt::format("their Frechet distance of {:.4g} is {:.3g} times that of two halves of the real ones, "
                    "and {:.3g} times are allowed",
                    frechet, frechet / frechet_floor, *gate.frechet));
  if (gate.precision && precision < *gate.precision)
    fail(fmt::format("a precision of {:.3g} is below {:.3g}", precision, *gate.precision));
  if (gate.recall && recall < *gate.recall)
    fail(fmt::format("a recall of {:.3g} is below {:.3g}", recall, *gate.recall));
  return text;
}

}  // namespace kiln::learning
