// SPDX-License-Identifier: MIT
#include "power/static_power.h"

#include "base/error.h"

namespace kiln::power {

namespace {

const BlockStaticConfig& block(const StaticPowerConfig& config, BlockType type) {
  switch (type) {
    case BlockType::npu:
      return config.npu;
    case BlockType::sram:
      return config.sram;
    case BlockType::noc:
      return config.noc;
    case BlockType::memory_controller:
      return config.memory_controller;
    case BlockType::cpu:
      return config.cpu;
    case BlockType::io:
      return config.io;
    case BlockType::dram_die:
    case BlockType::regulator:
      break;
  }
  throw base::SimError("power: no static-power record for this block type");
}

}  // namespace

LeakageLaw leakage_law(const TechConfig& tech, BlockType type, double area_m2, double voltage_v,
                       PowerState state) {
  const StaticPowerConfig& config = tech.static_power;
  if (type == BlockType::regulator) return {};
  if (type == BlockType::dram_die) {
    const double share = state == PowerState::active ? 1.0 : tech.dram.self_refresh_share;
    return {share * area_m2 * tech.dram.standby_w_per_m2, 0, 0, config.reference_temperature_c};
  }
  const BlockStaticConfig& figures = block(config, type);
  const double share = state == PowerState::power_gated ? figures.power_gated_share : 1.0;
  const double total_w = share * area_m2 * figures.leakage_w_per_m2 *
                         std::pow(voltage_v / tech.nominal_voltage_v, config.voltage_exponent);
  return {(1 - config.floor_share) * total_w, config.slope_per_k, config.floor_share * total_w,
          config.reference_temperature_c};
}

double idle_w(const TechConfig& tech, BlockType type, double area_m2, double voltage_v, double frequency_hz,
              PowerState state) {
  if (type == BlockType::dram_die || type == BlockType::regulator || state == PowerState::power_gated)
    return 0;
  const StaticPowerConfig& config = tech.static_power;
  const double share = state == PowerState::clock_gated ? config.clock_gated_share : 1.0;
  const double ratio = voltage_v / tech.nominal_voltage_v;
  return share * area_m2 * block(config, type).clock_tree_w_per_m2 *
         (frequency_hz / config.clock_reference_hz) * ratio * ratio;
}

}  // namespace kiln::power
