// SPDX-License-Identifier: MIT
#include "thermal/network.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "thermal/hotspot_rings.h"

namespace kiln::thermal {
namespace {

/// Properties of one cell at its temperature.
struct CellProperties {
  double in_plane_w_mk = 0.0;
  double through_w_mk = 0.0;
  double heat_j_m3k = 0.0;
  bool fluid = false;
  double wall_w_m2k = 0.0;  // of a fluid cell
};

class Assembler {
 public:
  Assembler(const PackageConfig& package, const Mesh& mesh, const Floorplan& floorplan, double ambient_c,
            const SlabTemperatures& slab_temperatures)
      : package_(package), mesh_(mesh), floorplan_(floorplan), ambient_c_(ambient_c) {
    cells_.resize(mesh.cell_count);
    network_.capacity_j_k.setZero(mesh.cell_count);
    network_.boundary_w.setZero(mesh.cell_count);
    network_.ambient_w_k.setZero(mesh.cell_count);
    entries_.reserve(static_cast<std::size_t>(mesh.cell_count) * 7);
    diagonal_.setZero(mesh.cell_count);
    std::size_t slab = 0;
    for (const BodyMesh& body : mesh.bodies)
      for (std::size_t k = 0; k < body.slabs.size(); ++k, ++slab)
        set_properties(body, static_cast<int>(k),
                       slab < slab_temperatures.size() ? slab_temperatures[slab] : ambient_c);
    override_by_blocks();
  }

  Network build() && {
    for (std::size_t b = 0; b < mesh_.bodies.size(); ++b) {
      add_cells(mesh_.bodies[b]);
      for (std::size_t k = 0; k < mesh_.bodies[b].slabs.size(); ++k)
        if (mesh_.bodies[b].slabs[k].channels) add_flow(mesh_.bodies[b], static_cast<int>(k));
    }
    for (const BodyMesh& body : mesh_.bodies) {
      free_top_.emplace_back(face_areas(body));
      free_bottom_.emplace_back(face_areas(body));
    }
    for (const Contact& contact : mesh_.contacts) add_contact(contact);
    for (std::size_t b = 0; b < mesh_.bodies.size(); ++b) add_boundaries(static_cast<int>(b));
    for (int cell = 0; cell < mesh_.cell_count; ++cell) entries_.emplace_back(cell, cell, diagonal_[cell]);
    if (package_.hotspot) network_.capacity_j_k *= package_.hotspot->capacity_factor;
    network_.conductance_w_k.resize(mesh_.cell_count, mesh_.cell_count);
    network_.conductance_w_k.setFromTriplets(entries_.begin(), entries_.end());
    check_paths();
    return std::move(network_);
  }

 private:
  static bool in_channel(const BodyMesh& body, const ChannelsConfig& channels, int j, int i) {
    // Columns alternate from the first edge of channel_edges(): an outer wall first, unless there is none.
    const bool along_y = channels.along == Direction::y;
    const int across = along_y ? i : j;
    const int columns = along_y ? body.nx() : body.ny();
    const bool outer_wall = columns == 2 * channels.count + 1;
    return (across % 2 == 1) == outer_wall;
  }

  void set_properties(const BodyMesh& body, int k, double temperature_c) {
    const Slab& slab = body.slabs[k];
    const CellProperties solid{.in_plane_w_mk = slab.material.in_plane_w_mk(temperature_c),
                               .through_w_mk = slab.material.through_w_mk(temperature_c),
                               .heat_j_m3k = slab.material.volumetric_heat_j_m3k(temperature_c)};
    CellProperties fluid;
    if (slab.channels)
      fluid = {.in_plane_w_mk = slab.channels->coolant.conductivity_w_mk,
               .through_w_mk = slab.channels->coolant.conductivity_w_mk,
               .heat_j_m3k = slab.channels->coolant.heat_capacity_j_m3k,
               .fluid = true,
               .wall_w_m2k = wall_coefficient_w_m2k(*slab.channels, slab.thickness_m)};
    for (int j = 0; j < body.ny(); ++j)
      for (int i = 0; i < body.nx(); ++i)
        cells_[body.cell(k, j, i)] = slab.channels && in_channel(body, *slab.channels, j, i) ? fluid : solid;
  }

