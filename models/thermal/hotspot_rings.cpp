// SPDX-License-Identifier: MIT
#include "thermal/hotspot_rings.h"

#include <fmt/core.h>

#include "base/error.h"

namespace kiln::thermal {
namespace {

/// A spreader or sink: one slab of one material.
struct Plate {
  double side_m, thickness_m, conductivity_w_mk, heat_j_m3k;

  double through_k_w(double area_m2) const { return thickness_m / (conductivity_w_mk * area_m2); }
  double along_k_w(double length_m, double width_m) const {
    return length_m / (conductivity_w_mk * width_m * thickness_m);
  }
};

Plate plate_of(const BodyMesh& body, double ambient_c) {
  const Slab& slab = body.slabs.front();
  return {.side_m = body.config->width_m.value(),
          .thickness_m = slab.thickness_m,
          .conductivity_w_mk = slab.material.in_plane_w_mk(ambient_c),
          .heat_j_m3k = slab.material.volumetric_heat_j_m3k(ambient_c)};
}

/// Two opposite quarters: `die_m` is the die's size towards them, `other_m` the one along the die's edge.
class Quarter {
 public:
  Quarter(const Plate& spreader, const Plate& sink, double die_m, double other_m)
      : spreader_(spreader), sink_(sink), die_m_(die_m), other_m_(other_m) {}

  double inner_m2() const { return (spreader_.side_m + other_m_) * (spreader_.side_m - die_m_) / 4.0; }
  double outer_m2() const {
    return (sink_.side_m * sink_.side_m - spreader_.side_m * spreader_.side_m) / 4.0;
  }
  /// From the die's edge to the middle of the inner trapezoid, in the spreader or in the sink.
  double to_inner_k_w(const Plate& plate) const {
    return plate.along_k_w(half_rim_m(), (spreader_.side_m + 3.0 * other_m_) / 4.0);
  }
  /// From there to the middle of the outer trapezoid of the sink.
  double inner_to_outer_k_w() const {
    return sink_.along_k_w(half_rim_m(), (3.0 * spreader_.side_m + other_m_) / 4.0) +
           sink_.along_k_w((sink_.side_m - spreader_.side_m) / 4.0,
                           (sink_.side_m + 3.0 * spreader_.side_m) / 4.0);
  }

 private:
  double half_rim_m() const { return (spreader_.side_m - die_m_) / 4.0; }
  const Plate& spreader_;
  const Plate& sink_;
  double die_m_, other_m_;
};

enum RingSide { west, east, south, north, sides };

class Rings {
 public:
  Rings(const PackageConfig& package, const Mesh& mesh, double ambient_c)
      : mesh_(mesh),
        first_node_(mesh.cell_count - kRingNodes),
        spreader_(plate_of(mesh.bodies[1], ambient_c)),
        sink_(plate_of(mesh.bodies[kHotspotSink], ambient_c)),
        top_(*package.bodies[kHotspotSink].top) {}

  RingNetwork build() && {
    const Rectangle& die = mesh_.bodies.front().footprint;
    const Quarter x(spreader_, sink_, die.width_m(), die.height_m());
    const Quarter y(spreader_, sink_, die.height_m(), die.width_m());
    for (int side = west; side < sides; ++side) add_side(side, side <= east ? x : y);
    return std::move(rings_);
  }

 private:
  void add_side(int side, const Quarter& quarter) {
    const int rim = first_node_ + side, inner = rim + sides, outer = inner + sides;
    add_edge(mesh_.bodies[1], spreader_, side, rim, quarter.to_inner_k_w(spreader_));
    add_edge(mesh_.bodies[kHotspotSink], sink_, side, inner, quarter.to_inner_k_w(sink_));
    rings_.links.push_back({rim, inner, 1.0 / spreader_.through_k_w(quarter.inner_m2())});
    rings_.links.push_back({inner, outer, 1.0 / quarter.inner_to_outer_k_w()});
    rings_.capacity_j_k.push_back({rim, spreader_.heat_j_m3k * spreader_.thickness_m * quarter.inner_m2()});
    add_convection(inner, quarter.inner_m2());
    add_convection(outer, quarter.outer_m2());
  }

