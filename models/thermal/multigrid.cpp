// SPDX-License-Identifier: MIT
#include "thermal/multigrid.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace kiln::thermal {

namespace {

constexpr Eigen::Index kCoarsest = 1500;  // cells that are factored in no time
constexpr double kStrong = 0.25;          // of a cell's strongest conductance: may be joined along
constexpr double kEnoughReduced = 0.25;   // of the residual, in a coarse level's first step
constexpr int kMostIterations = 300;
constexpr double kLeastCoarsening = 0.8;  // of the cells of a level; else its cells hardly know one another

/// Joins each cell with the free neighbour that it conducts to best; returns the number of pairs and singles.
int join_pairs(const Multigrid::Matrix& matrix, std::vector<int>& pair_of) {
  const auto cells = static_cast<int>(matrix.rows());
  pair_of.assign(static_cast<std::size_t>(cells), -1);
  int pairs = 0;
  for (int cell = 0; cell < cells; ++cell) {
    if (pair_of[static_cast<std::size_t>(cell)] >= 0) continue;
    double strongest = 0, best = 0;
    int partner = -1;
    for (Multigrid::Matrix::InnerIterator entry(matrix, cell); entry; ++entry) {
      if (entry.col() == cell || entry.value() >= 0) continue;
      strongest = std::max(strongest, -entry.value());
      if (pair_of[static_cast<std::size_t>(entry.col())] < 0 && -entry.value() > best) {
        best = -entry.value();
        partner = static_cast<int>(entry.col());
      }
    }
    pair_of[static_cast<std::size_t>(cell)] = pairs;
    if (partner >= 0 && best >= kStrong * strongest) pair_of[static_cast<std::size_t>(partner)] = pairs;
    ++pairs;
  }
  return pairs;
}

/// P^T A P where P puts each cell into its aggregate.
Multigrid::Matrix joined(const Multigrid::Matrix& matrix, const std::vector<int>& aggregate_of,
                         int aggregates) {
  std::vector<int> first(static_cast<std::size_t>(aggregates) + 1, 0), members(aggregate_of.size());
  for (const int aggregate : aggregate_of) ++first[static_cast<std::size_t>(aggregate) + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<int> next(first.begin(), first.end() - 1);
  for (std::size_t cell = 0; cell < aggregate_of.size(); ++cell)
    members[static_cast<std::size_t>(next[static_cast<std::size_t>(aggregate_of[cell])]++)] =
        static_cast<int>(cell);
  Multigrid::Matrix coarse(aggregates, aggregates);
  coarse.reserve(matrix.nonZeros());
  std::vector<double> sum(static_cast<std::size_t>(aggregates), 0.0);
  std::vector<char> met(static_cast<std::size_t>(aggregates), 0);
  std::vector<int> columns;
  for (int row = 0; row < aggregates; ++row) {
    columns.clear();
    for (int m = first[static_cast<std::size_t>(row)]; m < first[static_cast<std::size_t>(row) + 1]; ++m)
      for (Multigrid::Matrix::InnerIterator entry(matrix, members[static_cast<std::size_t>(m)]); entry;
           ++entry) {
        const auto column = static_cast<std::size_t>(aggregate_of[static_cast<std::size_t>(entry.col())]);
        if (!met[column]) {
          met[column] = 1;
          columns.push_back(static_cast<int>(column));
        }
        sum[column] += entry.value();
      }
    std::sort(columns.begin(), columns.end());
    coarse.startVec(row);
    for (const int column : columns) {
      coarse.insertBack(row, column) = sum[static_cast<std::size_t>(column)];
      sum[static_cast<std::size_t>(column)] = 0;
      met[static_cast<std::size_t>(column)] = 0;
    }
  }
  coarse.finalize();
  return coarse;
}

/// One sweep over the cells, from the last to the first.
void smooth_back(const Multigrid::Matrix& matrix, const Multigrid::Vector& inverse_diagonal,
                 const Multigrid::Vector& right, Multigrid::Vector& solution) {
  const int* outer = matrix.outerIndexPtr();
  const int* inner = matrix.innerIndexPtr();
  const double* value = matrix.valuePtr();
  double* x = solution.data();
  for (int i = static_cast<int>(matrix.rows()) - 1; i >= 0; --i) {
    double sum = right[i];
    for (int e = outer[i]; e < outer[i + 1]; ++e) sum -= value[e] * x[inner[e]];
    x[i] += inverse_diagonal[i] * sum;
  }
}

/// The first sweep down from nothing: cells behind the present one are still 0.
void smooth_from_zero(const Multigrid::Matrix& matrix, const Multigrid::Vector& inverse_diagonal,
                      const Multigrid::Vector& right, Multigrid::Vector& solution) {
  const int* outer = matrix.outerIndexPtr();
  const int* inner = matrix.innerIndexPtr();
  const double* value = matrix.valuePtr();
  const auto cells = static_cast<int>(matrix.rows());
  double* x = solution.data();
  for (int i = 0; i < cells; ++i) {
    double sum = right[i];
    for (int e = outer[i]; e < outer[i + 1] && inner[e] < i; ++e) sum -= value[e] * x[inner[e]];
    x[i] = inverse_diagonal[i] * sum;
  }
}

/// What a sweep down from nothing leaves of the right side: each cell's balance held when it was met, so only
/// cells behind it have moved since.
void residual_after_sweep(const Multigrid::Matrix& matrix, const Multigrid::Vector& solution,
                          Multigrid::Vector& residual) {
  const int* outer = matrix.outerIndexPtr();
  const int* inner = matrix.innerIndexPtr();
  const double* value = matrix.valuePtr();
  for (int i = 0; i < static_cast<int>(matrix.rows()); ++i) {
    double sum = 0;
    for (int e = outer[i + 1] - 1; e >= outer[i] && inner[e] > i; --e) sum -= value[e] * solution[inner[e]];
    residual[i] = sum;
  }
}

}  // namespace

Multigrid::Multigrid(const Eigen::SparseMatrix<double>& matrix) {
  levels_.emplace_back().matrix = matrix;
  coarsen();
  for (Level& level : levels_) {
    level.inverse_diagonal = level.matrix.diagonal().cwiseInverse();
    for (Vector* room : {&level.right, &level.solution, &level.residual, &level.direction, &level.image,
                         &level.second, &level.second_image})
      room->resize(level.matrix.rows());
  }
  coarsest_.compute(Eigen::SparseMatrix<double>(levels_.back().matrix));
  if (coarsest_.info() != Eigen::Success || coarsest_.vectorD().minCoeff() <= 0)
    throw base::SimError("the thermal network is singular; a part has no path for its heat");
}

void Multigrid::coarsen() {
  while (levels_.back().matrix.rows() > kCoarsest) {
    Level& fine = levels_.back();
    std::vector<int> pair_of, pair_of_pair;
    const int pairs = join_pairs(fine.matrix, pair_of);
    const Matrix half = joined(fine.matrix, pair_of, pairs);
    const int quarters = join_pairs(half, pair_of_pair);
    if (quarters > kLeastCoarsening * static_cast<double>(fine.matrix.rows())) return;
    Matrix coarse = joined(half, pair_of_pair, quarters);
    fine.coarse_of.resize(pair_of.size());
    for (std::size_t cell = 0; cell < pair_of.size(); ++cell)
      fine.coarse_of[cell] = pair_of_pair[static_cast<std::size_t>(pair_of[cell])];
    levels_.emplace_back().matrix = std::move(coarse);
  }
}

void Multigrid::cycle(std::size_t index, const Vector& right, Vector& solution) const {
  const Level& level = levels_[index];
  if (index + 1 == levels_.size()) {
    solution = coarsest_.solve(right);
    return;
  }
  smooth_from_zero(level.matrix, level.inverse_diagonal, right, solution);
  residual_after_sweep(level.matrix, solution, level.residual);
  const Level& coarse = levels_[index + 1];
  coarse.right.setZero();
  for (std::size_t cell = 0; cell < level.coarse_of.size(); ++cell)
    coarse.right[level.coarse_of[cell]] += level.residual[static_cast<Eigen::Index>(cell)];
  solve_coarse(index + 1);
  for (std::size_t cell = 0; cell < level.coarse_of.size(); ++cell)
    solution[static_cast<Eigen::Index>(cell)] += coarse.solution[level.coarse_of[cell]];
  smooth_back(level.matrix, level.inverse_diagonal, right, solution);
}

/// One or two steps of flexible conjugate gradients from zero (Notay & Vassilevski 2008, Algorithm 3.2):
/// right is in level.right, where the residual is left, the solution in level.solution.
void Multigrid::solve_coarse(std::size_t index) const {
  const Level& level = levels_[index];
  cycle(index, level.right, level.direction);
  if (index + 1 == levels_.size()) {
    level.solution = level.direction;
    return;
  }
  level.image.noalias() = level.matrix * level.direction;
  const double rho1 = level.direction.dot(level.image), alpha1 = level.direction.dot(level.right);
  const double before = level.right.norm();
  if (rho1 <= 0) {
    level.solution = level.direction;
    return;
  }
  level.right -= (alpha1 / rho1) * level.image;
  if (level.right.norm() <= kEnoughReduced * before) {
    level.solution = (alpha1 / rho1) * level.direction;
    return;
  }
  cycle(index, level.right, level.second);
  level.second_image.noalias() = level.matrix * level.second;
  const double gamma = level.second.dot(level.image), beta = level.second.dot(level.second_image),
               alpha2 = level.second.dot(level.right), rho2 = beta - gamma * gamma / rho1;
  if (rho2 <= 0) {
    level.solution = (alpha1 / rho1) * level.direction;
    return;
  }
  level.solution =
      (alpha1 / rho1 - gamma * alpha2 / (rho1 * rho2)) * level.direction + (alpha2 / rho2) * level.second;
}

Eigen::VectorXd Multigrid::solve(const Vector& right, const Vector& guess, double accepted) const {
  const Matrix& matrix = levels_.front().matrix;
  Vector solution = guess.size() > 0 ? guess : Vector(Vector::Zero(right.size()));
  Vector residual = right - matrix * solution, direction = Vector::Zero(right.size()), image = direction,
         better(right.size()), before = residual;
  const double enough = accepted * right.norm();
  double last = 0;
  iterations_ = 0;
  while (residual.norm() > enough) {
    if (++iterations_ > kMostIterations)
      throw base::SimError(
          fmt::format("the thermal network's equations are solved to {:.1e} instead of {:.0e}",
                      residual.norm() / right.norm(), accepted));
    cycle(0, residual, better);
    // The cycle is no fixed matrix: directions are made conjugate by Polak & Ribiere's product.
    const double product = better.dot(residual), beta = last > 0 ? (product - better.dot(before)) / last : 0;
    direction = better + beta * direction;
    image.noalias() = matrix * direction;
    const double alpha = direction.dot(residual) / direction.dot(image);
    before = residual;
    solution += alpha * direction;
    residual -= alpha * image;
    last = product;
  }
  return solution;
}

std::size_t Multigrid::bytes() const {
  std::size_t bytes = 0;
  for (const Level& level : levels_)
    bytes += static_cast<std::size_t>(level.matrix.nonZeros()) * (sizeof(double) + sizeof(int)) +
             static_cast<std::size_t>(level.matrix.rows()) * 9 * sizeof(double);
  return bytes;
}

}  // namespace kiln::thermal
