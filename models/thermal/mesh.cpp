// SPDX-License-Identifier: MIT
#include "thermal/mesh.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <limits>

#include "base/error.h"
#include "thermal/factor.h"
#include "thermal/hotspot_rings.h"
#include "thermal/package_rules.h"
#include "thermal/placement.h"

namespace kiln::thermal {
namespace {

constexpr double kSameLine_m = 1e-9;
// One factorisation is one call of a library that cannot be ended in between, and its work and memory grow
// faster than the cells: 3.3 s and 0.24 GB at 206,000 cells of the liquid loop's package, some ten times that
// for tall stacks.
constexpr int kMostFactoredCells = 400'000;
constexpr double kMostFactorEntries = 4e7;  // half a gigabyte
// A multigrid solution takes time and memory as the cells: some 8 s and 0.5 GB for so many.
constexpr int kMostCells = 2'000'000;

std::vector<Slab> slabs_of(const PackageConfig& package, const BodyConfig& body) {
  std::vector<Slab> slabs;
  for (const LayerConfig& layer : body.layers) {
    if (layer.divisions < 1 || layer.thickness_m <= 0.0)
      throw base::SimError(fmt::format("layer '{}' of body '{}' has no thickness", layer.name, body.name));
    for (int part = 0; part < layer.divisions; ++part)
      slabs.push_back({.layer = layer.name,
                       .source = layer.source && part == 0,
                       .thickness_m = layer.thickness_m / layer.divisions,
                       .node_height = package.grid.nodes == NodePlacement::lower_face ? 0.0 : 0.5,
                       .material = material_of(package, layer.material),
                       .contact_below_m2k_w = part == 0 ? layer.contact_m2k_w : 0.0,
                       .channels = layer.channels});
  }
  if (package.grid.nodes == NodePlacement::outer_face) {
    const bool carries =
        (package.device && package.device->body == body.name) ||
        std::any_of(package.bodies.begin(), package.bodies.end(), [&](const BodyConfig& other) {
          return std::find(other.on.begin(), other.on.end(), body.name) != other.on.end();
        });
    if (body.on.empty() && !body.bottom) slabs.front().node_height = 0.0;
    if (!carries && !body.top) slabs.back().node_height = 1.0;
  }
  return slabs;
}

std::string place_text(const Rectangle& r) {
  return fmt::format("{:.3g} to {:.3g} mm across, {:.3g} to {:.3g} mm up", r.x0_m * 1e3, r.x1_m * 1e3,
                     r.y0_m * 1e3, r.y1_m * 1e3);
}

std::vector<Contact> find_contacts(const PackageConfig& package, const std::vector<Rectangle>& footprints) {
  std::vector<Contact> contacts;
  const auto& bodies = package.bodies;
  for (int upper = 0; upper < static_cast<int>(bodies.size()); ++upper) {
    for (const std::string& name : bodies[upper].on) {
      const auto found =
          std::find_if(bodies.begin(), bodies.end(), [&](const BodyConfig& b) { return b.name == name; });
      const int lower = static_cast<int>(found - bodies.begin());
      if (overlap_area_m2(footprints[lower], footprints[upper]) <= 0.0)
        throw base::SimError(fmt::format(
            "body '{}' ({}) stands on '{}' ({}) but does not touch it; move one of "
            "them or make the lower one larger (dies are as large as their "
            "blocks, and push aside what stands beside them)",
            bodies[upper].name, place_text(footprints[upper]), name, place_text(footprints[lower])));
      contacts.push_back({lower, upper});
    }
  }
  return contacts;
}

/// Bodies that share a carrier, or both lie at the bottom, fill the same height.
void check_bodies_apart(const PackageConfig& package, const std::vector<Rectangle>& footprints) {
  const auto& bodies = package.bodies;
  const auto share_carrier = [&](const BodyConfig& a, const BodyConfig& b) {
    return std::any_of(a.on.begin(), a.on.end(), [&](const std::string& name) {
      return std::find(b.on.begin(), b.on.end(), name) != b.on.end();
    });
  };
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    for (std::size_t j = i + 1; j < bodies.size(); ++j) {
      const bool same_level =
          (bodies[i].on.empty() && bodies[j].on.empty()) || share_carrier(bodies[i], bodies[j]);
      const double overlap_m2 = overlap_area_m2(footprints[i], footprints[j]);
      if (same_level && overlap_m2 > 1e-12)
        throw base::SimError(
            fmt::format("bodies '{}' and '{}' overlap by {:.4g} mm2; move one of them (beside, shift)",
                        bodies[i].name, bodies[j].name, overlap_m2 * 1e6));
    }
  }
}

std::vector<double> uniform_lines(double low, double high, int count) {
  std::vector<double> lines(static_cast<std::size_t>(count) + 1);
  for (int i = 0; i <= count; ++i) lines[i] = low + (high - low) * i / count;
  lines.back() = high;
  return lines;
}

struct Interval {
  double low, high;
};

/// Cell sizes along one axis: as given on the dies, growing away from them.
struct Grading {
  std::vector<Interval> dies;
  double finest_m = std::numeric_limits<double>::infinity();
  double growth = 1.0;

