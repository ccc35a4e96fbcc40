// SPDX-License-Identifier: MIT
// The multigrid solution against a factorisation, on networks that are as lopsided as packages are.
#include "thermal/multigrid.h"

#include <Eigen/SparseCholesky>
#include <random>

#include "base/error.h"
#include "support/catch.h"

using namespace kiln;

namespace {

using Matrix = Eigen::SparseMatrix<double>;
using Vector = Eigen::VectorXd;

/// Layers of side x side cells; conductances of each scatter over `decades` around their direction's.
struct Stack {
  int side = 20, layers = 4;
  double across = 1, up = 1, decades = 0;
  double to_air = 0.01;  ///< of each cell of the top layer
  double shift = 0;      ///< of all cells: heat capacity over a time step

  int cells() const { return side * side * layers; }
  Matrix matrix(unsigned seed = 1) const {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> exponent(-decades / 2, decades / 2);
    std::vector<Eigen::Triplet<double>> entries;
    Vector diagonal = Vector::Constant(cells(), shift);
    const auto at = [&](int x, int y, int z) { return (z * side + y) * side + x; };
    const auto join = [&](int a, int b, double conductance) {
      const double g = conductance * std::pow(10.0, exponent(random));
      entries.emplace_back(a, b, -g);
      entries.emplace_back(b, a, -g);
      diagonal[a] += g;
      diagonal[b] += g;
    };
    for (int z = 0; z < layers; ++z)
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
          if (x + 1 < side) join(at(x, y, z), at(x + 1, y, z), across);
          if (y + 1 < side) join(at(x, y, z), at(x, y + 1, z), across);
          if (z + 1 < layers) join(at(x, y, z), at(x, y, z + 1), up);
          if (z + 1 == layers) diagonal[at(x, y, z)] += to_air;
        }
    for (int cell = 0; cell < cells(); ++cell) entries.emplace_back(cell, cell, diagonal[cell]);
    Matrix matrix(cells(), cells());
    matrix.setFromTriplets(entries.begin(), entries.end());
    return matrix;
  }
};

/// One warm corner.
Vector heat(const Stack& stack) {
  Vector watts = Vector::Zero(stack.cells());
  for (int cell = 0; cell < stack.side / 3; ++cell) watts[cell] = 1;
  return watts;
}

int iterations(const Stack& stack) {
  const thermal::Multigrid solver(stack.matrix());
  solver.solve(heat(stack), {}, 1e-12);
  return solver.iterations();
}

}  // namespace

TEST_CASE(
    "multigrid: solutions are those of a factorisation, whatever the aspect of cells and the time step") {
  const Stack stack = GENERATE(Stack{}, Stack{.up = 1e3}, Stack{.up = 1e-3}, Stack{.decades = 4},
                               Stack{.up = 50, .decades = 2, .to_air = 1e-5}, Stack{.side = 33, .layers = 1},
                               Stack{.up = 10, .shift = 3}, Stack{.side = 6});
  const Matrix matrix = stack.matrix();
  const Vector watts = heat(stack);
  const Vector exact = Eigen::SimplicialLDLT<Matrix>(matrix).solve(watts);
  const thermal::Multigrid solver(matrix);
  const Vector solved = solver.solve(watts, {}, 1e-12);
  INFO("side " << stack.side << ", up " << stack.up << ", decades " << stack.decades << ": "
               << solver.iterations() << " iterations");
  CHECK((solved - exact).cwiseAbs().maxCoeff() < 1e-9 * exact.cwiseAbs().maxCoeff());
  CHECK(solver.iterations() < 60);
  // From the solution it takes none, but where rounding is all that is left.
  solver.solve(watts, solved, 1e-9);
  CHECK(solver.iterations() <= 1);
  CHECK((solver.solve(watts, 0.999 * exact, 1e-12) - exact).cwiseAbs().maxCoeff() <
        1e-9 * exact.cwiseAbs().maxCoeff());
}

TEST_CASE("multigrid: more cells take hardly more iterations") {
  const int few = iterations({.side = 40, .up = 10}), many = iterations({.side = 120, .up = 10});
  CHECK(few > 3);
  CHECK(many <= few + 6);
}

TEST_CASE("multigrid: nothing in, nothing out; a part without a path for its heat is an error") {
  const Stack stack{.side = 50};
  const thermal::Multigrid solver(stack.matrix());
  CHECK(solver.solve(Vector::Zero(stack.cells()), {}, 1e-12).norm() == 0);
  CHECK_THROWS_AS(thermal::Multigrid(Stack{.side = 10, .to_air = 0}.matrix()), base::SimError);
}