  /// HotSpot's optional columns: the block's own heat capacity and resistivity in its source layer.
  void override_by_blocks() {
    for (const Block& block : floorplan_.blocks) {
      if (block.volumetric_heat_j_m3k <= 0.0 && block.resistivity_mk_w <= 0.0) continue;
      for (const CellShare& part : cells_of_block(mesh_, floorplan_, block)) {
        const double covered = std::min(1.0, part.share * block.rectangle().area_m2() / cell_area(part.cell));
        CellProperties& cell = cells_[part.cell];
        if (block.volumetric_heat_j_m3k > 0.0)
          cell.heat_j_m3k += covered * (block.volumetric_heat_j_m3k - cell.heat_j_m3k);
        if (block.resistivity_mk_w > 0.0) {
          cell.in_plane_w_mk += covered * (1.0 / block.resistivity_mk_w - cell.in_plane_w_mk);
          cell.through_w_mk += covered * (1.0 / block.resistivity_mk_w - cell.through_w_mk);
        }
      }
    }
  }

  double cell_area(int cell) const {
    for (const BodyMesh& body : mesh_.bodies) {
      const int local = cell - body.first_cell;
      if (local < 0 || local >= body.cell_count()) continue;
      return body.dx_m(local % body.nx()) * body.dy_m(local / body.nx() % body.ny());
    }
    return 0.0;
  }

  void link(int a, int b, double conductance_w_k) {
    diagonal_[a] += conductance_w_k;
    diagonal_[b] += conductance_w_k;
    entries_.emplace_back(a, b, -conductance_w_k);
    entries_.emplace_back(b, a, -conductance_w_k);
  }

  /// From a cell's node to its lower or upper face, per area. A fluid cell's resistance lies in its film.
  double to_bottom(int cell, const Slab& slab) const {
    return through(cell, slab.thickness_m * slab.node_height);
  }
  double to_top(int cell, const Slab& slab) const {
    return through(cell, slab.thickness_m * (1.0 - slab.node_height));
  }
  double through(int cell, double length_m) const {
    const CellProperties& c = cells_[cell];
    return c.fluid ? 1.0 / c.wall_w_m2k : length_m / c.through_w_mk;
  }
  double half_in_plane(int cell, double size_m, bool to_solid) const {
    const CellProperties& c = cells_[cell];
    return c.fluid && to_solid ? 1.0 / c.wall_w_m2k : size_m / 2.0 / c.in_plane_w_mk;
  }

  void link_lateral(int a, int b, double size_a_m, double size_b_m, double area_m2, bool along_flow) {
    if (along_flow && cells_[a].fluid && cells_[b].fluid)
      return;  // advection dwarfs conduction along the channel
    const double resistance =
        half_in_plane(a, size_a_m, !cells_[b].fluid) + half_in_plane(b, size_b_m, !cells_[a].fluid);
    link(a, b, area_m2 / resistance);
  }

  void add_cells(const BodyMesh& body) {
    const int slabs = static_cast<int>(body.slabs.size());
    for (int k = 0; k < slabs; ++k) {
      const Slab& slab = body.slabs[k];
      const double t = slab.thickness_m;
      const bool flow_x = slab.channels && slab.channels->along == Direction::x;
      const bool flow_y = slab.channels && slab.channels->along == Direction::y;
      for (int j = 0; j < body.ny(); ++j) {
        for (int i = 0; i < body.nx(); ++i) {
          const int cell = body.cell(k, j, i);
          const double dx = body.dx_m(i), dy = body.dy_m(j);
          network_.capacity_j_k[cell] = cells_[cell].heat_j_m3k * dx * dy * t;
          if (i + 1 < body.nx())
            link_lateral(cell, body.cell(k, j, i + 1), dx, body.dx_m(i + 1), dy * t, flow_x);
          if (j + 1 < body.ny())
            link_lateral(cell, body.cell(k, j + 1, i), dy, body.dy_m(j + 1), dx * t, flow_y);
          if (k + 1 == slabs) continue;
          const Slab& above = body.slabs[k + 1];
          const int upper = body.cell(k + 1, j, i);
          link(cell, upper,
               dx * dy / (to_top(cell, slab) + to_bottom(upper, above) + above.contact_below_m2k_w));
        }
      }
    }
  }

