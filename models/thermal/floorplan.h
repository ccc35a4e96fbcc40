// SPDX-License-Identifier: MIT
// Floorplan of one or more dies: named rectangles, in metres from the lower left corner of their die.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/unknowns.h"

namespace kiln::thermal {

struct Rectangle {
  double x0_m = 0.0, y0_m = 0.0, x1_m = 0.0, y1_m = 0.0;

  double width_m() const { return x1_m - x0_m; }
  double height_m() const { return y1_m - y0_m; }
  double area_m2() const { return width_m() * height_m(); }
};

double overlap_area_m2(const Rectangle& a, const Rectangle& b);

struct Block {
  std::string name;
  double x_m = 0.0, y_m = 0.0, width_m = 0.0, height_m = 0.0;
  std::string body;  // the die (source layer of the package) it lies in; empty: the package's first one
  double volumetric_heat_j_m3k = 0.0;  // HotSpot's optional 6th column; 0: the layer's own material
  double resistivity_mk_w = 0.0;       // HotSpot's optional 7th column; 0: the layer's own material
  bool passive = false;                // of a layer without power: it has no column in a power trace
  std::string traced_as = {};          // its name in power traces; empty: `name`

  Rectangle rectangle() const { return {x_m, y_m, x_m + width_m, y_m + height_m}; }
};

struct Floorplan {
  std::vector<Block> blocks;
};

/// Reads HotSpot's .flp: `name width height left bottom [specific-heat resistivity]` in metres, `#` comments,
/// blank lines. A name written `die.block` puts the block in the source layer `die` when `dies` has that
/// name. Lines `name name density`, the wires of HotSpot's floorplanner, carry no heat. Neighbours that
/// overlap by one unit of the file's last digit, 10 um at most, or of that of their own numbers in scientific
/// notation, 100 um at most, are made to touch. Throws base::ConfigError with file:line for a malformed line,
/// a repeated name and a wire between blocks that are none; what else stands behind a block's numbers is
/// unknown.
Floorplan read_flp(const std::string& path, const std::vector<std::string>& dies, base::Unknowns& unknowns);
Floorplan parse_flp(std::string_view text, const std::string& place, const std::vector<std::string>& dies,
                    base::Unknowns& unknowns);
/// Strictly.
Floorplan read_flp(const std::string& path, const std::vector<std::string>& dies = {});
Floorplan parse_flp(std::string_view text, const std::string& place,
                    const std::vector<std::string>& dies = {});

/// `die.block` where the block stands on a named die, as the reader expects it.
std::string flp_name(const Block& block);
/// The same format; round-trips exactly.
std::string write_flp(const Floorplan& floorplan);

/// Smallest rectangle around the blocks of one die.
Rectangle bounding_box(const Floorplan& floorplan, const std::string& die);

/// Throws base::SimError naming the first two blocks of one die that overlap by more than rounding.
void check_no_overlap(const Floorplan& floorplan);

}  // namespace kiln::thermal
