// SPDX-License-Identifier: MIT
// HotSpot's lumped package: what of spreader and sink lies outside the die is twelve nodes.
#pragma once

#include <vector>

#include "thermal/mesh.h"

namespace kiln::thermal {

constexpr int kRingNodes = 12;

/// Links of the nodes that stand for the rim of the spreader (4: west, east, south, north), of the sink above
/// it (4) and of the sink beyond the spreader (4). Skadron et al., ACM TACO 1 (2004) 94, section 3; Huang et
/// al., IEEE Trans. VLSI 14 (2006) 501: each quarter is a trapezoid, lumped along its mean width, with its
/// node on its lower face.
struct RingNetwork {
  struct Link {
    int a = 0;
    int b = 0;
    double conductance_w_k = 0.0;
  };
  std::vector<Link> links;
  std::vector<CellShare> to_fluid_w_k;  // through the sink and its convection
  std::vector<CellShare> capacity_j_k;  // without HotSpot's fitting factor
};

/// The body that carries the convection, counted from the die: die, spreader, sink.
constexpr int kHotspotSink = 2;

/// Throws base::SimError, with what to change, unless the package is a die below a square spreader of one
/// layer below a square sink of one layer with a resistance on its top, each larger than what it stands on.
void check_hotspot_package(const PackageConfig& package, const std::vector<Rectangle>& footprints);

/// `mesh` covers the die only; its last `kRingNodes` cells are the rings.
RingNetwork hotspot_rings(const PackageConfig& package, const Mesh& mesh, double ambient_c);

}  // namespace kiln::thermal
