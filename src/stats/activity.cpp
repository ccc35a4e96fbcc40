// SPDX-License-Identifier: MIT
#include "stats/activity.h"

#include <array>

#include "base/error.h"

namespace kiln::stats {

namespace {

struct About {
  const char* name;
  const char* unit;
};

constexpr std::array<About, kActivityKinds> kAbout = {{
    {"mac_int4", "MAC"},
    {"mac_int8", "MAC"},
    {"mac_fp8", "MAC"},
    {"mac_fp16", "MAC"},
    {"mac_bf16", "MAC"},
    {"mac_fp32", "MAC"},
    {"mac_gated", "MAC"},
    {"vector_op", "lane operation"},
    {"sparsity_compare", "comparison"},
    {"codec_element", "element"},
    {"local_sram_read_byte", "B"},
    {"local_sram_write_byte", "B"},
    {"gradient_sram_read_byte", "B"},
    {"gradient_sram_write_byte", "B"},
    {"residual_access_byte", "B"},
    {"router_buffer_write", "flit"},
    {"router_buffer_read", "flit"},
    {"router_crossbar", "flit"},
    {"router_arbitration", "flit"},
    {"link_flit_mm", "flit mm"},
    {"dram_activate", "command"},
    {"dram_read_byte", "B"},
    {"dram_write_byte", "B"},
    {"dram_refresh", "command"},
    {"dram_io_byte", "B"},
    {"cpu_instruction", "instruction"},
    {"io_byte", "B"},
    {"dma_byte", "B"},
}};

const About& about(ActivityKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  KILN_CHECK(index < kActivityKinds, "activity kind {}", index);
  return kAbout[index];
}

}  // namespace

const char* name(ActivityKind kind) {
  return about(kind).name;
}
const char* unit(ActivityKind kind) {
  return about(kind).unit;
}

}  // namespace kiln::stats
