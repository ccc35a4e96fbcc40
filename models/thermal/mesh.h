// SPDX-License-Identifier: MIT
// Where the bodies of a package lie and how they are cut into cells.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "thermal/floorplan.h"
#include "thermal/package_config.h"

namespace kiln::thermal {

/// One sheet of cells.
struct Slab {
  std::string layer;
  bool source = false;
  double thickness_m = 0.0;
  double node_height = 0.5;  // of its cells' temperature, as a share of the thickness
  Material material;
  double contact_below_m2k_w = 0.0;
  std::optional<ChannelsConfig> channels;
};

/// A body on its own rectangular grid. Cells are numbered x fastest, then y, then slabs from the bottom up.
struct BodyMesh {
  const BodyConfig* config = nullptr;
  Rectangle footprint;
  std::vector<double> x_lines_m, y_lines_m;
  std::vector<Slab> slabs;
  int first_cell = 0;

  int nx() const { return static_cast<int>(x_lines_m.size()) - 1; }
  int ny() const { return static_cast<int>(y_lines_m.size()) - 1; }
  int cell_count() const { return nx() * ny() * static_cast<int>(slabs.size()); }
  int cell(int slab, int j, int i) const { return first_cell + (slab * ny() + j) * nx() + i; }
  double channel_length_m(const Slab& slab) const {
    return slab.channels->along == Direction::y ? footprint.height_m() : footprint.width_m();
  }
  double dx_m(int i) const { return x_lines_m[i + 1] - x_lines_m[i]; }
  double dy_m(int j) const { return y_lines_m[j + 1] - y_lines_m[j]; }
  Rectangle face(int j, int i) const {
    return {x_lines_m[i], y_lines_m[j], x_lines_m[i + 1], y_lines_m[j + 1]};
  }
};

/// Index of a body that carries another one.
struct Contact {
  int lower = 0;
  int upper = 0;
};

struct Mesh {
  std::vector<BodyMesh> bodies;
  std::vector<Contact> contacts;
  int cell_count = 0;

  int body_index(const std::string& name) const;
};

/// A cell and the share of something (power, a mean) that belongs to it.
struct CellShare {
  int cell = 0;
  double share = 0.0;
};

/// Places the bodies and cuts them. `package` must outlive the result.
/// Throws base::SimError naming bodies that overlap, do not touch, or refer to nothing.
Mesh build_mesh(const PackageConfig& package, const Floorplan& floorplan);

/// Cells a block covers in its source layer, with shares of its area that sum to one.
/// Throws base::SimError naming a block that reaches out of its die.
std::vector<CellShare> cells_of_block(const Mesh& mesh, const Floorplan& floorplan, const Block& block);

/// Edges of channels and walls across the die, from its low side. Throws base::SimError if they do not fit.
std::vector<double> channel_edges(const ChannelsConfig& channels, double low_m, double high_m);

/// Index range [first, last) of the intervals of `lines` that overlap (low, high).
std::pair<int, int> overlapping_intervals(const std::vector<double>& lines, double low, double high);

}  // namespace kiln::thermal
