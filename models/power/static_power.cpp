// SPDX-License-Identifier: MIT
#include "power/static_power.h"

#include "base/error.h"
#include "power/event_energy.h"

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

std::span<const config::EnumName<PowerState>> enum_names(const PowerState*) {
  static constexpr config::EnumName<PowerState> kNames[] = {{PowerState::active, "active"},
                                                            {PowerState::clock_gated, "clock_gated"},
                                                            {PowerState::power_gated, "power_gated"}};
  return kNames;
}

LeakageLaw leakage_law(const TechConfig& tech, BlockType type, const BlockArea& area, double voltage_v,
                       PowerState state) {
  const StaticPowerConfig& config = tech.static_power;
  if (type == BlockType::regulator) return {};
  if (type == BlockType::dram_die) {
    const double share = state == PowerState::active ? 1.0 : tech.dram.self_refresh_share;
    return {share * area.total() * tech.dram.standby_w_per_m2, 0, 0, config.reference_temperature_c};
  }
  const auto nominal_w = [state](const BlockStaticConfig& figures, double area_m2) {
    return area_m2 * figures.leakage_w_per_m2 *
           (state == PowerState::power_gated ? figures.power_gated_share : 1.0);
  };
  const double total_w = (nominal_w(block(config, type), area.logic + area.array) +
                          nominal_w(config.sram, area.sram) + nominal_w(config.io, area.phy)) *
                         std::pow(voltage_v / tech.nominal_voltage_v, config.voltage_exponent);
  return {(1 - config.floor_share) * total_w, config.slope_per_k, config.floor_share * total_w,
          config.reference_temperature_c};
}

double idle_w(const TechConfig& tech, BlockType type, const BlockArea& area, double voltage_v,
              double frequency_hz, PowerState state) {
  if (type == BlockType::dram_die || type == BlockType::regulator || state == PowerState::power_gated)
    return 0;
  const StaticPowerConfig& config = tech.static_power;
  const double gated = config.clock_gated_share;
  const double clocked_m2 =
      area.logic * (state == PowerState::clock_gated ? gated : 1.0) + area.array * gated;
  const double bits = clocked_m2 * tech.area.utilisation * tech.flip_flop.area_share / tech.flip_flop.area_m2;
  const double ratio = voltage_v / tech.nominal_voltage_v;
  return bits * block(config, type).clocked_share * register_clock_j(tech) * frequency_hz * ratio * ratio;
}

}  // namespace kiln::power
