// SPDX-License-Identifier: MIT
// Solution of sparse systems: prepared once, solved many times.
#pragma once

#include <Eigen/SparseCore>
#include <cstddef>
#include <list>
#include <memory>

namespace kiln::thermal {

/// Cells of a symmetric network that is still factored: a layered grid of 100 x 100 cells. Beyond, time and
/// memory of factors grow with more than the square of a side's cells, those of a multigrid hierarchy with
/// the square.
inline constexpr Eigen::Index kMostFactored = 50'000;
/// As near as rounding allows, about.
inline constexpr double kExact = 1e-12;
/// For what leakage adds to temperatures, some kelvin.
inline constexpr double kFeedback = 1e-7;
/// For an error that is held against a tolerance.
inline constexpr double kEstimate = 1e-3;

class Factor {
 public:
  virtual ~Factor() = default;
  /// An iteration begins at `guess` (empty: zeros) and ends when what is left of the right side is no more
  /// than `residual` of it; a factorisation is as exact as rounding lets it be.
  virtual Eigen::VectorXd solve(const Eigen::VectorXd& right, const Eigen::VectorXd& guess = {},
                                double residual = kExact) const = 0;
  /// Whether another solution for what is left of the right side makes the first one better.
  virtual bool gains_by_refinement() const { return true; }
  /// Of its entries and their indices.
  virtual std::size_t bytes() const = 0;
};

/// To where each unknown goes in a factorisation.
using EliminationOrder = Eigen::PermutationMatrix<Eigen::Dynamic, Eigen::Dynamic, int>;

/// Factors of G + shift C for the shifts used last, as many as fit: LDL^T in the approximate minimum degree
/// order of a symmetric G, a multigrid hierarchy in its place where that would fill up, LU of other G.
class FactorCache {
 public:
  FactorCache(const Eigen::SparseMatrix<double>& conductance, const Eigen::VectorXd& capacity, bool symmetric)
      : conductance_(conductance), capacity_(capacity), symmetric_(symmetric) {}

  /// Throws base::SimError if the matrix is singular.
  const Factor& at(double shift_per_s);

 private:
  static constexpr std::size_t kKept = 12;  // a ladder of step sizes over three decades
  static constexpr std::size_t kKeptBytes = std::size_t{256} << 20;
  struct Entry {
    double shift_per_s;
    std::unique_ptr<Factor> factor;
  };

  void make_room();
  std::unique_ptr<Factor> factorise(const Eigen::SparseMatrix<double>& matrix);

  const Eigen::SparseMatrix<double>& conductance_;
  const Eigen::VectorXd& capacity_;
  bool symmetric_;
  EliminationOrder order_;    // the diagonal does not change it: found once
  std::list<Entry> entries_;  // most recent first
};

}  // namespace kiln::thermal
