// SPDX-License-Identifier: MIT
#include "power/area.h"

#include <algorithm>
#include <array>

namespace kiln::power {

namespace {

using lowering::kFormats;
using workload::Precision;

/// Gates of multiplier, adder and their control without registers. Generated Verilog through synthesis on
/// NanGate45 and ASAP7, over the NAND2 of each: the two agree within 12 %. FP32: Horowitz's areas, which are
/// 4.7 and 3.1 times those of FP16.
constexpr std::array<double, kFormats> kGates = {245, 780, 2570, 720, 2200, 1800, 9000};

/// Edges, double-buffered weights, distribution: 400 um2 a BF16 element of whole 7 nm arrays over 239 of its
/// synthesised cells; 240 to 854 are published.
constexpr double kArrayFactor = 1.5;

constexpr double kVectorLaneGates = 20'000;    // estimate: FP32 multiply-add, special functions, 32 registers
constexpr double kSparsityLaneGates = 12'000;  // estimate: compare, count, scale, pack

}  // namespace

double gates_area_m2(const TechConfig& tech, double gates) {
  return gates * tech.area.gate_m2 / tech.area.utilisation;
}

double flip_flops_area_m2(const TechConfig& tech, double bits) {
  return bits * tech.flip_flop.area_m2 / tech.area.utilisation;
}

double transistors_area_m2(const TechConfig& tech, double transistors) {
  return transistors * tech.area.transistor_m2;
}

double sram_area_m2(const TechConfig& tech, double bytes) {
  return bytes * kBitsPerByte * tech.sram.cell_m2 / tech.sram.efficiency;
}

double pe_area_m2(const TechConfig& tech, const lowering::PeShape& pe) {
  // Formats of a kind share one datapath, as wide as the largest needs; integers and floats have one each.
  double integer = 0, floating = 0, bits = 0;
  for (std::size_t i = 0; i < kFormats; ++i) {
    const auto format = static_cast<Precision>(i);
    if (pe.lanes[i] <= 0) continue;
    double& gates = lowering::is_floating(format) ? floating : integer;
    gates = std::max(gates, pe.lanes[i] * kGates[i]);
    bits = std::max(bits, lowering::clocked_bits(pe, format));
  }
  return kArrayFactor * (gates_area_m2(tech, integer + floating) + flip_flops_area_m2(tech, bits)) +
         sram_area_m2(tech, pe.storage_bytes);
}

double vector_lane_area_m2(const TechConfig& tech) {
  return gates_area_m2(tech, kVectorLaneGates);
}

double sparsity_lane_area_m2(const TechConfig& tech) {
  return gates_area_m2(tech, kSparsityLaneGates);
}

}  // namespace kiln::power