  void add_convection(int node, double area_m2) {
    const double share = area_m2 / (sink_.side_m * sink_.side_m);
    rings_.to_fluid_w_k.push_back(
        {node, 1.0 / (sink_.through_k_w(area_m2) +
                      1.0 / (top_.coefficient_now_w_m2k(sink_.side_m * sink_.side_m) * area_m2))});
    rings_.capacity_j_k.push_back(
        {node, sink_.heat_j_m3k * sink_.thickness_m * area_m2 + top_.heat_capacity_j_k * share});
  }

  /// The resistance to the ring is one for the whole edge; its
  /// cells share it by their own conductance to that edge.
  void add_edge(const BodyMesh& body, const Plate& plate, int side, int node, double to_ring_k_w) {
    std::vector<CellShare> edge;
    double whole_w_k = 0.0;
    const int last_i = body.nx() - 1, last_j = body.ny() - 1;
    for (int at = 0; at <= (side <= east ? last_j : last_i); ++at) {
      const int i = side <= east ? (side == west ? 0 : last_i) : at;
      const int j = side <= east ? at : (side == south ? 0 : last_j);
      const double towards_m = side <= east ? body.dx_m(i) : body.dy_m(j);
      const double along_m = side <= east ? body.dy_m(j) : body.dx_m(i);
      edge.push_back({body.cell(0, j, i), 1.0 / plate.along_k_w(towards_m / 2.0, along_m)});
      whole_w_k += edge.back().share;
    }
    for (const CellShare& cell : edge)
      rings_.links.push_back({cell.cell, node, cell.share / (1.0 + to_ring_k_w * whole_w_k)});
  }

  const Mesh& mesh_;
  int first_node_;
  Plate spreader_, sink_;
  const BoundaryConfig& top_;
  RingNetwork rings_;
};

bool is_plate(const BodyConfig& body) {
  return body.layers.size() == 1 && body.layers[0].divisions == 1 && !body.layers[0].source &&
         !body.layers[0].channels && body.width_m && *body.width_m == *body.length_m && !body.bottom &&
         !body.sides;
}

}  // namespace

void check_hotspot_package(const PackageConfig& package, const std::vector<Rectangle>& footprints) {
  const auto refuse = [](const std::string& what) {
    throw base::SimError("a package with `hotspot` is a die, a spreader and a sink: " + what);
  };
  const auto& bodies = package.bodies;
  if (bodies.size() != 3) refuse(fmt::format("it has {} bodies", bodies.size()));
  if (package.device) refuse("remove its device");
  if (bodies[0].top || bodies[0].bottom || bodies[0].sides || bodies[1].top)
    refuse("only the top of the sink may convect");
  for (int body = 1; body < 3; ++body) {
    if (bodies[body].on != std::vector<std::string>{bodies[body - 1].name})
      refuse(fmt::format("body '{}' must stand on '{}' alone", bodies[body].name, bodies[body - 1].name));
    if (!is_plate(bodies[body]))
      refuse(fmt::format("body '{}' must be a square (width, length) of one undivided layer",
                         bodies[body].name));
    const Rectangle &lower = footprints[body - 1], &upper = footprints[body];
    if (upper.width_m() <= lower.width_m() || upper.height_m() <= lower.height_m())
      refuse(fmt::format("body '{}' must be larger than '{}'", bodies[body].name, bodies[body - 1].name));
  }
  if (!bodies[kHotspotSink].top || !bodies[kHotspotSink].top->resistance_k_w)
    refuse(fmt::format("give body '{}' a top with a resistance", bodies[kHotspotSink].name));
}

RingNetwork hotspot_rings(const PackageConfig& package, const Mesh& mesh, double ambient_c) {
  return Rings(package, mesh, ambient_c).build();
}

}  // namespace kiln::thermal
