// SPDX-License-Identifier: MIT
// Direct solution of sparse systems: factored once, solved many times.
#pragma once

#include <Eigen/SparseCore>
#include <cstddef>
#include <list>
#include <memory>

namespace kiln::thermal {

class Factor {
 public:
  virtual ~Factor() = default;
  virtual Eigen::VectorXd solve(const Eigen::VectorXd& right) const = 0;
  /// Of its entries and their indices.
  virtual std::size_t bytes() const = 0;
};

/// To where each unknown goes in a factorisation.
using EliminationOrder = Eigen::PermutationMatrix<Eigen::Dynamic, Eigen::Dynamic, int>;

/// Factors of G + shift C for the shifts used last, as many as fit: LDL^T in the approximate minimum degree
/// order of a symmetric G, LU otherwise.
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
