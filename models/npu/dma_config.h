// SPDX-License-Identifier: MIT
// How a tile's DMA cuts its transfers, and how much of them may be under way.
#pragma once

#include <cstdint>

#include "config/record.h"

namespace kiln::npu {

struct DmaConfig {
  std::uint64_t burst_bytes = 4096;
  std::uint64_t read_window_bytes = 65536;
  std::uint64_t write_window_bytes = 32768;
};
const config::Record<DmaConfig>& describe(const DmaConfig*);

}  // namespace kiln::npu