  /// What leaves a cell enters the next, so energy is exact (Patankar 1980, ch. 5).
  void add_flow(const BodyMesh& body, int k) {
    const ChannelsConfig& channels = *body.slabs[k].channels;
    const bool along_y = channels.along == Direction::y;
    const int across = along_y ? body.nx() : body.ny();
    const int along = along_y ? body.ny() : body.nx();
    const double inlet_c = channels.inlet.at_c(ambient_c_);
    const double flow_m3_s =
        flow_now_m3_s(channels, body.slabs[k].thickness_m, body.channel_length_m(body.slabs[k]));
    const double stream_w_k = channels.coolant.heat_capacity_j_m3k * flow_m3_s / channels.count;
    // Share of the upstream cell in the stream between two.
    const double upstream_w_k = stream_w_k * (channels.advection == Advection::central ? 0.5 : 1.0);
    Outlet outlet{.name = body.config->name + ".channels",
                  .fluid_c = inlet_c,
                  .follows_ambient = channels.inlet.follows_ambient,
                  .conductance_w_k = {},
                  .channels_of = body.slabs[k].layer};
    for (int a = 0; a < across; ++a) {
      const auto cell = [&](int s) { return along_y ? body.cell(k, s, a) : body.cell(k, a, s); };
      if (!cells_[cell(0)].fluid) continue;
      for (int s = 1; s < along; ++s) {
        const int from = cell(s - 1), to = cell(s);
        diagonal_[from] += upstream_w_k;
        entries_.emplace_back(from, to, stream_w_k - upstream_w_k);
        entries_.emplace_back(to, from, -upstream_w_k);
        diagonal_[to] -= stream_w_k - upstream_w_k;
      }
      diagonal_[cell(along - 1)] += stream_w_k;
      network_.boundary_w[cell(0)] += stream_w_k * inlet_c;
      if (channels.inlet.follows_ambient) network_.ambient_w_k[cell(0)] += stream_w_k;
      outlet.conductance_w_k.push_back({cell(along - 1), stream_w_k});
    }
    if (stream_w_k <= 0.0) return;  // standing coolant carries nothing away
    network_.outlets.push_back(std::move(outlet));
    network_.symmetric = false;
  }

  static std::vector<double> face_areas(const BodyMesh& body) {
    std::vector<double> areas;
    for (int j = 0; j < body.ny(); ++j)
      for (int i = 0; i < body.nx(); ++i) areas.push_back(body.dx_m(i) * body.dy_m(j));
    return areas;
  }

  void add_contact(const Contact& contact) {
    const BodyMesh& lower = mesh_.bodies[contact.lower];
    const BodyMesh& upper = mesh_.bodies[contact.upper];
    const int top = static_cast<int>(lower.slabs.size()) - 1;
    const double interface_m2k_w = upper.slabs.front().contact_below_m2k_w;
    for (int j = 0; j < upper.ny(); ++j) {
      const auto [lj0, lj1] =
          overlapping_intervals(lower.y_lines_m, upper.y_lines_m[j], upper.y_lines_m[j + 1]);
      for (int i = 0; i < upper.nx(); ++i) {
        const auto [li0, li1] =
            overlapping_intervals(lower.x_lines_m, upper.x_lines_m[i], upper.x_lines_m[i + 1]);
        const int cell = upper.cell(0, j, i);
        for (int lj = lj0; lj < lj1; ++lj) {
          for (int li = li0; li < li1; ++li) {
            const double area_m2 = overlap_area_m2(upper.face(j, i), lower.face(lj, li));
            if (area_m2 < 1e-15) continue;
            const int below = lower.cell(top, lj, li);
            link(below, cell,
                 area_m2 /
                     (to_top(below, lower.slabs[top]) + to_bottom(cell, upper.slabs[0]) + interface_m2k_w));
            free_top_[contact.lower][lj * lower.nx() + li] -= area_m2;
            free_bottom_[contact.upper][j * upper.nx() + i] -= area_m2;
          }
        }
      }
    }
  }

