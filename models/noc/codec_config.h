// SPDX-License-Identifier: MIT
// Configuration of the compression engines beside the network.
#pragma once

#include "config/record.h"

namespace kiln::noc {

/// One compression or decompression engine: its timing, not the code itself nor where it sits.
struct CodecEngineConfig {
  int pipeline_cycles = 8;
  int input_bytes_per_cycle = 16;
  /// Flits a block scale must see before the first output; 0 = preset scale (of the step before).
  int scale_block_flits = 0;
};

const config::Record<CodecEngineConfig>& describe(const CodecEngineConfig*);

}  // namespace kiln::noc
