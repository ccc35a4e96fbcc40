// SPDX-License-Identifier: MIT
#include "thermal/floorplan.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "output/encode.h"
#include "thermal/table.h"

namespace kiln::thermal {

double overlap_area_m2(const Rectangle& a, const Rectangle& b) {
  const double width = std::min(a.x1_m, b.x1_m) - std::max(a.x0_m, b.x0_m);
  const double height = std::min(a.y1_m, b.y1_m) - std::max(a.y0_m, b.y0_m);
  return width > 0.0 && height > 0.0 ? width * height : 0.0;
}

namespace {

/// `die.block`: the die, if `dies` has it.
std::string die_prefix(const std::string& name, const std::vector<std::string>& dies) {
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos) return {};
  const std::string prefix = name.substr(0, dot);
  return std::find(dies.begin(), dies.end(), prefix) == dies.end() ? std::string{} : prefix;
}

constexpr double kLeastSide_m = 1e-6, kMostSide_m = 1.0;  // outside: another unit than metres, most likely

constexpr std::size_t kPlaced = 5, kWithMaterial = 7, kWire = 3;  // words of a line

/// The optional columns: heat capacity and resistivity of the block.
void read_material(const Words& words, Block& block, base::Unknowns& unknowns) {
  for (std::size_t i = kPlaced; i < words.size(); ++i) {
    if (i >= kWithMaterial || !words.is_number(i)) {
      unknowns.meet(words.place(), words.text(0), fmt::format("column {} ('{}')", i + 1, words.text(i)),
                    "columns 6 and 7 are heat capacity and resistivity; remove it");
      return;
    }
    double& figure = i == kPlaced ? block.volumetric_heat_j_m3k : block.resistivity_mk_w;
    figure = words.number(i);
    if (figure < 0.0) words.fail(fmt::format("column {} is {}; it must not be negative", i + 1, figure));
  }
}

Block parse_block(const Words& words, const std::vector<std::string>& dies, base::Unknowns& unknowns) {
  if (words.size() < kPlaced)
    words.fail("expected `name width height left bottom [specific-heat [resistivity]]` in metres");
  Block block{.name = words.text(0),
              .x_m = words.number(3),
              .y_m = words.number(4),
              .width_m = words.number(1),
              .height_m = words.number(2),
              .body = die_prefix(words.text(0), dies)};
  read_material(words, block, unknowns);
  if (block.width_m <= 0.0 || block.height_m <= 0.0)
    words.fail(fmt::format("block '{}' has no area: width and height must be positive", block.name));
  for (const double side_m : {block.width_m, block.height_m})
    if (side_m < kLeastSide_m || side_m > kMostSide_m)
      words.fail(fmt::format("block '{}' is {:.3g} m wide or high; sides are metres from {} to {}",
                             block.name, side_m, kLeastSide_m, kMostSide_m));
  for (const double from_m : {block.x_m, block.y_m})
    if (std::abs(from_m) > kMostSide_m)
      words.fail(fmt::format("block '{}' stands {:.3g} m from the corner; at most {} m", block.name, from_m,
                             kMostSide_m));
  return block;
}

// Blocks are compared in pairs, and the response of each to each other one is kept: 200 MB for so many.
constexpr std::size_t kMostBlocks = 5000;

/// Calls `visit(i, j)` for the blocks of one die that overlap. Sorted by their left edge, a block meets only
/// those that begin before it ends.
template <class Visit>
void for_each_overlap(const std::vector<Block>& blocks, Visit visit) {
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return blocks[a].x_m < blocks[b].x_m; });
  for (auto left = order.begin(); left != order.end(); ++left) {
    for (auto right = left + 1; right != order.end(); ++right) {
      const Block& a = blocks[*left];
      const Block& b = blocks[*right];
      if (b.x_m >= a.x_m + a.width_m) break;
      if (a.body == b.body && overlap_area_m2(a.rectangle(), b.rectangle()) > 0.0)
        visit(std::min(*left, *right), std::max(*left, *right));
    }
  }
}