  void add_boundaries(int b) {
    const BodyMesh& body = mesh_.bodies[b];
    if (body.config->top) add_face(b, true, *body.config->top, free_top_[b]);
    if (body.config->bottom) add_face(b, false, *body.config->bottom, free_bottom_[b]);
    if (body.config->sides) add_sides(body, *body.config->sides);
  }

  void drain(Outlet& outlet, int cell, double conductance_w_k) {
    diagonal_[cell] += conductance_w_k;
    network_.boundary_w[cell] += conductance_w_k * outlet.fluid_c;
    if (outlet.follows_ambient) network_.ambient_w_k[cell] += conductance_w_k;
    outlet.conductance_w_k.push_back({cell, conductance_w_k});
  }

  /// Adds convection over `area_m2` of a cell; returns the weight of the cell in the temperature of its face.
  double convect(Outlet& outlet, int cell, double area_m2, double half_m2k_w, double coefficient_w_m2k) {
    if (coefficient_w_m2k <= 0.0) return 1.0;
    const double conductance_w_k = area_m2 / (half_m2k_w + 1.0 / coefficient_w_m2k);
    drain(outlet, cell, conductance_w_k);
    return 1.0 / (1.0 + half_m2k_w * coefficient_w_m2k);
  }

  void add_face(int b, bool top, const BoundaryConfig& boundary, const std::vector<double>& free_m2) {
    const BodyMesh& body = mesh_.bodies[b];
    const int k = top ? static_cast<int>(body.slabs.size()) - 1 : 0;
    double total_m2 = std::accumulate(free_m2.begin(), free_m2.end(), 0.0);
    if (total_m2 < 1e-9 * body.footprint.area_m2())
      throw base::SimError(fmt::format("body '{}' has a {} boundary, but other bodies cover that face",
                                       body.config->name, top ? "top" : "bottom"));
    if (package_.hotspot) total_m2 = *body.config->width_m * *body.config->length_m;  // the rings convect too
    const double coefficient = boundary.coefficient_now_w_m2k(total_m2);
    const double fluid_c = boundary.fluid_now_c(ambient_c_, total_m2);
    const bool follows = boundary.fluid.follows_ambient;
    Outlet outlet{.name = body.config->name + (top ? ".top" : ".bottom"),
                  .fluid_c = fluid_c,
                  .follows_ambient = follows,
                  .conductance_w_k = {}};
    Face face{.body = b, .top = top, .fluid_c = fluid_c, .follows_ambient = follows, .cells = {}};
    for (int j = 0; j < body.ny(); ++j) {
      for (int i = 0; i < body.nx(); ++i) {
        const double area_m2 = free_m2[j * body.nx() + i];
        if (area_m2 < 1e-6 * body.dx_m(i) * body.dy_m(j)) continue;
        const int cell = body.cell(k, j, i);
        const double to_face_m2k_w = top ? to_top(cell, body.slabs[k]) : to_bottom(cell, body.slabs[k]);
        const double weight = convect(outlet, cell, area_m2, to_face_m2k_w, coefficient);
        network_.capacity_j_k[cell] += boundary.heat_capacity_j_k * area_m2 / total_m2;
        const Rectangle r = body.face(j, i);
        face.cells.push_back({cell, area_m2, weight, (r.x0_m + r.x1_m) / 2.0 - body.footprint.x0_m,
                              (r.y0_m + r.y1_m) / 2.0 - body.footprint.y0_m});
      }
    }
    if (package_.hotspot) add_rings(outlet);
    if (coefficient > 0.0) network_.outlets.push_back(std::move(outlet));
    network_.faces.push_back(std::move(face));
  }

