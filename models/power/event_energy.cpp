// SPDX-License-Identifier: MIT
#include "power/event_energy.h"

#include <cmath>

#include "base/error.h"

namespace kiln::power {

namespace {

using stats::ActivityKind;
using stats::EnergySource;

constexpr double kBitsPerByte = 8;

double buffer_j(double base_j_per_bit, double entry_j_per_bit, const EventGeometry& geometry) {
  const double entries = static_cast<double>(geometry.virtual_channels) * geometry.buffer_flits;
  return geometry.flit_bits * (base_j_per_bit + entry_j_per_bit * entries);
}

double sram_byte_j(const SramEnergyConfig& sram, double capacity_bytes) {
  return kBitsPerByte * sram_read_j_per_bit(sram, capacity_bytes);
}

/// The member of tech.logic that bears the kind's name.
double logic_j(const LogicEnergyConfig& config, ActivityKind kind) {
  const auto find = [kind](const auto& logic) -> double {
#define KILN_LOGIC(name, unit, component, rail, source, meaning) \
  if constexpr (requires { logic.name##_j; }) {                  \
    if (kind == ActivityKind::name) return logic.name##_j;       \
  }
    KILN_ACTIVITY_KINDS(KILN_LOGIC)
#undef KILN_LOGIC
    throw base::SimError(fmt::format("power: tech.logic has no energy for {}", stats::name(kind)));
  };
  return find(config);
}

double nominal_j(const TechConfig& tech, ActivityKind kind, const EventGeometry& geometry) {
  const NocEnergyConfig& noc = tech.noc;
  const double local_j = sram_byte_j(tech.sram, geometry.local_sram_bytes);
  const double gradient_j = sram_byte_j(tech.sram, geometry.gradient_sram_bytes);
  switch (stats::about(kind).source) {
    case EnergySource::none:
      return 0;
    case EnergySource::logic:
      return logic_j(tech.logic, kind);
    case EnergySource::local_sram_read:
      return local_j;
    case EnergySource::local_sram_write:
      return tech.sram.write_ratio * local_j;
    case EnergySource::gradient_sram_read:
      return gradient_j;
    case EnergySource::gradient_sram_write:
      return tech.sram.write_ratio * gradient_j;
    case EnergySource::gradient_sram_update:  // read-modify-write: the mean of both directions
      return 0.5 * (1 + tech.sram.write_ratio) * gradient_j;
    case EnergySource::router_buffer_write:
      return buffer_j(noc.buffer_write_base_j_per_bit, noc.buffer_write_entry_j_per_bit, geometry);
    case EnergySource::router_buffer_read:
      return buffer_j(noc.buffer_read_base_j_per_bit, noc.buffer_read_entry_j_per_bit, geometry);
    case EnergySource::router_crossbar:
      return geometry.flit_bits * noc.crossbar_j_per_bit;
    case EnergySource::router_arbitration:
      return noc.arbitration_base_j + noc.arbitration_channel_j * geometry.virtual_channels;
    case EnergySource::link:
      return geometry.flit_bits * noc.link_mm_j_per_bit;
    case EnergySource::dram_activate:
      return tech.dram.activate_j;
    case EnergySource::dram_read:
      return kBitsPerByte * tech.dram.read_j_per_bit;
    case EnergySource::dram_write:
      return kBitsPerByte * tech.dram.write_j_per_bit;
    case EnergySource::dram_refresh:
      return tech.dram.refresh_j;
    case EnergySource::dram_bank_refresh:
      return tech.dram.bank_refresh_j;
    case EnergySource::dram_check_read:
      return kBitsPerByte * tech.dram.check_read_j_per_bit;
    case EnergySource::dram_check_write:
      return kBitsPerByte * tech.dram.check_write_j_per_bit;
    case EnergySource::dram_cipher:
      return kBitsPerByte * tech.dram.cipher_j_per_bit;
    case EnergySource::dram_io:
      return kBitsPerByte * tech.dram.io_j_per_bit;
    case EnergySource::external_io:
      return kBitsPerByte * tech.io_j_per_bit;
  }
  throw base::SimError("power: not a source of joules");
}

}  // namespace

bool follows_core_voltage(ActivityKind kind) {
  return stats::about(kind).rail == stats::Rail::core;
}

double sram_read_j_per_bit(const SramEnergyConfig& sram, double capacity_bytes) {
  const auto& points = sram.points;
  KILN_CHECK(!points.empty(), "power: the SRAM energy table is empty");
  KILN_CHECK(capacity_bytes > 0, "power: an SRAM of {} bytes", capacity_bytes);
  if (points.size() == 1 || capacity_bytes <= points.front().capacity_bytes)
    return points.front().energy_j_per_bit;
  std::size_t upper = 1;
  while (upper + 1 < points.size() && points[upper].capacity_bytes < capacity_bytes) ++upper;
  const SramPointConfig& low = points[upper - 1];
  const SramPointConfig& high = points[upper];
  const double slope = std::log(high.energy_j_per_bit / low.energy_j_per_bit) /
                       std::log(high.capacity_bytes / low.capacity_bytes);
  return low.energy_j_per_bit * std::pow(capacity_bytes / low.capacity_bytes, slope);
}

EnergyTable::EnergyTable(const TechConfig& tech, const EventGeometry& geometry)
    : nominal_voltage_v_(tech.nominal_voltage_v) {
  if (geometry.flit_bits <= 0 || geometry.virtual_channels <= 0 || geometry.buffer_flits <= 0 ||
      geometry.local_sram_bytes <= 0 || geometry.gradient_sram_bytes <= 0)
    throw base::SimError(
        "power: flit width, virtual channels, buffers and memories must have a size above zero");
  for (std::size_t i = 0; i < stats::kActivityKinds; ++i)
    nominal_j_[i] = nominal_j(tech, static_cast<ActivityKind>(i), geometry);
}

double EnergyTable::event_j(ActivityKind kind, double voltage_v) const {
  const double ratio = follows_core_voltage(kind) ? voltage_v / nominal_voltage_v_ : 1.0;
  return nominal_j_[static_cast<std::size_t>(kind)] * ratio * ratio;
}

double EnergyTable::activity_j(const stats::Counts& counts, double voltage_v) const {
  double energy_j = 0;
  for (std::size_t i = 0; i < stats::kActivityKinds; ++i)
    if (counts[i] != 0)
      energy_j += static_cast<double>(counts[i]) * event_j(static_cast<ActivityKind>(i), voltage_v);
  return energy_j;
}

double event_energy_j(const TechConfig& tech, ActivityKind kind, double voltage_v,
                      const EventGeometry& geometry) {
  const double ratio = follows_core_voltage(kind) ? voltage_v / tech.nominal_voltage_v : 1.0;
  return nominal_j(tech, kind, geometry) * ratio * ratio;
}

}  // namespace kiln::power
