// SPDX-License-Identifier: MIT
// The sparse RC network of a meshed package: C dT/dt = P + b - G T.
#pragma once

#include <Eigen/SparseCore>
#include <string>
#include <vector>

#include "thermal/floorplan.h"
#include "thermal/mesh.h"
#include "thermal/package_config.h"

namespace kiln::thermal {

using SparseMatrix = Eigen::SparseMatrix<double>;

/// A way out for heat: sum of conductance * (T_cell - fluid) over its cells, in W.
struct Outlet {
  std::string name;  // "<body>.top", "<body>.bottom", "<body>.sides", "<body>.channels"
  double fluid_c = 0.0;
  bool follows_ambient = true;  // its fluid is as much warmer or colder as the room
  std::vector<CellShare> conductance_w_k;
  std::string channels_of = {};  // the layer that they are cut through; empty: another outlet
};

/// A cell of an outer face; the temperature of the face itself is weight * T_cell + (1 - weight) * fluid.
struct FaceCell {
  int cell = 0;
  double area_m2 = 0.0;
  double weight = 1.0;
  double x_m = 0.0, y_m = 0.0;  // centre, from the body's lower left corner
};

/// The convecting part of one side of a body.
struct Face {
  int body = 0;
  bool top = true;
  double fluid_c = 0.0;
  bool follows_ambient = true;
  std::vector<FaceCell> cells;
};

struct Network {
  SparseMatrix conductance_w_k;  // G; symmetric unless coolant flows
  Eigen::VectorXd capacity_j_k;  // C
  Eigen::VectorXd boundary_w;    // b: what fluids at their temperatures bring in
  Eigen::VectorXd ambient_w_k;   // by how much more b is when the room is 1 K warmer
  std::vector<Outlet> outlets;
  std::vector<Face> faces;
  bool symmetric = true;
};

/// Mean temperature of each slab, body after body; materials
/// are evaluated there. Empty: everything at the ambient.
using SlabTemperatures = std::vector<double>;

/// Finite volumes with harmonic half-cell conductances; grids of two bodies that touch meet by overlap area.
/// Throws base::SimError if a body has no path to any fluid (its steady state would not exist), naming it.
Network assemble(const PackageConfig& package, const Mesh& mesh, const Floorplan& floorplan, double ambient_c,
                 const SlabTemperatures& slab_temperatures = {});

/// All heat capacity over all conductance to fluids: the
/// package's slowest time constant, were it of one temperature.
double lumped_time_constant_s(const Network& network);

}  // namespace kiln::thermal
