// SPDX-License-Identifier: MIT
#include "soc/floorplan.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "noc/topology.h"
#include "power/board.h"

namespace kiln::soc {

power::BlockType block_type(UnitKind kind) {
  switch (kind) {
    case UnitKind::npu:
      return power::BlockType::npu;
    case UnitKind::memory:
      return power::BlockType::memory_controller;
    case UnitKind::gradient_sram:
      return power::BlockType::sram;
    case UnitKind::host:
      return power::BlockType::cpu;
    case UnitKind::io:
      return power::BlockType::io;
  }
  return power::BlockType::io;
}

namespace {

constexpr const char* kRegulators = "regulators";

AreaPart footprint(double area_m2) {
  return {"footprint", Silicon::spare, area_m2, "given"};
}

/// What stands at one node, and how large it is.
struct Node {
  std::vector<std::size_t> blocks;  ///< indices into the floorplan
  double area_m2 = 0;
};

}  // namespace

ChipPlan plan_chip(const SocConfig& soc) {
  ChipPlan plan;
  std::vector<Node> nodes(static_cast<std::size_t>(soc.noc.nodes()));
  std::vector<double> areas_m2;
  const auto add = [&](const std::string& name, AreaParts parts, int node) {
    parts.push_back(spare_part(soc, parts));
    const double area_m2 = block_area(parts).total();
    plan.floorplan.blocks.push_back({name, 0, 0, 0, 0, "soc"});
    plan.parts.push_back(std::move(parts));
    areas_m2.push_back(area_m2);
    nodes[static_cast<std::size_t>(node)].blocks.push_back(areas_m2.size() - 1);
    nodes[static_cast<std::size_t>(node)].area_m2 += area_m2;
    return static_cast<int>(areas_m2.size()) - 1;
  };
  for (const UnitConfig& unit : soc.units)
    plan.unit_block.push_back(
        add(unit.name, unit_parts(soc, unit), unit.row * soc.noc.columns + unit.column));
  const noc::Topology topology(soc.noc);
  for (int router = 0; router < topology.routers(); ++router) {
    const int node = topology.home(router);
    plan.router_block.push_back(
        add(fmt::format("router_{}_{}", node % soc.noc.columns, node / soc.noc.columns), router_parts(soc),
            node));
  }

  for (const Node& node : nodes) plan.die_area_m2 += node.area_m2;
  const double width = std::sqrt(plan.die_area_m2 * soc.area.aspect_ratio);
  double y = 0;
  for (int row = 0; row < soc.noc.rows; ++row) {
    double row_area = 0;
    for (int column = 0; column < soc.noc.columns; ++column)
      row_area += nodes[static_cast<std::size_t>(row * soc.noc.columns + column)].area_m2;
    const double height = row_area / width;
    double x = 0;
    for (int column = 0; column < soc.noc.columns; ++column) {
      const Node& node = nodes[static_cast<std::size_t>(row * soc.noc.columns + column)];
      const double node_width = node.area_m2 / height;
      double top = y;  // the node's blocks stand on one another
      for (const std::size_t block : node.blocks) {
        const double block_height = areas_m2[block] / node_width;
        thermal::Block& b = plan.floorplan.blocks[block];
        b.x_m = x;
        b.y_m = top;
        b.width_m = node_width;
        b.height_m = block_height;
        top += block_height;
      }
      x += node_width;
    }
    y += height;
  }
  plan.memory_block = static_cast<int>(plan.parts.size());
  plan.floorplan.blocks.push_back(
      {"memory", 0, 0, soc.memory.die_width_m, soc.memory.die_height_m, soc.memory.die});
  plan.parts.push_back({footprint(soc.memory.die_width_m * soc.memory.die_height_m)});
  const std::vector<std::string> dies = thermal::die_names(soc.package);
  if (std::find(dies.begin(), dies.end(), kRegulators) != dies.end()) {
    const double side_m = power::regulator_side_m(soc.board);
    plan.regulator_block = static_cast<int>(plan.parts.size());
    plan.floorplan.blocks.push_back({kRegulators, 0, 0, side_m, side_m, kRegulators});
    plan.parts.push_back({footprint(side_m * side_m)});
  }
  return plan;
}

}  // namespace kiln::soc
