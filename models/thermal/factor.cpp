// SPDX-License-Identifier: MIT
#include "thermal/factor.h"

#include <Eigen/SparseCholesky>
#include <Eigen/SparseLU>
#include <algorithm>

#include "base/error.h"

namespace kiln::thermal {
namespace {

using Matrix = Eigen::SparseMatrix<double>;

template <class Solver>
class DirectFactor : public Factor {
 public:
  explicit DirectFactor(const Matrix& matrix) {
    solver_.compute(matrix);
    if (solver_.info() != Eigen::Success)
      throw base::SimError("the thermal network is singular; a part has no path for its heat");
  }
  Eigen::VectorXd solve(const Eigen::VectorXd& right) const override { return solver_.solve(right); }

 private:
  Solver solver_;
};

}  // namespace

std::unique_ptr<Factor> factorise(const Matrix& matrix, bool symmetric) {
  if (symmetric) return std::make_unique<DirectFactor<Eigen::SimplicialLDLT<Matrix>>>(matrix);
  return std::make_unique<DirectFactor<Eigen::SparseLU<Matrix>>>(matrix);
}

const Factor& FactorCache::at(double shift_per_s) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& e) { return e.shift_per_s == shift_per_s; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
    return *entries_.front().factor;
  }
  Matrix shifted = conductance_;
  for (Eigen::Index i = 0; i < capacity_.size(); ++i) shifted.coeffRef(i, i) += shift_per_s * capacity_[i];
  entries_.push_front({shift_per_s, factorise(shifted, symmetric_)});
  if (entries_.size() > kKept) entries_.pop_back();
  return *entries_.front().factor;
}

}  // namespace kiln::thermal