  double distance_m(double at) const {
    double nearest = std::numeric_limits<double>::infinity();
    for (const Interval& die : dies)
      nearest = std::min(nearest, std::max({die.low - at, at - die.high, 0.0}));
    return nearest;
  }
  double allowed_m(double at) const { return finest_m + growth * distance_m(at); }
};

void insert_apart(std::vector<double>& lines, double line, double apart) {
  const auto next = std::lower_bound(lines.begin(), lines.end(), line);
  if (next != lines.end() && *next - line < apart) return;
  if (next != lines.begin() && line - *(next - 1) < apart) return;
  lines.insert(next, line);
}

/// Lines on the given edges (those closer than a quarter of a
/// cell to another are left out), cells between them equal.
std::vector<double> aligned_lines(double low, double high, int count, const std::vector<double>& edges) {
  const double cell_m = (high - low) / count;
  std::vector<double> kept{low, high};
  for (const double edge : edges)
    if (edge > low && edge < high) insert_apart(kept, edge, 0.25 * cell_m);
  std::vector<double> lines{low};
  for (std::size_t i = 1; i < kept.size(); ++i) {
    const int cells = std::max(1, static_cast<int>(std::ceil((kept[i] - kept[i - 1]) / cell_m - 1e-6)));
    for (int cell = 1; cell <= cells; ++cell)
      lines.push_back(kept[i - 1] + (kept[i] - kept[i - 1]) * cell / cells);
    lines.back() = kept[i];
  }
  return lines;
}

bool holds_die(const BodyMesh& body, const std::string& die) {
  return std::any_of(body.slabs.begin(), body.slabs.end(),
                     [&](const Slab& slab) { return slab.source && slab.layer == die; });
}

/// A block in the package's frame. The floorplan's own
/// origin is the lower left corner of the body's first die.
Rectangle block_in_body(const BodyMesh& body, const Floorplan& floorplan, const Block& block) {
  const auto first =
      std::find_if(body.slabs.begin(), body.slabs.end(), [](const Slab& slab) { return slab.source; });
  const Rectangle box = bounding_box(floorplan, first->layer);
  const double dx = body.footprint.x0_m - box.x0_m;
  const double dy = body.footprint.y0_m - box.y0_m;
  const Rectangle r = block.rectangle();
  return {r.x0_m + dx, r.y0_m + dy, r.x1_m + dx, r.y1_m + dy};
}

/// Halves every interval that is longer than the grading allows at its middle.
std::vector<double> refine(const std::vector<double>& lines, const Grading& grading, double cell_m) {
  std::vector<double> refined{lines.front()};
  std::deque<Interval> open;
  for (std::size_t i = 1; i < lines.size(); ++i) open.push_back({lines[i - 1], lines[i]});
  while (!open.empty()) {
    const Interval interval = open.front();
    open.pop_front();
    const double middle = (interval.low + interval.high) / 2.0;
    const double length = interval.high - interval.low;
    if (length > 1.5 * std::max(cell_m, grading.allowed_m(middle))) {
      open.push_front({middle, interval.high});
      open.push_front({interval.low, middle});
    } else {
      refined.push_back(interval.high);
    }
  }
  return refined;
}

class Mesher {
 public:
  Mesher(const PackageConfig& package, const Floorplan& floorplan, Mesh& mesh)
      : package_(package), floorplan_(floorplan), mesh_(mesh) {
    grading_x_.growth = grading_y_.growth = package.grid.growth;
    for (BodyMesh& body : mesh_.bodies)
      if (is_die(*body.config)) mesh_die(body);
  }

