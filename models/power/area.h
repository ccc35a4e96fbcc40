// SPDX-License-Identifier: MIT
// Silicon of the pieces that a chip's blocks are made of, at one node.
#pragma once

#include "lowering/cost/pe_registers.h"
#include "power/tech.h"

namespace kiln::power {

/// Area of a block by what it is made of, in square metres: they leak and are clocked differently.
struct BlockArea {
  double logic = 0;
  double array = 0;  ///< logic of the MAC array: its registers' clock is counted by cycles
  double sram = 0;
  double phy = 0;    ///< drivers, receivers, SerDes: does not shrink with the node
  double spare = 0;  ///< between blocks: no transistors

  double total() const { return logic + array + sram + phy + spare; }
};

/// `gates` two-input NANDs of random logic with their layout.
double gates_area_m2(const TechConfig& tech, double gates);
double flip_flops_area_m2(const TechConfig& tech, double bits);
double transistors_area_m2(const TechConfig& tech, double transistors);
/// Single-port macros of `bytes` together.
double sram_area_m2(const TechConfig& tech, double bytes);
/// One processing element with its part of the array's edges and wires.
double pe_area_m2(const TechConfig& tech, const lowering::PeShape& pe);
/// One FP32 lane of the vector unit with its registers.
double vector_lane_area_m2(const TechConfig& tech);
double sparsity_lane_area_m2(const TechConfig& tech);

}  // namespace kiln::power
