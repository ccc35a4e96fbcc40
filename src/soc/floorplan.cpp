// SPDX-License-Identifier: MIT
#include "soc/floorplan.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

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

double unit_area_m2(const SocConfig& soc, const UnitConfig& unit) {
  if (unit.area_m2) return *unit.area_m2;
  const AreaConfig& area = soc.area;
  switch (unit.kind) {
    case UnitKind::npu: {
      const double array = soc.npu.rows * static_cast<double>(soc.npu.cols) * area.processing_element_m2;
      const double vector = soc.npu.vector_lanes * area.vector_lane_m2;
      const double sram = static_cast<double>(soc.npu.local_sram_bytes) * area.sram_m2_per_byte;
      return area.tile_overhead * (array + vector + sram + soc.sparsity.lanes * area.sparsity_lane_m2);
    }
    case UnitKind::memory:
      return area.memory_port_m2;
    case UnitKind::gradient_sram:
      return static_cast<double>(soc.gradient_sram.sram.capacity_bytes) * area.sram_m2_per_byte;
    case UnitKind::host:
      return area.host_m2;
    case UnitKind::io:
      return area.io_m2;
  }
  return 0;
}

namespace {

constexpr const char* kRegulators = "regulators";

/// What stands at one mesh node, and how large it is.
struct Node {
  std::vector<std::size_t> blocks;  ///< indices into the floorplan
  double area_m2 = 0;
};

}  // namespace

ChipPlan plan_chip(const SocConfig& soc) {
  ChipPlan plan;
  std::vector<Node> nodes(static_cast<std::size_t>(soc.noc.nodes()));
  const auto add = [&](const std::string& name, double area, int node) {
    plan.floorplan.blocks.push_back({name, 0, 0, 0, 0, "soc"});
    plan.area_m2.push_back(area);
    nodes[static_cast<std::size_t>(node)].blocks.push_back(plan.area_m2.size() - 1);
    nodes[static_cast<std::size_t>(node)].area_m2 += area;
    return static_cast<int>(plan.area_m2.size()) - 1;
  };
  for (const UnitConfig& unit : soc.units)
    plan.unit_block.push_back(
        add(unit.name, unit_area_m2(soc, unit), unit.row * soc.noc.columns + unit.column));
  const double router = soc.area.router_m2_per_flit_byte * soc.noc.link_bytes;
  for (int node = 0; node < soc.noc.nodes(); ++node)
    plan.router_block.push_back(
        add(fmt::format("router_{}_{}", node % soc.noc.columns, node / soc.noc.columns), router, node));

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
        const double block_height = plan.area_m2[block] / node_width;
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
  plan.memory_block = static_cast<int>(plan.area_m2.size());
  plan.floorplan.blocks.push_back(
      {"memory", 0, 0, soc.memory.die_width_m, soc.memory.die_height_m, soc.memory.die});
  plan.area_m2.push_back(soc.memory.die_width_m * soc.memory.die_height_m);
  const std::vector<std::string> dies = thermal::die_names(soc.package);
  if (std::find(dies.begin(), dies.end(), kRegulators) != dies.end()) {
    const double side_m = soc.board.regulator_side_m;
    plan.regulator_block = static_cast<int>(plan.area_m2.size());
    plan.floorplan.blocks.push_back({kRegulators, 0, 0, side_m, side_m, kRegulators});
    plan.area_m2.push_back(side_m * side_m);
  }
  return plan;
}

}  // namespace kiln::soc