/// Takes `depth_m` of an overlap along one axis from the longer side, which changes least.
void trim(double& a_from_m, double& a_size_m, double& b_from_m, double& b_size_m, double depth_m) {
  const bool a_first = a_from_m < b_from_m;
  if (a_size_m >= b_size_m) {
    if (!a_first) a_from_m += depth_m;
    a_size_m -= depth_m;
  } else {
    if (a_first) b_from_m += depth_m;
    b_size_m -= depth_m;
  }
}

/// What the edges of blocks are rounded to, in m: one unit of the last digit. A file of plain decimals has
/// one, as zeros at their ends may be left out; a number in scientific notation has its own.
class Rounding {
 public:
  void add(const Words& words) {
    for (std::size_t i = 1; i <= 4; ++i) file_m_ = std::min(file_m_, words.last_digit(i));
    own_.push_back({own_digit(words, 1, 3), own_digit(words, 2, 4)});
  }

  double x_m(std::size_t a, std::size_t b) const { return worst(own_[a].x_m, own_[b].x_m); }
  double y_m(std::size_t a, std::size_t b) const { return worst(own_[a].y_m, own_[b].y_m); }

 private:
  struct Digits {
    double x_m, y_m;
  };

  // Coarser digits than these are no rounding of a die's plan.
  static constexpr double kMostOfFile_m = 10e-6, kMostOfNumber_m = 100e-6;

  static double own_digit(const Words& words, std::size_t size, std::size_t position) {
    double digit_m = 0.0;
    for (const std::size_t i : {size, position})
      if (words.significant_decimals(i) >= 2) digit_m = std::max(digit_m, words.last_digit(i));
    return std::min(digit_m, kMostOfNumber_m);
  }
  double worst(double a_m, double b_m) const {
    return std::max({std::min(file_m_, kMostOfFile_m), a_m, b_m}) * (1.0 + 1e-6);
  }

  double file_m_ = 1.0;
  std::vector<Digits> own_;
};

/// Neighbours whose edges were rounded may overlap by as much: they are made to touch.
void snap_rounded_edges(std::vector<Block>& blocks, const Rounding& rounding) {
  for_each_overlap(blocks, [&](std::size_t i, std::size_t j) {
    Block& a = blocks[i];
    Block& b = blocks[j];
    const Rectangle p = a.rectangle(), q = b.rectangle();
    const double x_m = std::min(p.x1_m, q.x1_m) - std::max(p.x0_m, q.x0_m);
    const double y_m = std::min(p.y1_m, q.y1_m) - std::max(p.y0_m, q.y0_m);
    const auto rounded = [](double depth_m, double to_m, double shorter_m) {
      return depth_m <= to_m && 2.0 * depth_m < shorter_m;
    };
    if (x_m <= y_m && rounded(x_m, rounding.x_m(i, j), std::min(a.width_m, b.width_m)))
      trim(a.x_m, a.width_m, b.x_m, b.width_m, x_m);
    else if (y_m < x_m && rounded(y_m, rounding.y_m(i, j), std::min(a.height_m, b.height_m)))
      trim(a.y_m, a.height_m, b.y_m, b.height_m, y_m);
  });
}

/// `name name density`; a block's line has more.
bool is_wire(const Words& words) {
  return words.size() == kWire && !words.is_number(1) && words.is_number(2);
}

void check_wire(const Words& words, const std::set<std::string>& blocks) {
  for (const std::size_t end : {std::size_t{0}, std::size_t{1}})
    if (!blocks.contains(words.text(end)))
      words.fail(fmt::format("connects '{}', which is no block of this floorplan{}", words.text(end),
                             base::suggestion(words.text(end), {blocks.begin(), blocks.end()})));
}

}  // namespace

