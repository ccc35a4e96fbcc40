// SPDX-License-Identifier: MIT
#include "sparsity/engine.h"
#include "base/ceil_div.h"

#include <algorithm>

namespace kiln::sparsity {
namespace {

using base::ceil_div;

std::int64_t to_bytes(std::int64_t words, int bits) {
  return ceil_div(words * bits, 8);
}

}  // namespace

std::span<const config::EnumName<Placement>> enum_names(const Placement*) {
  static constexpr config::EnumName<Placement> kNames[] = {{Placement::array_output, "array_output"},
                                                           {Placement::dma, "dma"}};
  return kNames;
}

const config::Record<EngineConfig>& describe(const EngineConfig*) {
  static const auto record =
      config::Record<EngineConfig>("sparsity_engine", "Hardware that selects and codes gradients")
          .field("lanes", &EngineConfig::lanes,
                 {.doc = "Elements taken per cycle",
                  .min = 1,
                  .max = 1024,
                  .source = "estimate: 512 bits of fp32; INCEPTIONN (MICRO 2018) takes 8 floats per cycle"})
          .field("depth", &EngineConfig::depth,
                 {.doc = "Pipeline stages from input to output",
                  .min = 1,
                  .max = 1000,
                  .source = "estimate: add, compare, compact, code"})
          .field("coder_values_per_cycle", &EngineConfig::coder_values_per_cycle,
                 {.doc = "Kept values and their places that the coder appends per cycle",
                  .min = 1,
                  .max = 1024,
                  .source = "estimate: at 10 % density 4 keep up with 16 lanes"})
          .field("counters", &EngineConfig::counters,
                 {.doc = "Counters of the histogram",
                  .min = 16,
                  .max = 65536,
                  .source = "one per fp32 exponent; 2^h as many for h mantissa bits"})
          .field("counters_per_cycle", &EngineConfig::counters_per_cycle,
                 {.doc = "Counters read per cycle when the threshold is looked for",
                  .min = 1,
                  .max = 65536,
                  .source = "estimate: one SRAM row"})
          .field("placement", &EngineConfig::placement,
                 {.doc = "Where gradients enter: array_output or dma"});
  return record;
}

EngineCost cost(const EngineConfig& config, const compression::WorkCounts& work, int gradient_bits,
                int residual_bits) {
  EngineCost cost;
  if (work.elements == 0) return cost;
  const std::int64_t pass = ceil_div(work.elements, config.lanes);
  const std::int64_t histograms =
      (work.table_reads + work.elements / 2) / work.elements;  // may be a share of a step's
  const std::int64_t coding = ceil_div(work.serial_values, config.coder_values_per_cycle);
  cost.cycles = std::max<std::int64_t>(work.passes, 1) * pass + std::max<std::int64_t>(0, coding - pass) +
                ceil_div(work.sampled, config.lanes) +
                histograms * ceil_div(config.counters, config.counters_per_cycle) + config.depth;
  cost.compares = work.compares;
  cost.table_accesses = work.table_reads + work.table_writes;
  cost.coded_values = work.coded_values;
  // With a residual every pass after the first reads the sum from the residual buffer instead.
  const bool residual = work.residual_reads > 0;
  const std::int64_t buffered_passes = residual ? 1 : std::max<std::int64_t>(work.passes, 1);
  const std::int64_t on_the_fly = config.placement == Placement::array_output ? 1 : 0;
  cost.gradient_read_bytes =
      to_bytes((buffered_passes - on_the_fly) * work.elements + work.sampled, gradient_bits);
  cost.residual_read_bytes = to_bytes(work.residual_reads, residual_bits);
  cost.residual_write_bytes = to_bytes(work.residual_writes, residual_bits);
  return cost;
}

std::string unsupported(const EngineConfig& config, const compression::CodecConfig& codec) {
  using compression::Selection;
  using compression::Selector;
  const bool selects = codec.selection == Selection::top_k || codec.selection == Selection::dgc;
  if (!selects || codec.selector != Selector::exponent_histogram) return {};
  const int needed = 256 << codec.histogram_bits;
  if (needed <= config.counters) return {};
  return fmt::format(
      "the histogram selector with {} mantissa bits needs {} counters, the engine has {}; raise "
      "counters or lower histogram_bits",
      codec.histogram_bits, needed, config.counters);
}

}  // namespace kiln::sparsity
