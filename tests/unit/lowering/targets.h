// SPDX-License-Identifier: MIT
// A small chip for the tests of lowering.
#pragma once

#include "lowering/target.h"

namespace kiln::lowering {

inline Target target_of(int tiles) {
  Target target;
  target.tiles = tiles;
  target.macs_per_pe_per_cycle = [](workload::Precision) { return 1.0; };
  target.codec_cycles = [](const compression::WorkCounts& work) { return work.elements / 16; };
  target.local_sram_bytes = 512 << 10;
  target.gradient_sram_bytes = 2 << 20;
  target.dram_bytes = 4ULL << 30;
  return target;
}

}  // namespace kiln::lowering
