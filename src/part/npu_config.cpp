// SPDX-License-Identifier: MIT
// Configuration and JSON of the NPU driver.
#include <nlohmann/json.hpp>

#include "lowering/cost/names.h"
#include "output/json.h"
#include "part/npu.h"

namespace kiln::part {

using base::Dimension;

const config::Record<OperandBuffers>& describe(const OperandBuffers*) {
  constexpr std::string_view kSource = "SCALE-Sim's default of 64 KB each";
  static const auto record =
      config::Record<OperandBuffers>("operand_buffers",
                                     "Operand buffers of an array; half is filled, half used")
          .field(
              "ifmap", &OperandBuffers::ifmap_bytes,
              {.doc = "Activations", .unit = Dimension::bytes, .min = 128, .max = 1 << 30, .source = kSource})
          .field("filter", &OperandBuffers::filter_bytes,
                 {.doc = "Weights", .unit = Dimension::bytes, .min = 128, .max = 1 << 30, .source = kSource})
          .field("ofmap", &OperandBuffers::ofmap_bytes,
                 {.doc = "Results", .unit = Dimension::bytes, .min = 128, .max = 1 << 30, .source = kSource})
          .field("word", &OperandBuffers::word_bytes,
                 {.doc = "Bytes per element",
                  .unit = Dimension::bytes,
                  .min = 1,
                  .max = 8,
                  .source = "SCALE-Sim counts words of one byte"});
  return record;
}

const config::Record<NpuPartConfig>& describe(const NpuPartConfig*) {
  static const auto record =
      config::Record<NpuPartConfig>("npu_part", "One NPU alone, for `kiln npu`")
          .field("npu", &NpuPartConfig::npu, {.doc = "The array", .required = true})
          .field("buffers", &NpuPartConfig::buffers, {.doc = "Operand buffers"})
          .field("precision", &NpuPartConfig::precision, {.doc = "Precision of the MACs"})
          .check([](const NpuPartConfig& c, config::Checker& check) {
            if (c.npu.macs_per_pe_per_cycle(c.precision) == 0)
              check.fail("precision",
                         fmt::format("npu.packing says 0 MACs for {}: choose a precision that the array "
                                     "supports",
                                     config::enum_name(c.precision)));
          });
  return record;
}

std::string to_json(const NpuResult& result) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  std::int64_t compute = 0;
  std::int64_t total = 0;
  std::int64_t macs = 0;
  for (const NpuLayerResult& r : result.layers) {
    compute += r.compute_cycles;
    total += r.total_cycles;
    macs += r.m * r.n * r.k;
    layers.push_back({{"layer", r.layer},
                      {"phase", config::enum_name(r.phase)},
                      {"M", r.m},
                      {"N", r.n},
                      {"K", r.k},
                      {"compute_cycles", r.compute_cycles},
                      {"utilization", r.utilization},
                      {"mapping_efficiency", r.mapping_efficiency},
                      {"sram_ifmap_reads", r.sram_ifmap_reads},
                      {"sram_filter_reads", r.sram_filter_reads},
                      {"sram_ofmap_writes", r.sram_ofmap_writes},
                      {"dram_ifmap_words", r.dram_ifmap_words},
                      {"dram_filter_words", r.dram_filter_words},
                      {"dram_ofmap_words", r.dram_ofmap_words},
                      {"total_cycles", r.total_cycles},
                      {"stall_cycles", r.stall_cycles}});
  }
  nlohmann::ordered_json document = {{"law", config::enum_name(result.law)},
                                     {"macs", macs},
                                     {"compute_cycles", compute},
                                     {"total_cycles", total},
                                     {"stall_cycles", total - compute},
                                     {"layers", std::move(layers)}};
  if (!result.skipped.empty()) document["skipped"] = result.skipped;
  return output::json_text(document, 2) + "\n";
}

}  // namespace kiln::part
