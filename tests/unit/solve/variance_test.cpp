// SPDX-License-Identifier: MIT
#include "solve/variance.h"

#include <cmath>
#include <numbers>

#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;

namespace {

std::vector<std::optional<double>> results_of(const solve::VarianceDesign& design,
                                              double (*function)(const std::vector<double>&)) {
  std::vector<std::optional<double>> results;
  for (const std::vector<double>& levels : design.points) results.emplace_back(function(levels));
  return results;
}

/// Ishigami and Homma 1990 with a = 7, b = 0.1 on [-pi, pi], far from zero.
double ishigami(const std::vector<double>& levels) {
  const double x = std::numbers::pi * levels[0], y = std::numbers::pi * levels[1],
               z = std::numbers::pi * levels[2];
  return 1e4 + std::sin(x) + 7 * std::sin(y) * std::sin(y) + 0.1 * std::pow(z, 4) * std::sin(x);
}

double line(const std::vector<double>& levels) {
  return 3 * levels[0] + 4 * levels[1];
}

double constant(const std::vector<double>&) {
  return 5;
}

}  // namespace

TEST_CASE("shares of the variance are those of Ishigami's function") {
  const solve::VarianceDesign design = solve::variance_design(20'000, 3, 1);
  const auto shares = solve::variance_shares(design, results_of(design, ishigami));
  const double alone[] = {0.3139, 0.4424, 0}, total[] = {0.5576, 0.4424, 0.2437};  // closed form
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK_THAT(shares[i].alone, WithinAbs(alone[i], 0.02));
    CHECK_THAT(shares[i].total, WithinAbs(total[i], 0.02));
  }
}

TEST_CASE("what adds up has the same share alone and in total, what is constant has none") {
  const solve::VarianceDesign design = solve::variance_design(5'000, 2, 1);
  const auto shares = solve::variance_shares(design, results_of(design, line));
  CHECK_THAT(shares[0].alone, WithinAbs(0.36, 0.03));
  CHECK_THAT(shares[0].total, WithinAbs(0.36, 0.03));
  CHECK_THAT(shares[1].total, WithinAbs(0.64, 0.03));
  for (const solve::VarianceShare& share : solve::variance_shares(design, results_of(design, constant)))
    CHECK((share.alone == 0 && share.total == 0));
}

TEST_CASE("samples with a missing result are left out") {
  const solve::VarianceDesign design = solve::variance_design(5'000, 2, 1);
  auto results = results_of(design, line);
  for (std::size_t i = 0; i < results.size(); i += 7) results[i].reset();
  CHECK_THAT(solve::variance_shares(design, results)[1].total, WithinAbs(0.64, 0.04));
}