  /// Grids spread from the dies to what touches them, so that neighbours share lines.
  void spread() {
    for (bool found = true; found;) {
      found = false;
      for (std::size_t i = 0; i < mesh_.bodies.size(); ++i) {
        if (!mesh_.bodies[i].x_lines_m.empty() || !has_meshed_neighbour(static_cast<int>(i))) continue;
        mesh_carrier(static_cast<int>(i));
        found = true;
      }
    }
  }

 private:
  void mesh_die(BodyMesh& body) {
    const Rectangle& r = body.footprint;
    const int nx = body.config->nx > 0 ? body.config->nx : package_.grid.nx;
    const int ny = body.config->ny > 0 ? body.config->ny : package_.grid.ny;
    body.x_lines_m = uniform_lines(r.x0_m, r.x1_m, nx);
    body.y_lines_m = uniform_lines(r.y0_m, r.y1_m, ny);
    if (package_.grid.align) {
      std::vector<double> x_edges, y_edges;
      for (const Block& block : floorplan_.blocks) {
        if (!holds_die(body, block.body)) continue;
        const Rectangle b = block_in_body(body, floorplan_, block);
        x_edges.insert(x_edges.end(), {b.x0_m, b.x1_m});
        y_edges.insert(y_edges.end(), {b.y0_m, b.y1_m});
      }
      body.x_lines_m = aligned_lines(r.x0_m, r.x1_m, nx, x_edges);
      body.y_lines_m = aligned_lines(r.y0_m, r.y1_m, ny, y_edges);
    }
    for (const Slab& slab : body.slabs) {
      if (!slab.channels) continue;
      if (slab.channels->along == Direction::y)
        body.x_lines_m = channel_edges(*slab.channels, r.x0_m, r.x1_m);
      else
        body.y_lines_m = channel_edges(*slab.channels, r.y0_m, r.y1_m);
    }
    grading_x_.dies.push_back({r.x0_m, r.x1_m});
    grading_y_.dies.push_back({r.y0_m, r.y1_m});
    grading_x_.finest_m = std::min(grading_x_.finest_m, r.width_m() / body.nx());
    grading_y_.finest_m = std::min(grading_y_.finest_m, r.height_m() / body.ny());
  }

  template <class Visit>
  void for_neighbours(int index, Visit visit) const {
    for (const Contact& contact : mesh_.contacts) {
      if (contact.lower == index) visit(mesh_.bodies[contact.upper]);
      if (contact.upper == index) visit(mesh_.bodies[contact.lower]);
    }
  }

  bool has_meshed_neighbour(int index) const {
    bool meshed = false;
    for_neighbours(index, [&](const BodyMesh& other) { meshed = meshed || !other.x_lines_m.empty(); });
    return meshed;
  }