Floorplan parse_flp(std::string_view text, const std::string& place, const std::vector<std::string>& dies,
                    base::Unknowns& unknowns) {
  Floorplan floorplan;
  std::set<std::string> seen;
  std::vector<Words> wires;
  Rounding rounding;
  for (const Words& words : read_words(text, place)) {
    if (is_wire(words)) {
      wires.push_back(words);
      continue;
    }
    if (floorplan.blocks.size() == kMostBlocks)
      words.fail(
          fmt::format("is one block more than the {} that can be simulated; merge blocks", kMostBlocks));
    floorplan.blocks.push_back(parse_block(words, dies, unknowns));
    rounding.add(words);
    if (!seen.insert(floorplan.blocks.back().name).second)
      words.fail(fmt::format("block '{}' is named twice", floorplan.blocks.back().name));
  }
  if (floorplan.blocks.empty()) throw base::ConfigError({place, 1, 1}, "floorplan", "holds no block");
  for (const Words& wire : wires) check_wire(wire, seen);
  snap_rounded_edges(floorplan.blocks, rounding);
  return floorplan;
}

Floorplan read_flp(const std::string& path, const std::vector<std::string>& dies, base::Unknowns& unknowns) {
  return parse_flp(base::read_file(path), path, dies, unknowns);
}

Floorplan read_flp(const std::string& path, const std::vector<std::string>& dies) {
  base::Unknowns strict;
  return read_flp(path, dies, strict);
}

Floorplan parse_flp(std::string_view text, const std::string& place, const std::vector<std::string>& dies) {
  base::Unknowns strict;
  return parse_flp(text, place, dies, strict);
}

std::string flp_name(const Block& block) {
  return output::hotspot_word(block.body.empty() || block.name.starts_with(block.body + ".")
                                  ? block.name
                                  : block.body + "." + block.name);
}

std::string write_flp(const Floorplan& floorplan) {
  std::string text = "# name\twidth\theight\tleft\tbottom (m)\n";
  for (const Block& block : floorplan.blocks) {
    text += fmt::format("{}\t{}\t{}\t{}\t{}", flp_name(block), block.width_m, block.height_m, block.x_m,
                        block.y_m);
    if (block.volumetric_heat_j_m3k > 0.0 || block.resistivity_mk_w > 0.0)
      text += fmt::format("\t{}\t{}", block.volumetric_heat_j_m3k, block.resistivity_mk_w);
    text += '\n';
  }
  return text;
}

Rectangle bounding_box(const Floorplan& floorplan, const std::string& die) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  Rectangle box{kFar, kFar, -kFar, -kFar};
  for (const Block& block : floorplan.blocks) {
    if (block.body != die) continue;
    const Rectangle r = block.rectangle();
    box = {std::min(box.x0_m, r.x0_m), std::min(box.y0_m, r.y0_m), std::max(box.x1_m, r.x1_m),
           std::max(box.y1_m, r.y1_m)};
  }
  if (box.x1_m < box.x0_m)
    throw base::SimError(fmt::format("die '{}' has no block in the floorplan, so its size is unknown", die));
  return box;
}

void check_no_overlap(const Floorplan& floorplan) {
  // Coordinates rounded to 10 um let blocks of 2 mm overlap by that: no mistake of intent.
  constexpr double kRoundingShare = 5e-3 * (1.0 + 1e-9);
  const auto& blocks = floorplan.blocks;
  for_each_overlap(blocks, [&](std::size_t i, std::size_t j) {
    const Rectangle a = blocks[i].rectangle();
    const Rectangle b = blocks[j].rectangle();
    if (overlap_area_m2(a, b) > kRoundingShare * std::min(a.area_m2(), b.area_m2()))
      throw base::SimError(
          fmt::format("blocks '{}' and '{}' overlap by {:.4g} mm2; move or shrink one of them",
                      blocks[i].name, blocks[j].name, overlap_area_m2(a, b) * 1e6));
  });
}

}  // namespace kiln::thermal
