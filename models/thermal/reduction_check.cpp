// SPDX-License-Identifier: MIT
// What the reduced model is compared with when it is built:
// the full one at Laplace variables on the real axis.
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "thermal/reduced_model.h"

namespace kiln::thermal {
namespace {

constexpr double kCheckRise_k = 60.0;  // steady rise the check powers are scaled to

}  // namespace

Eigen::VectorXd ReducedModel::block_means(const Eigen::VectorXd& cell_values) const {
  Eigen::VectorXd means = Eigen::VectorXd::Zero(input_count());
  for (int block = 0; block < input_count(); ++block)
    for (const CellShare& part : full_.block_cells(block))
      means[block] += part.share * cell_values[part.cell];
  return means;
}

/// An even flux in every body that heats it by as much as the others, and two uneven patterns (multiples of
/// irrational numbers, modulo one): the first alone would be blind to whatever flows between blocks. A room
/// that is an input is a third of that warmer.
Eigen::MatrixXd ReducedModel::check_powers_w() const {
  const std::vector<Block>& blocks = full_.floorplan().blocks;
  std::map<std::string, Eigen::VectorXd> flux;  // by body
  for (int b = 0; b < block_count(); ++b) {
    Eigen::VectorXd& of_body =
        flux.try_emplace(blocks[b].body, Eigen::VectorXd::Zero(input_count())).first->second;
    of_body[b] = blocks[b].rectangle().area_m2();
  }
  std::vector<double> even_w(static_cast<std::size_t>(input_count()));
  Eigen::Map<Eigen::VectorXd> even(even_w.data(), input_count());
  for (const auto& [body, of_body] : flux) even += of_body / (mean_rows_ * respond(0.0, of_body)).maxCoeff();
  even *= kCheckRise_k / (full_.steady(even_w).x - rest_c_).maxCoeff();
  if (input_count() > block_count()) even[block_count()] = full_.ambient_input_w(kCheckRise_k / 3);
  Eigen::MatrixXd power_w = even.replicate(1, 3);
  const auto part = [](double value) { return value - std::floor(value); };
  for (int block = 0; block < input_count(); ++block) {
    power_w(block, 1) *= 2.0 * part((block + 1) * std::numbers::phi);
    power_w(block, 2) *= 2.0 * part((block + 1) * std::numbers::sqrt2);
  }
  return power_w;
}

ReducedModel::CheckPoint ReducedModel::check_point(double shift_per_s, const Eigen::MatrixXd& power_w) const {
  CheckPoint point{shift_per_s, Eigen::MatrixXd(input_count(), power_w.cols())};
  for (Eigen::Index pattern = 0; pattern < power_w.cols(); ++pattern) {
    const Eigen::VectorXd input_w =
        full_.cell_power_w({power_w.col(pattern).data(), static_cast<std::size_t>(input_count())});
    point.block_rise_k.col(pattern) = block_means(full_.solve(shift_per_s, input_w));
  }
  return point;
}

void ReducedModel::add_check(std::vector<CheckPoint>& checks, double shift_per_s,
                             const Eigen::MatrixXd& power_w) const {
  const auto near = [&](const CheckPoint& c) {
    return std::abs(c.shift_per_s - shift_per_s) < 1e-6 * shift_per_s;
  };
  if (std::none_of(checks.begin(), checks.end(), near)) checks.push_back(check_point(shift_per_s, power_w));
}

double ReducedModel::error_at(const CheckPoint& check, const Eigen::MatrixXd& power_w) const {
  double worst_k = 0.0;
  for (Eigen::Index pattern = 0; pattern < power_w.cols(); ++pattern) {
    const Eigen::VectorXd found_k = mean_rows_ * respond(check.shift_per_s, power_w.col(pattern));
    worst_k = std::max(worst_k, (check.block_rise_k.col(pattern) - found_k).cwiseAbs().maxCoeff());
  }
  return worst_k;
}

}  // namespace kiln::thermal
