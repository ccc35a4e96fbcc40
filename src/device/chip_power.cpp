// SPDX-License-Identifier: MIT
#include "device/chip_power.h"

#include <algorithm>
#include <cmath>

#include "dram/energy.h"
#include "noc/topology.h"

namespace kiln::device {

namespace {

power::EventGeometry geometry_of(const soc::SocConfig& soc) {
  power::EventGeometry geometry;
  geometry.flit_bits = soc.noc.link_bytes * 8;
  geometry.virtual_channels = soc.noc.virtual_channels;
  geometry.buffer_flits = soc.noc.buffer_depth;
  geometry.router_ports = noc::port_ratio(soc.noc);
  const npu::NpuConfig& npu = soc.npu;
  const auto shape = [](std::uint64_t bytes, std::uint64_t bank) {
    return power::SramShape{static_cast<double>(bytes), static_cast<double>(bank)};
  };
  geometry.local_sram = shape(npu.local_sram_bytes, npu.local_sram_bank_bytes);
  if (npu.accumulator_sram_bytes > 0)
    geometry.accumulators = shape(npu.accumulator_sram_bytes, npu.local_sram_bank_bytes);
  const sram::SramConfig& gradient = soc.gradient_sram.sram;
  geometry.gradient_sram = {static_cast<double>(gradient.capacity_bytes),
                            static_cast<double>(gradient.capacity_bytes) / gradient.banks};
  geometry.pe = npu.pe();
  geometry.host_core = soc.host.core;
  geometry.memory_on_core = soc.domains.memory.supply == soc::Supply::core;
  return geometry;
}

}  // namespace

power::TechConfig tech_with_memory(const soc::SocConfig& soc) {
  const dram::DramConfig& dram = soc.memory.dram;
  const auto pj = [&](auto set) {
    dram::CommandCounts counts;
    set(counts);
    return dram::energy(dram, counts, 0.0);
  };
  power::TechConfig tech = soc.tech;
  const double access_bits = dram.organisation.access_bytes * 8.0;
  const dram::EnergyPj read = pj([&](auto& c) {
    c.reads = 1;
    c.bytes_read = static_cast<std::uint64_t>(dram.organisation.access_bytes);
  });
  const dram::EnergyPj write = pj([&](auto& c) {
    c.writes = 1;
    c.bytes_written = static_cast<std::uint64_t>(dram.organisation.access_bytes);
  });
  tech.dram.activate_j = pj([](auto& c) {
                           c.activates = 1;
                           c.precharges = 1;
                         }).activate *
                         1e-12;
  tech.dram.read_j_per_bit = read.read * 1e-12 / access_bits;
  tech.dram.write_j_per_bit = write.write * 1e-12 / access_bits;
  tech.dram.io_j_per_bit = 0.5 * (read.io + write.io) * 1e-12 / access_bits;
  tech.dram.phy_j_per_bit = dram.phy.energy_j_per_bit;
  tech.dram.refresh_j = pj([](auto& c) { c.refreshes_all_bank = 1; }).refresh * 1e-12;
  tech.dram.bank_refresh_j = pj([](auto& c) { c.refreshes_per_bank = 1; }).refresh * 1e-12;
  tech.dram.check_read_j_per_bit = read.ecc * 1e-12 / access_bits;
  tech.dram.check_write_j_per_bit = write.ecc * 1e-12 / access_bits;
  tech.dram.cipher_j_per_bit = 0.5 * (read.encryption + write.encryption) * 1e-12 / access_bits;
  const double parts = dram.organisation.pseudo_channels * dram.organisation.ranks;
  // On-die scrubbing goes on by itself.
  const double scrub_pj = dram::energy(dram, {}, 1.0).ecc;
  const double standby_pj = pj([&](auto& c) { c.active_standby_s = parts; }).background_active + scrub_pj;
  const double area = soc.memory.die_width_m * soc.memory.die_height_m;
  tech.dram.standby_w_per_m2 = standby_pj * 1e-12 * dram.organisation.channels / area;
  if (standby_pj > 0)
    tech.dram.self_refresh_share = pj([&](auto& c) { c.self_refresh_s = parts; }).power_down / standby_pj;
  return tech;
}

ChipPower::ChipPower(const soc::SocConfig& soc, const soc::ChipPlan& plan)
    : tech_(tech_with_memory(soc)),
      table_(tech_, geometry_of(soc)),
      domains_(soc.domains),
      uncore_(soc.uncore),
      sram_floor_v_(soc.gradient_sram.minimum_voltage_v),
      top_hz_(soc.top_frequency_hz()),
      host_hz_(soc.host.clock_hz),
      // Controllers run at the command clock, as fast as the node's logic does.
      memory_hz_(std::min(soc.memory.dram.clock_hz, tech_.speed.nominal_frequency_hz)),
      phy_standby_w_(soc.memory.dram.phy.standby_w * soc.memory.dram.organisation.channels /
                     soc.count(soc::UnitKind::memory)),
      refresh_w_(dram::refresh_w(soc.memory.dram, 1) * soc.memory.dram.organisation.channels) {
  for (const soc::AreaParts& parts : plan.parts) areas_.push_back(soc::block_area(parts));
  types_.assign(plan.parts.size(), power::BlockType::noc);
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    types_[static_cast<std::size_t>(plan.unit_block[u])] = soc::block_type(soc.units[u].kind);
  types_[static_cast<std::size_t>(plan.memory_block)] = power::BlockType::dram_die;
  if (plan.regulator_block >= 0)
    types_[static_cast<std::size_t>(plan.regulator_block)] = power::BlockType::regulator;
}

soc::DomainConfig ChipPower::domain(std::size_t block) const {
  switch (types_[block]) {
    case power::BlockType::npu:
    case power::BlockType::sram:
    case power::BlockType::noc:
    case power::BlockType::regulator:
      break;
    case power::BlockType::cpu:
      return domains_.host;
    case power::BlockType::io:
      return domains_.io;
    case power::BlockType::memory_controller:
    case power::BlockType::dram_die:
      return domains_.memory;
  }
  return {.supply = soc::Supply::core, .voltage_v = {}, .idle = domains_.core.idle};
}

bool ChipPower::is_core(std::size_t block) const {
  return types_[block] == power::BlockType::npu || types_[block] == power::BlockType::sram ||
         types_[block] == power::BlockType::noc;
}

bool ChipPower::follows_core(std::size_t block) const {
  return domain(block).supply == soc::Supply::core;
}

double ChipPower::voltage_of(std::size_t block, double core_v) const {
  if (!follows_core(block)) return domain(block).voltage_v.value_or(tech_.nominal_voltage_v);
  return types_[block] == power::BlockType::sram ? std::max(core_v, sram_floor_v_) : core_v;
}

double ChipPower::clock_hz(std::size_t block, const sim::OperatingPoint& point) const {
  const double share = follows_core(block) ? point.frequency_hz / top_hz_ : 1;
  switch (types_[block]) {
    case power::BlockType::cpu:
    case power::BlockType::io:  // beside the host, at its bus
      return host_hz_ * share;
    case power::BlockType::memory_controller:
      return memory_hz_ * point.memory_clock_factor;
    case power::BlockType::noc:
      return point.noc_frequency_hz;
    default:
      return point.frequency_hz;
  }
}

double ChipPower::uncore_w(std::size_t block, power::PowerState state) const {
  if (state == power::PowerState::power_gated) return 0;
  if (types_[block] == power::BlockType::memory_controller) return phy_standby_w_;
  if (types_[block] == power::BlockType::cpu) return uncore_.plls * uncore_.pll_w + uncore_.always_on_w;
  return 0;
}

double ChipPower::idle_refresh_w(std::size_t block, double refresh_rate, power::PowerState state) const {
  const bool awake = state == power::PowerState::clock_gated && types_[block] == power::BlockType::dram_die &&
                     domain(block).idle == power::PowerState::active;
  return awake ? refresh_w_ * refresh_rate : 0;
}

double ChipPower::dynamic_j(std::size_t block, const stats::Counts& counts, double voltage_v) const {
  return table_.activity_j(counts, voltage_of(block, voltage_v));
}

StaticPower ChipPower::statics(const sim::OperatingPoint& point, power::PowerState state) const {
  StaticPower statics;
  for (std::size_t b = 0; b < blocks(); ++b) {
    const power::PowerState own = state == power::PowerState::clock_gated ? domain(b).idle : state;
    const double voltage_v = voltage_of(b, point.voltage_v);
    statics.clock_w.push_back(power::idle_w(tech_, types_[b], areas_[b], voltage_v, clock_hz(b, point), own));
    statics.uncore_w.push_back(uncore_w(b, state));
    // A memory that is on the chip or beside it refreshes itself while its domain rests.
    power::LeakageLaw leakage = power::leakage_law(tech_, types_[b], areas_[b], voltage_v, own);
    // A memory on the chip's own rail leaks as the chip does.
    if (types_[b] == power::BlockType::dram_die && follows_core(b))
      leakage.amplitude_w *=
          std::pow(voltage_v / tech_.nominal_voltage_v, tech_.static_power.voltage_exponent);
    leakage.amplitude_w += idle_refresh_w(b, point.refresh_rate, state);
    statics.leakage.emplace_back(leakage);
  }
  return statics;
}

}  // namespace kiln::device
