// SPDX-License-Identifier: MIT
#include "thermal/package_map.h"

#include <algorithm>
#include <cmath>

namespace kiln::thermal {

namespace {

int level_of(const Mesh& mesh, int body) {
  int level = 0;
  for (const Contact& contact : mesh.contacts)
    if (contact.upper == body) level = std::max(level, 1 + level_of(mesh, contact.lower));
  return level;
}

int shown_slab(const BodyMesh& body) {
  for (std::size_t slab = 0; slab < body.slabs.size(); ++slab)
    if (body.slabs[slab].source) return static_cast<int>(slab);
  return static_cast<int>(body.slabs.size()) - 1;
}

/// Cells that a field lies over, by area.
std::vector<CellShare> shares_of(const BodyMesh& body, const Rectangle& field) {
  std::vector<CellShare> shares;
  const int slab = shown_slab(body);
  const auto [first_x, end_x] = overlapping_intervals(body.x_lines_m, field.x0_m, field.x1_m);
  const auto [first_y, end_y] = overlapping_intervals(body.y_lines_m, field.y0_m, field.y1_m);
  double area_m2 = 0;
  for (int j = first_y; j < end_y; ++j)
    for (int i = first_x; i < end_x; ++i) {
      shares.push_back({body.cell(slab, j, i), overlap_area_m2(body.face(j, i), field)});
      area_m2 += shares.back().share;
    }
  for (CellShare& share : shares) share.share /= area_m2;
  return shares;
}

}  // namespace

PackageMap::PackageMap(const Mesh& mesh, int most_fields) {
  for (const BodyMesh& body : mesh.bodies) add(mesh, body, most_fields);
}

void PackageMap::add(const Mesh& mesh, const BodyMesh& body, int most_fields) {
  BodyMap map{body.config->name,
              {},
              level_of(mesh, mesh.body_index(body.config->name)),
              std::min(most_fields, body.nx()),
              std::min(most_fields, body.ny())};
  map.footprint = {body.x_lines_m.front(), body.y_lines_m.front(), body.x_lines_m.back(),
                   body.y_lines_m.back()};
  const double dx = map.footprint.width_m() / map.columns, dy = map.footprint.height_m() / map.rows;
  for (int j = 0; j < map.rows; ++j)
    for (int i = 0; i < map.columns; ++i) {
      const double x = map.footprint.x0_m + i * dx, y = map.footprint.y0_m + j * dy;
      shares_.push_back(shares_of(body, {x, y, x + dx, y + dy}));
    }
  bodies_.push_back(std::move(map));
}

std::vector<float> PackageMap::fields_c(const State& state) const {
  std::vector<float> fields;
  fields.reserve(shares_.size());
  for (const std::vector<CellShare>& shares : shares_) {
    double mean_c = 0;
    for (const CellShare& share : shares) mean_c += share.share * state.x[share.cell];
    fields.push_back(static_cast<float>(mean_c));
  }
  return fields;
}

}  // namespace kiln::thermal
