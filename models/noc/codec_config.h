// SPDX-License-Identifier: MIT
// Configuration of the compression engines beside the network.
#pragma once

#include <span>

#include "config/record.h"
#include "sim/coding_site.h"

namespace kiln::noc {

/// What kind of code runs there; its values and bits come from the compression library.
enum class CodecKind { lossless, quantise, quantise_with_feedback };
std::span<const config::EnumName<CodecKind>> enum_names(const CodecKind*);

/// One compression or decompression engine: timing, energy and area; not the code itself.
struct CodecEngineConfig {
  sim::CodingSite placement = sim::CodingSite::none;
  CodecKind codec = CodecKind::quantise;
  int pipeline_cycles = 8;
  int input_bytes_per_cycle = 16;
  /// Flits a block scale must see before the first output; 0 = preset scale (of the step before).
  int scale_block_flits = 0;
  bool compressed_at_source = false;  ///< the payload arrives compressed (for example from the DMA)
  double energy_per_bit_j = 0.035e-12;
  double area_m2 = 5000e-12;
};

const config::Record<CodecEngineConfig>& describe(const CodecEngineConfig*);

}  // namespace kiln::noc
