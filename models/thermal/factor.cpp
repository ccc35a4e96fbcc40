// SPDX-License-Identifier: MIT
#include "thermal/factor.h"

#include <Eigen/SparseCholesky>
#include <Eigen/SparseLU>
#include <algorithm>

#include "base/error.h"

namespace kiln::thermal {
namespace {

using Matrix = Eigen::SparseMatrix<double>;

Eigen::Index entries(const Eigen::SimplicialLDLT<Matrix>& solver) {
  return solver.matrixL().nestedExpression().nonZeros();
}
Eigen::Index entries(const Eigen::SparseLU<Matrix>& solver) {
  return solver.nnzL() + solver.nnzU();
}

template <class Solver>
class DirectFactor : public Factor {
 public:
  explicit DirectFactor(const Matrix& matrix) {
    solver_.compute(matrix);
    if (solver_.info() != Eigen::Success)
      throw base::SimError("the thermal network is singular; a part has no path for its heat");
  }
  Eigen::VectorXd solve(const Eigen::VectorXd& right) const override { return solver_.solve(right); }
  std::size_t bytes() const override {
    return static_cast<std::size_t>(entries(solver_)) * (sizeof(double) + sizeof(Matrix::StorageIndex));
  }

 private:
  Solver solver_;
};

}  // namespace

std::unique_ptr<Factor> factorise(const Matrix& matrix, bool symmetric) {
  if (symmetric) return std::make_unique<DirectFactor<Eigen::SimplicialLDLT<Matrix>>>(matrix);
  return std::make_unique<DirectFactor<Eigen::SparseLU<Matrix>>>(matrix);
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
  entries_.push_front({shift_per_s, factorise(shifted, symmetric_)});
  return *entries_.front().factor;
}

}  // namespace kiln::thermal
