// SPDX-License-Identifier: MIT
#include "device/chip_power.h"

#include "dram/energy.h"

namespace kiln::device {

using stats::ActivityKind;

namespace {

power::EventGeometry geometry_of(const soc::SocConfig& soc) {
  power::EventGeometry geometry;
  geometry.flit_bits = soc.noc.link_bytes * 8;
  geometry.virtual_channels = soc.noc.virtual_channels;
  geometry.buffer_flits = soc.noc.buffer_depth;
  geometry.local_sram_bytes = static_cast<double>(soc.npu.local_sram_bytes);
  geometry.gradient_sram_bytes =
      static_cast<double>(soc.gradient_sram.sram.capacity_bytes) / soc.gradient_sram.sram.banks;
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
      area_m2_(plan.area_m2),
      sram_floor_v_(soc.gradient_sram.minimum_voltage_v) {
  types_.assign(plan.area_m2.size(), power::BlockType::noc);
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    types_[static_cast<std::size_t>(plan.unit_block[u])] = soc::block_type(soc.units[u].kind);
  types_[static_cast<std::size_t>(plan.memory_block)] = power::BlockType::dram_die;
  if (plan.regulator_block >= 0)
    types_[static_cast<std::size_t>(plan.regulator_block)] = power::BlockType::regulator;
}

bool ChipPower::follows_core(std::size_t block) const {
  switch (types_[block]) {
    case power::BlockType::npu:
    case power::BlockType::sram:
    case power::BlockType::noc:
      return true;
    case power::BlockType::memory_controller:
    case power::BlockType::cpu:
    case power::BlockType::io:
    case power::BlockType::dram_die:
    case power::BlockType::regulator:
      return false;
  }
  return true;
}

double ChipPower::voltage_of(std::size_t block, double core_v) const {
  if (!follows_core(block)) return tech_.nominal_voltage_v;
  return types_[block] == power::BlockType::sram ? std::max(core_v, sram_floor_v_) : core_v;
}

double ChipPower::dynamic_j(std::size_t block, const stats::Counts& counts, double voltage_v) const {
  double sum = 0;
  const double voltage = voltage_of(block, voltage_v);
  for (std::size_t k = 0; k < stats::kActivityKinds; ++k)
    if (counts[k] != 0)
      sum += static_cast<double>(counts[k]) * table_.event_j(static_cast<ActivityKind>(k), voltage);
  return sum;
}

StaticPower ChipPower::statics(const sim::OperatingPoint& point, power::PowerState state) const {
  StaticPower statics;
  for (std::size_t b = 0; b < blocks(); ++b) {
    const double voltage_v = voltage_of(b, point.voltage_v);
    const double hz = follows_core(b) ? point.frequency_hz : tech_.speed.nominal_frequency_hz;
    statics.clock_w.push_back(power::idle_w(tech_, types_[b], area_m2_[b], voltage_v, hz, state));
    statics.leakage.emplace_back(power::leakage_law(tech_, types_[b], area_m2_[b], voltage_v, state));
  }
  return statics;
}

}  // namespace kiln::device
