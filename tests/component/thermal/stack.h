// SPDX-License-Identifier: MIT
// Small packages and floorplans for tests.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "thermal/thermal_model.h"

namespace kiln::test {

inline thermal::LayerConfig layer(const std::string& name, const std::string& material, double thickness_m,
                                  int divisions = 1, bool source = false) {
  thermal::LayerConfig made;
  made.name = name;
  made.material = material;
  made.thickness_m = thickness_m;
  made.divisions = divisions;
  made.source = source;
  return made;
}

inline thermal::BoundaryConfig coefficient(double w_m2k) {
  thermal::BoundaryConfig boundary;
  boundary.coefficient_w_m2k = w_m2k;
  return boundary;
}

inline thermal::BoundaryConfig resistance(double k_w, double heat_capacity_j_k = 0.0) {
  thermal::BoundaryConfig boundary;
  boundary.resistance_k_w = k_w;
  boundary.heat_capacity_j_k = heat_capacity_j_k;
  return boundary;
}

/// Whether a message names all of these.
inline bool mentions(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* word : words)
    if (text.find(word) == std::string::npos) return false;
  return true;
}

/// One body, cooled from the top.
inline thermal::PackageConfig one_body(std::vector<thermal::LayerConfig> layers, thermal::BoundaryConfig top,
                                       int nx, int ny) {
  thermal::PackageConfig package;
  package.name = "test";
  thermal::BodyConfig body;
  body.name = "stack";
  body.layers = std::move(layers);
  body.top = top;
  package.bodies = {body};
  package.grid.nx = nx;
  package.grid.ny = ny;
  return package;
}

/// `columns` x `rows` equal blocks on a die.
inline thermal::Floorplan checkerboard(int columns, int rows, double width_m, double height_m) {
  thermal::Floorplan floorplan;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      thermal::Block block;
      block.name = "b" + std::to_string(row) + "_" + std::to_string(column);
      block.x_m = width_m * column / columns;
      block.y_m = height_m * row / rows;
      block.width_m = width_m / columns;
      block.height_m = height_m / rows;
      floorplan.blocks.push_back(block);
    }
  return floorplan;
}

/// One cell of heat capacity C behind a resistance R.
inline thermal::PackageConfig lumped(double resistance_k_w, double heat_capacity_j_k) {
  constexpr double kThickness_m = 1e-8;  // its own resistance and capacity vanish
  thermal::PackageConfig package = one_body({layer("soc", "copper", kThickness_m, 1, true)},
                                            resistance(resistance_k_w, heat_capacity_j_k), 1, 1);
  return package;
}

}  // namespace kiln::test