  void mesh_carrier(int index) {
    BodyMesh& body = mesh_.bodies[index];
    const Rectangle& r = body.footprint;
    body.x_lines_m = {r.x0_m, r.x1_m};
    body.y_lines_m = {r.y0_m, r.y1_m};
    const auto inherit = [&](std::vector<double>& lines, const std::vector<double>& theirs, double apart) {
      for (const double line : theirs)
        if (line > lines.front() && line < lines.back()) insert_apart(lines, line, apart);
    };
    const double cell_m = body.config->cell_m;
    const auto apart = [&](const Grading& grading) {
      return std::max(cell_m, 0.5 * grading.finest_m) * (1.0 - 1e-6);
    };
    for_neighbours(index, [&](const BodyMesh& other) {
      inherit(body.x_lines_m, {other.footprint.x0_m, other.footprint.x1_m},
              std::max(kSameLine_m, 0.2 * cell_m));
      inherit(body.y_lines_m, {other.footprint.y0_m, other.footprint.y1_m},
              std::max(kSameLine_m, 0.2 * cell_m));
    });
    for_neighbours(index, [&](const BodyMesh& other) {
      inherit(body.x_lines_m, other.x_lines_m, apart(grading_x_));
      inherit(body.y_lines_m, other.y_lines_m, apart(grading_y_));
    });
    body.x_lines_m = refine(body.x_lines_m, grading_x_, cell_m);
    body.y_lines_m = refine(body.y_lines_m, grading_y_, cell_m);
  }

  const PackageConfig& package_;
  const Floorplan& floorplan_;
  Mesh& mesh_;
  Grading grading_x_, grading_y_;
};

/// Of the factor of a box of cells, within a factor of two: those of its separators, planes across the two
/// shorter sides.
double factor_entries(const BodyMesh& body) {
  std::array<double, 3> sides = {static_cast<double>(body.nx()), static_cast<double>(body.ny()),
                                 static_cast<double>(body.slabs.size())};
  std::sort(sides.begin(), sides.end());
  return 2 * sides[0] * sides[1] * sides[2] * sides[0] * std::log2(sides[1] + 1);
}

/// Coolant that flows makes the network lopsided: it is factored at any size.
bool may_flow(const Mesh& mesh) {
  return std::any_of(mesh.bodies.begin(), mesh.bodies.end(), [](const BodyMesh& body) {
    return std::any_of(body.slabs.begin(), body.slabs.end(),
                       [](const Slab& slab) { return slab.channels.has_value(); });
  });
}

const BodyMesh& body_of_die(const Mesh& mesh, const std::string& die, int& slab) {
  for (const BodyMesh& body : mesh.bodies)
    for (slab = 0; slab < static_cast<int>(body.slabs.size()); ++slab)
      if (body.slabs[slab].source && body.slabs[slab].layer == die) return body;
  throw base::SimError(
      fmt::format("the package has no source layer called '{}' for the floorplan's blocks", die));
}

}  // namespace

int Mesh::body_index(const std::string& name) const {
  for (std::size_t i = 0; i < bodies.size(); ++i)
    if (bodies[i].config->name == name) return static_cast<int>(i);
  throw base::SimError(fmt::format("the package has no body called '{}'", name));
}

std::pair<int, int> overlapping_intervals(const std::vector<double>& lines, double low, double high) {
  const auto first = std::upper_bound(lines.begin(), lines.end(), low);
  const auto last = std::lower_bound(lines.begin(), lines.end(), high);
  const int begin = std::max(0, static_cast<int>(first - lines.begin()) - 1);
  const int end = std::min(static_cast<int>(lines.size()) - 1, static_cast<int>(last - lines.begin()));
  return {begin, std::max(begin, end)};
}

std::vector<double> channel_edges(const ChannelsConfig& channels, double low_m, double high_m) {
  const double inner_m = channels.count * channels.width_m + (channels.count - 1) * channels.wall_m;
  const double outer_m = (high_m - low_m - inner_m) / 2.0;
  if (outer_m < -kSameLine_m)
    throw base::SimError(
        fmt::format("{} channels with their walls need {:.4g} mm, but the die has {:.4g} mm; use fewer",
                    channels.count, inner_m * 1e3, (high_m - low_m) * 1e3));
  std::vector<double> edges{low_m};
  if (outer_m > kSameLine_m) edges.push_back(low_m + outer_m);
  for (int i = 0; i < channels.count; ++i) {
    edges.push_back(edges.back() + channels.width_m);
    if (i + 1 < channels.count) edges.push_back(edges.back() + channels.wall_m);
  }
  if (outer_m > kSameLine_m) edges.push_back(high_m);
  edges.back() = high_m;
  return edges;
}

