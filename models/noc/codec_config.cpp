// SPDX-License-Identifier: MIT
#include "noc/codec_config.h"

namespace kiln::noc {

using base::Dimension;

const config::Record<CodecEngineConfig>& describe(const CodecEngineConfig*) {
  constexpr std::string_view target =
      "engineering target: max/scale 2-3, round 1-2, prefix-sum pack 2-3, align 1-2 cycles";
  static const auto record =
      config::Record<CodecEngineConfig>("noc_codec_engine", "Compression engines: how deep and how fast")
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
          .renamed("placement", "'compression.placement' of the experiment")
          .renamed("codec", "'compression.codec' of the experiment")
          .renamed("compressed_at_source", "'compression.placement: mac_output' of the experiment")
          .renamed("energy_per_bit", "'tech.logic.codec_element' of the chip")
          .renamed("area", "the area of routers in 'tech' of the chip, which holds them");
  return record;
}

}  // namespace kiln::noc
