// SPDX-License-Identifier: MIT
// Large symmetric thermal networks, solved by conjugate gradients on a hierarchy of ever coarser networks:
// time and memory grow with the number of cells, where those of a factorisation grow faster.
//
// A network's matrix is symmetric, with negative entries off the diagonal and no negative row sum. Cells are
// joined in pairs along their strongest conductance, twice a level, so that layers of any aspect are
// coarsened where heat spreads best (aggregation: Notay, ETNA 37, 2010). Each level smooths by Gauss-Seidel,
// down and up again, and solves the next coarser one by two steps of conjugate gradients (K-cycle: Notay &
// Vassilevski, NLAA 15, 2008). The coarsest is factored.
#pragma once

#include <Eigen/SparseCholesky>
#include <Eigen/SparseCore>
#include <memory>
#include <vector>

#include "thermal/factor.h"

namespace kiln::thermal {

class Multigrid : public Factor {
 public:
  using Matrix = Eigen::SparseMatrix<double, Eigen::RowMajor>;
  using Vector = Eigen::VectorXd;

  /// Throws base::SimError if the matrix is not positive definite.
  explicit Multigrid(const Eigen::SparseMatrix<double>& matrix);
  /// Throws base::SimError where that residual is not reached.
  Eigen::VectorXd solve(const Eigen::VectorXd& right, const Eigen::VectorXd& guess,
                        double residual) const override;
  std::size_t bytes() const override;
  bool gains_by_refinement() const override { return false; }

  /// Steps of conjugate gradients that the last solution took.
  int iterations() const { return iterations_; }

 private:
  struct Level {
    Matrix matrix;
    Vector inverse_diagonal;
    std::vector<int> coarse_of;  ///< the aggregate of each cell
    // Room for one cycle.
    mutable Vector right, solution, residual, direction, image, second, second_image;
  };

  void coarsen();
  /// About A^-1 right, by one cycle.
  void cycle(std::size_t level, const Vector& right, Vector& solution) const;
  void solve_coarse(std::size_t level) const;

  std::vector<Level> levels_;
  Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> coarsest_;
  mutable int iterations_ = 0;
};

}  // namespace kiln::thermal
