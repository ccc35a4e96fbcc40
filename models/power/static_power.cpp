// SPDX-License-Identifier: MIT
#include "power/static_power.h"

#include <cmath>

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
      break;
  }
  throw base::SimError("power: no static-power record for this block type");
}

/// A leakage law reduced to amplitude * exp(slope * (T - T0)) + floor.
struct Exponential {
  double amplitude_w = 0;
  double slope_per_k = 0;
  double floor_w = 0;
  double reference_c = 0;

  double thermal_w(double temperature_c) const {
    return amplitude_w * std::exp(slope_per_k * (temperature_c - reference_c));
  }
};

Exponential law(const TechConfig& tech, BlockType type, double area_m2, double voltage_v, PowerState state) {
  const StaticPowerConfig& config = tech.static_power;
  if (type == BlockType::dram_die) {
    const double share = state == PowerState::active ? 1.0 : tech.dram.self_refresh_share;
    return {share * area_m2 * tech.dram.standby_w_per_m2, tech.dram.standby_slope_per_k, 0,
            config.reference_temperature_c};
  }
  const BlockStaticConfig& figures = block(config, type);
  const double share = state == PowerState::power_gated ? figures.power_gated_share : 1.0;
  const double total_w = share * area_m2 * figures.leakage_w_per_m2 *
                         std::pow(voltage_v / tech.nominal_voltage_v, config.voltage_exponent);
  return {(1 - config.floor_share) * total_w, config.slope_per_k, config.floor_share * total_w,
          config.reference_temperature_c};
}

}  // namespace

double leakage_w(const TechConfig& tech, BlockType type, double area_m2, double voltage_v,
                 double temperature_c, PowerState state) {
  const Exponential curve = law(tech, type, area_m2, voltage_v, state);
  return curve.thermal_w(temperature_c) + curve.floor_w;
}

double leakage_slope_w_per_k(const TechConfig& tech, BlockType type, double area_m2, double voltage_v,
                             double temperature_c, PowerState state) {
  const Exponential curve = law(tech, type, area_m2, voltage_v, state);
  return curve.slope_per_k * curve.thermal_w(temperature_c);
}

double idle_w(const TechConfig& tech, BlockType type, double area_m2, double voltage_v, double frequency_hz,
              PowerState state) {
  if (type == BlockType::dram_die || state == PowerState::power_gated) return 0;
  const StaticPowerConfig& config = tech.static_power;
  const double share = state == PowerState::clock_gated ? config.clock_gated_share : 1.0;
  const double ratio = voltage_v / tech.nominal_voltage_v;
  return share * area_m2 * block(config, type).clock_tree_w_per_m2 *
         (frequency_hz / config.clock_reference_hz) * ratio * ratio;
}

}  // namespace kiln::power
