// SPDX-License-Identifier: MIT
#include "soc/plant.h"

#include "dram/bulk_channel.h"
#include "soc/address_maps.h"

namespace kiln::soc {

lowering::Target make_target(const SocConfig& soc) {
  lowering::Target target;
  target.tiles = soc.count(UnitKind::npu);
  target.array_rows = soc.npu.rows;
  target.array_columns = soc.npu.cols;
  target.law = soc.npu.law;
  target.edge_aware_skew = soc.npu.edge_aware_skew;
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
  const double clock =
      soc.operating_points.points.empty() ? 1e9 : soc.operating_points.points.back().frequency_hz;
  target.dram_bytes_per_cycle =
      dram::BulkChannel(soc.memory.dram, 0).peak_bytes_per_second() * org.channels / clock;
  target.link_bytes_per_cycle = soc.noc.link_bytes * soc.noc_clock_ratio;
  return target;
}

}  // namespace kiln::soc
