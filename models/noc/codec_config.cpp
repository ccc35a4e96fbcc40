// SPDX-License-Identifier: MIT
#include "noc/codec_config.h"

#include <array>

#include "noc/codec_engine.h"

namespace kiln::noc {

using base::Dimension;

std::span<const config::EnumName<CodecKind>> enum_names(const CodecKind*) {
  static constexpr std::array<config::EnumName<CodecKind>, 3> names{
      {{CodecKind::lossless, "lossless"},
       {CodecKind::quantise, "quantise"},
       {CodecKind::quantise_with_feedback, "quantise_with_feedback"}}};
  return names;
}

const config::Record<CodecEngineConfig>& describe(const CodecEngineConfig*) {
  constexpr std::string_view target =
      "engineering target: max/scale 2-3, round 1-2, prefix-sum pack 2-3, align 1-2 cycles";
  static const auto record =
      config::Record<CodecEngineConfig>("noc_codec_engine",
                                        "Compression engines: where, how deep, how fast, at what cost")
          .field("placement", &CodecEngineConfig::placement,
                 {.doc = "none, at the MAC array's output, in the network interface, or in the router"})
          .field("codec", &CodecEngineConfig::codec,
                 {.doc = "lossless, quantise (loss forgotten) or quantise_with_feedback (residual kept by "
                         "the worker)"})
          .field("pipeline_cycles", &CodecEngineConfig::pipeline_cycles,
                 {.doc = "Pipeline depth", .min = 0, .max = 256, .source = target})
          .field("input_bytes_per_cycle", &CodecEngineConfig::input_bytes_per_cycle,
                 {.doc = "Uncompressed payload an engine takes per cycle",
                  .unit = Dimension::bytes,
                  .min = 1,
                  .max = 4096,
                  .source = "one 128-bit flit per cycle"})
          .field(
              "scale_block_flits", &CodecEngineConfig::scale_block_flits,
              {.doc = "Input flits whose maximum must be known before the first output; 0 is a preset scale",
               .min = 0,
               .max = 4096,
               .source = "preset scale: that of the step before"})
          .field(
              "compressed_at_source", &CodecEngineConfig::compressed_at_source,
              {.doc = "Payload is compressed before it reaches the network (DMA); a second time is refused"})
          .field("energy_per_bit", &CodecEngineConfig::energy_per_bit_j,
                 {.doc = "Per uncompressed bit",
                  .unit = Dimension::energy_per_bit,
                  .min = 0,
                  .max = 1e-6,
                  .source = "22 nm: 0.02 to 0.05 pJ/bit, from Niwa's factor 1.6 on router energy and DSENT"})
          .field("area", &CodecEngineConfig::area_m2,
                 {.doc = "Area of one engine",
                  .unit = Dimension::area,
                  .min = 0,
                  .max = 1e-4,
                  .source = "estimate: a tenth of a 22 nm router; Niwa 2023 adds 0.22 mm2 for compressors "
                            "and decompressors"})
          .check([](const CodecEngineConfig& c, config::Checker& check) {
            const std::string why = refusal(c);
            if (!why.empty()) check.fail("placement", why);
          });
  return record;
}

}  // namespace kiln::noc
