// SPDX-License-Identifier: MIT
#include "soc/target.h"

#include "dram/bulk_channel.h"
#include "power/event_energy.h"
#include "power/static_power.h"
#include "soc/address_maps.h"
#include "soc/floorplan.h"

namespace kiln::soc {

namespace {

/// Of the units at the node's nominal voltage and its reference temperature, at work.
double static_w(const SocConfig& soc) {
  double sum = 0;
  for (const UnitConfig& unit : soc.units) {
    const power::BlockType type = block_type(unit.kind);
    const power::BlockArea area = block_area(unit_parts(soc, unit));
    const double voltage_v = soc.tech.nominal_voltage_v;
    const power::LeakageLaw leakage =
        power::leakage_law(soc.tech, type, area, voltage_v, power::PowerState::active);
    sum += leakage.power_w(leakage.reference_c) +
           power::idle_w(soc.tech, type, area, voltage_v, soc.top_frequency_hz(), power::PowerState::active);
  }
  return sum;
}

}  // namespace

lowering::DataflowRule dataflow_rule(const SocConfig& soc, lowering::Objective objective) {
  lowering::DataflowRule rule;
  rule.objective = objective;
  rule.write_energy = soc.tech.sram.write_ratio;
  if (objective == lowering::Objective::time) return rule;
  const double byte_j =
      8 * power::sram_read_j_per_bit(soc.tech, {static_cast<double>(soc.npu.local_sram_bytes),
                                                static_cast<double>(soc.npu.local_sram_bank_bytes)});
  rule.cycle_energy = static_w(soc) / soc.count(UnitKind::npu) / soc.top_frequency_hz() / byte_j;
  return rule;
}

lowering::Target make_target(const SocConfig& soc, lowering::Objective objective) {
  lowering::Target target;
  target.tiles = soc.count(UnitKind::npu);
  target.array_rows = soc.npu.rows;
  target.array_columns = soc.npu.cols;
  target.law = soc.npu.law;
  target.edge_aware_skew = soc.npu.edge_aware_skew;
  target.convolutions = soc.npu.convolutions;
  target.macs_per_pe_per_cycle = [npu = soc.npu](workload::Precision precision) {
    return npu.macs_per_pe_per_cycle(precision);
  };
  const auto choice = [&](const std::optional<npu::DataflowChoice>& phase) {
    return npu::dataflow_of(phase.value_or(soc.npu.dataflow));
  };
  target.forward_dataflow = choice(soc.npu.forward_dataflow);
  target.dgrad_dataflow = choice(soc.npu.dgrad_dataflow);
  target.wgrad_dataflow = choice(soc.npu.wgrad_dataflow);
  target.accumulator_bytes = soc.npu.accumulator_bytes;
  target.dataflow_rule = dataflow_rule(soc, objective);
  target.accumulator_sram_bytes = soc.npu.accumulator_sram_bytes;
  target.sparsity.scheme = soc.npu.sparsity.scheme;
  target.sparsity.n = soc.npu.sparsity.n;
  target.sparsity.m = soc.npu.sparsity.m;
  target.vector_lanes = soc.npu.vector_lanes;
  target.codec_cycles = [engine = soc.sparsity](const compression::WorkCounts& work) {
    return sparsity::cost(engine, work).cycles;
  };
  target.local_sram_bytes = soc.npu.local_sram_bytes;
  target.resident_share = soc.resident_share;
  if (const auto map = gradient_sram_address_map(soc)) target.gradient_sram_bytes = map->capacity();
  const dram::OrganisationConfig& org = soc.memory.dram.organisation;
  target.dram_bytes = dram_address_map(soc).capacity();
  target.alignment_bytes = soc.memory.interleave_bytes;
  target.dram_bytes_per_cycle =
      dram::BulkChannel(soc.memory.dram, 0).peak_bytes_per_second() * org.channels / soc.top_frequency_hz();
  target.link_bytes_per_cycle = soc.noc.link_bytes * soc.noc_clock_ratio;
  return target;
}

}  // namespace kiln::soc
