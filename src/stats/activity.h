// SPDX-License-Identifier: MIT
// What a simulated SoC does, in countable events. Models report counts; only models/power knows joules.
#pragma once

#include <cstddef>

namespace kiln::stats {

enum class ActivityKind {
  mac_int4,
  mac_int8,
  mac_fp8,
  mac_fp16,
  mac_bf16,
  mac_fp32,
  mac_gated,
  vector_op,
  sparsity_compare,
  codec_element,
  local_sram_read_byte,
  local_sram_write_byte,
  gradient_sram_read_byte,
  gradient_sram_write_byte,
  residual_access_byte,
  router_buffer_write,  ///< flits
  router_buffer_read,
  router_crossbar,
  router_arbitration,
  link_flit_mm,  ///< flits times millimetres
  dram_activate,
  dram_read_byte,
  dram_write_byte,
  dram_refresh,
  dram_io_byte,
  cpu_instruction,
  io_byte,
  dma_byte,
  count_
};

inline constexpr std::size_t kActivityKinds = static_cast<std::size_t>(ActivityKind::count_);

const char* name(ActivityKind kind);
const char* unit(ActivityKind kind);

}  // namespace kiln::stats
