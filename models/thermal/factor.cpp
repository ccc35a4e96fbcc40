// SPDX-License-Identifier: MIT
#include "thermal/factor.h"

#include <Eigen/SparseCholesky>
#include <Eigen/SparseLU>
#include <algorithm>

#include "base/error.h"
#include "thermal/multigrid.h"

namespace kiln::thermal {
namespace {

using Matrix = Eigen::SparseMatrix<double>;

void check(Eigen::ComputationInfo info) {
  if (info != Eigen::Success)
    throw base::SimError("the thermal network is singular; a part has no path for its heat");
}

std::size_t bytes_of(Eigen::Index entries) {
  return static_cast<std::size_t>(entries) * (sizeof(double) + sizeof(Matrix::StorageIndex));
}

EliminationOrder least_fill(const Matrix& matrix) {
  EliminationOrder inverse;
  Eigen::AMDOrdering<Matrix::StorageIndex>{}(matrix, inverse);
  return inverse.inverse();
}

/// Sparse LDL^T of a symmetric positive definite matrix.
class SymmetricFactor : public Factor {
 public:
  /// `order` must outlive it.
  SymmetricFactor(const Matrix& matrix, const EliminationOrder& order) : order_(order) {
    Matrix permuted(matrix.rows(), matrix.cols());
    permuted.selfadjointView<Eigen::Upper>() = matrix.selfadjointView<Eigen::Lower>().twistedBy(order_);
    solver_.compute(permuted);
    check(solver_.info());
  }
  Eigen::VectorXd solve(const Eigen::VectorXd& right, const Eigen::VectorXd&, double) const override {
    const Eigen::VectorXd permuted = order_ * right;
    return order_.transpose() * Eigen::VectorXd(solver_.solve(permuted));
  }
  std::size_t bytes() const override { return bytes_of(solver_.matrixL().nestedExpression().nonZeros()); }

 private:
  const EliminationOrder& order_;
  Eigen::SimplicialLDLT<Matrix, Eigen::Upper, Eigen::NaturalOrdering<Matrix::StorageIndex>> solver_;
};

/// LU, where moving coolant makes it lopsided.
class GeneralFactor : public Factor {
 public:
  explicit GeneralFactor(const Matrix& matrix) {
    solver_.compute(matrix);
    check(solver_.info());
  }
  Eigen::VectorXd solve(const Eigen::VectorXd& right, const Eigen::VectorXd&, double) const override {
    return solver_.solve(right);
  }
  std::size_t bytes() const override { return bytes_of(solver_.nnzL() + solver_.nnzU()); }

 private:
  Eigen::SparseLU<Matrix> solver_;
};

}  // namespace

std::unique_ptr<Factor> FactorCache::factorise(const Matrix& matrix) {
  if (!symmetric_) return std::make_unique<GeneralFactor>(matrix);
  if (matrix.rows() > kMostFactored) return std::make_unique<Multigrid>(matrix);
  if (order_.size() == 0) order_ = least_fill(matrix);
  return std::make_unique<SymmetricFactor>(matrix, order_);
}

/// For one more, as large as the last one: the oldest go.
void FactorCache::make_room() {
  std::size_t bytes = entries_.empty() ? 0 : entries_.front().factor->bytes();
  for (const Entry& entry : entries_) bytes += entry.factor->bytes();
  while (entries_.size() >= kKept || (!entries_.empty() && bytes > kKeptBytes)) {
    bytes -= entries_.back().factor->bytes();
    entries_.pop_back();
  }
}

const Factor& FactorCache::at(double shift_per_s) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& e) { return e.shift_per_s == shift_per_s; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return *entries_.front().factor;
  }
  make_room();
  Matrix shifted = conductance_;
  for (Eigen::Index i = 0; i < capacity_.size(); ++i) shifted.coeffRef(i, i) += shift_per_s * capacity_[i];
  entries_.push_front({shift_per_s, factorise(shifted)});
  return *entries_.front().factor;
}

}  // namespace kiln::thermal