  void add_rings(Outlet& outlet) {
    const RingNetwork rings = hotspot_rings(package_, mesh_, ambient_c_);
    for (const RingNetwork::Link& l : rings.links) link(l.a, l.b, l.conductance_w_k);
    for (const CellShare& node : rings.to_fluid_w_k) drain(outlet, node.cell, node.share);
    for (const CellShare& node : rings.capacity_j_k) network_.capacity_j_k[node.cell] += node.share;
  }

  void add_sides(const BodyMesh& body, const BoundaryConfig& boundary) {
    double height_m = 0.0;
    for (const Slab& slab : body.slabs) height_m += slab.thickness_m;
    const double total_m2 = 2.0 * height_m * (body.footprint.width_m() + body.footprint.height_m());
    const double coefficient = boundary.coefficient_now_w_m2k(total_m2);
    Outlet outlet{.name = body.config->name + ".sides",
                  .fluid_c = boundary.fluid_now_c(ambient_c_, total_m2),
                  .follows_ambient = boundary.fluid.follows_ambient,
                  .conductance_w_k = {}};
    for (int k = 0; k < static_cast<int>(body.slabs.size()); ++k) {
      const double t = body.slabs[k].thickness_m;
      for (int j = 0; j < body.ny(); ++j)
        for (const int i : {0, body.nx() - 1})
          convect(outlet, body.cell(k, j, i), body.dy_m(j) * t,
                  half_in_plane(body.cell(k, j, i), body.dx_m(i), true), coefficient);
      for (int i = 0; i < body.nx(); ++i)
        for (const int j : {0, body.ny() - 1})
          convect(outlet, body.cell(k, j, i), body.dx_m(i) * t,
                  half_in_plane(body.cell(k, j, i), body.dy_m(j), true), coefficient);
    }
    if (coefficient > 0.0) network_.outlets.push_back(std::move(outlet));
  }

  /// A body reaches a fluid directly or through bodies it touches.
  void check_paths() const {
    std::vector<bool> cooled(mesh_.bodies.size(), false);
    for (std::size_t b = 0; b < mesh_.bodies.size(); ++b)
      for (const Outlet& outlet : network_.outlets)
        cooled[b] = cooled[b] || outlet.name.starts_with(mesh_.bodies[b].config->name + ".");
    for (std::size_t round = 0; round < mesh_.bodies.size(); ++round)
      for (const Contact& contact : mesh_.contacts)
        cooled[contact.lower] = cooled[contact.upper] = cooled[contact.lower] || cooled[contact.upper];
    for (std::size_t b = 0; b < mesh_.bodies.size(); ++b)
      if (!cooled[b])
        throw base::SimError(
            fmt::format("body '{}' has no path for its heat to any fluid, so no steady state exists; "
                        "give it, or a body it touches, a top, bottom or sides boundary",
                        mesh_.bodies[b].config->name));
  }

  const PackageConfig& package_;
  const Mesh& mesh_;
  const Floorplan& floorplan_;
  double ambient_c_;
  std::vector<CellProperties> cells_;
  std::vector<Eigen::Triplet<double>> entries_;
  Eigen::VectorXd diagonal_;
  std::vector<std::vector<double>> free_top_, free_bottom_;
  Network network_;
};

}  // namespace

Network assemble(const PackageConfig& package, const Mesh& mesh, const Floorplan& floorplan, double ambient_c,
                 const SlabTemperatures& slab_temperatures) {
  return Assembler(package, mesh, floorplan, ambient_c, slab_temperatures).build();
}

double lumped_time_constant_s(const Network& network) {
  double conductance_w_k = 0.0;
  for (const Outlet& outlet : network.outlets)
    for (const CellShare& part : outlet.conductance_w_k) conductance_w_k += part.share;
  return network.capacity_j_k.sum() / conductance_w_k;
}

}  // namespace kiln::thermal