Mesh build_mesh(const PackageConfig& package, const Floorplan& floorplan) {
  // A package that was read is free of them; one made in code may not be.
  if (const std::vector<PackageProblem> problems = reference_problems(package); !problems.empty())
    throw base::SimError(problems.front().message);
  std::vector<Rectangle> footprints = place_bodies(package, floorplan);
  check_bodies_apart(package, footprints);
  if (package.hotspot) {
    check_hotspot_package(package, footprints);
    std::fill(footprints.begin(), footprints.end(), footprints.front());
  }
  Mesh mesh;
  for (std::size_t i = 0; i < package.bodies.size(); ++i)
    mesh.bodies.push_back({.config = &package.bodies[i],
                           .footprint = footprints[i],
                           .x_lines_m = {},
                           .y_lines_m = {},
                           .slabs = slabs_of(package, package.bodies[i])});
  mesh.contacts = find_contacts(package, footprints);
  Mesher(package, floorplan, mesh).spread();
  double cells = 0;  // not an integer: the product itself could be too large for one
  for (const BodyMesh& body : mesh.bodies)
    cells += static_cast<double>(body.nx()) * body.ny() * static_cast<double>(body.slabs.size());
  const bool factored = cells <= kMostFactored || may_flow(mesh);
  if (const int most = factored ? kMostFactoredCells : kMostCells; cells > most)
    throw base::SimError(fmt::format(
        "package '{}' has {:.0f} thermal cells{}, and a solution takes at most {}; lower grid.nx, "
        "grid.ny or the layers' divisions, or raise grid.growth",
        package.name, cells, factored ? " with coolant in channels" : "", most));
  double entries = 0;
  for (const BodyMesh& body : mesh.bodies) entries += factor_entries(body);
  if (factored && entries > kMostFactorEntries)
    throw base::SimError(fmt::format(
        "package '{}' has {:.0f} thermal cells in stacks so tall that their solution keeps about {:.2g} "
        "numbers, more than {:.0e}; lower the layers' divisions, grid.nx or grid.ny",
        package.name, cells, entries, kMostFactorEntries));
  for (BodyMesh& body : mesh.bodies) {
    body.first_cell = mesh.cell_count;
    mesh.cell_count += body.cell_count();
  }
  if (package.hotspot) mesh.cell_count += kRingNodes;
  return mesh;
}

std::vector<CellShare> cells_of_block(const Mesh& mesh, const Floorplan& floorplan, const Block& block) {
  constexpr double kRounding_m = 2e-6;  // floorplans are often written in whole micrometres
  int slab = 0;
  const BodyMesh& body = body_of_die(mesh, block.body, slab);
  const Rectangle r = block_in_body(body, floorplan, block);
  const Rectangle& die = body.footprint;
  if (r.x0_m < die.x0_m - kRounding_m || r.y0_m < die.y0_m - kRounding_m || r.x1_m > die.x1_m + kRounding_m ||
      r.y1_m > die.y1_m + kRounding_m)
    throw base::SimError(
        fmt::format("block '{}' reaches out of die '{}' ({:.4g} x {:.4g} mm); move or shrink it", block.name,
                    block.body, die.width_m() * 1e3, die.height_m() * 1e3));
  std::vector<CellShare> cells;
  const auto [i0, i1] = overlapping_intervals(body.x_lines_m, r.x0_m, r.x1_m);
  const auto [j0, j1] = overlapping_intervals(body.y_lines_m, r.y0_m, r.y1_m);
  double total = 0.0;
  for (int j = j0; j < j1; ++j)
    for (int i = i0; i < i1; ++i) {
      const double area = overlap_area_m2(body.face(j, i), r);
      if (area < 1e-9 * block.rectangle().area_m2()) continue;
      cells.push_back({body.cell(slab, j, i), area});
      total += area;
    }
  for (CellShare& cell : cells) cell.share /= total;
  return cells;
}

}  // namespace kiln::thermal
