// SPDX-License-Identifier: MIT
// What a simulated SoC does, in countable events. Models report counts; only models/power knows joules.
//
// Each kind of event is declared once, as a row of the table below; see README.md for how to add one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kiln::stats {

/// What an event's energy is booked under; in the order of summary.json's energy_by_component_j.
enum class Component {
  array_clock,
  codec,
  dma,
  dram,
  dram_io,
  gradient_sram,
  host,
  io,
  local_sram,
  mac_array,
  noc,
  vector_unit,
  count_
};

/// Whose voltage an event's energy follows.
enum class Rail {
  core,  ///< E = E0 (V/V0)^2 of the SoC's core
  own    ///< E = E0: a rail that DVFS leaves alone
};

/// Where an event's joules come from, in terms of models/power.
enum class EnergySource {
  none,   ///< costs nothing of its own: counted for what it says
  logic,  ///< a constant of the technology, `tech.logic.<name of the kind>`
  mac,    ///< a processing element's product and sum
  gated_mac,
  cpu,  ///< by class of core
  register_clock,
  accumulator_read,
  accumulator_write,
  local_sram_read,
  local_sram_write,
  gradient_sram_read,
  gradient_sram_write,
  gradient_sram_update,  ///< half of a read and a write
  router_buffer_write,
  router_buffer_read,
  router_crossbar,
  router_arbitration,
  link,
  dram_activate,
  dram_read,
  dram_write,
  dram_refresh,
  dram_bank_refresh,
  dram_check_read,
  dram_check_write,
  dram_cipher,
  dram_io,
  memory_phy,
  external_io
};

// X(name, unit, component, rail, source of joules, meaning)
#define KILN_ACTIVITY_KINDS(X)                                                                               \
  X(mac_int4, "MAC", mac_array, core, mac, "Multiply-accumulates of INT4 operands")                          \
  X(mac_int8, "MAC", mac_array, core, mac, "Multiply-accumulates of INT8 operands")                          \
  X(mac_int16, "MAC", mac_array, core, mac, "Multiply-accumulates of INT16 operands")                        \
  X(mac_fp8, "MAC", mac_array, core, mac, "Multiply-accumulates of FP8 operands")                            \
  X(mac_fp16, "MAC", mac_array, core, mac, "Multiply-accumulates of FP16 operands")                          \
  X(mac_bf16, "MAC", mac_array, core, mac, "Multiply-accumulates of BF16 operands")                          \
  X(mac_fp32, "MAC", mac_array, core, mac, "Multiply-accumulates of FP32 operands")                          \
  X(mac_gated, "MAC", mac_array, core, gated_mac, "Multiply-accumulates held because an operand is zero")    \
  X(register_bit_cycle, "bit cycle", array_clock, core, register_clock,                                      \
    "Cycles of the clock of register bits in MAC arrays at work")                                            \
  X(accumulator_read_byte, "B", local_sram, core, accumulator_read, "Bytes read from accumulators")          \
  X(accumulator_write_byte, "B", local_sram, core, accumulator_write, "Bytes written to accumulators")       \
  X(vector_op, "lane operation", vector_unit, core, logic, "Operations of the vector unit's lanes")          \
  X(sparsity_compare, "comparison", codec, core, logic, "Magnitudes compared with a threshold")              \
  X(codec_element, "element", codec, core, logic, "Gradient elements coded or decoded")                      \
  X(local_sram_read_byte, "B", local_sram, core, local_sram_read, "Bytes read from a tile's SRAM")           \
  X(local_sram_write_byte, "B", local_sram, core, local_sram_write, "Bytes written to a tile's SRAM")        \
  X(gradient_sram_read_byte, "B", gradient_sram, core, gradient_sram_read,                                   \
    "Bytes read from the gradient buffer")                                                                   \
  X(gradient_sram_write_byte, "B", gradient_sram, core, gradient_sram_write,                                 \
    "Bytes written to the gradient buffer")                                                                  \
  X(residual_access_byte, "B", codec, core, gradient_sram_update,                                            \
    "Bytes of error feedback read, changed and written")                                                     \
  X(router_buffer_write, "flit", noc, core, router_buffer_write, "Flits written to a router's input buffer") \
  X(router_buffer_read, "flit", noc, core, router_buffer_read, "Flits read from a router's input buffer")    \
  X(router_crossbar, "flit", noc, core, router_crossbar, "Flits through a router's crossbar")                \
  X(router_arbitration, "flit", noc, core, router_arbitration, "Flits that won a router's switch")           \
  X(link_flit_mm, "flit mm", noc, core, link, "Flits times millimetres of link")                             \
  X(dram_activate, "command", dram, own, dram_activate, "Activate and precharge of a DRAM row")              \
  X(dram_read_byte, "B", dram, own, dram_read, "Bytes read from DRAM arrays")                                \
  X(dram_write_byte, "B", dram, own, dram_write, "Bytes written to DRAM arrays")                             \
  X(dram_refresh, "command", dram, own, dram_refresh, "Refresh commands of all banks")                       \
  X(dram_bank_refresh, "command", dram, own, dram_bank_refresh, "Refresh commands of one bank")              \
  X(dram_check_read_byte, "B", dram, own, dram_check_read,                                                   \
    "Bytes read through error correction: their check bits and the decoder")                                 \
  X(dram_check_write_byte, "B", dram, own, dram_check_write,                                                 \
    "Bytes written through error correction: their check bits and the encoder")                              \
  X(dram_cipher_byte, "B", dram_io, own, dram_cipher, "Bytes encrypted or decrypted on their way")           \
  X(dram_io_byte, "B", dram_io, own, dram_io, "Bytes over the DRAM interface")                               \
  X(memory_phy_byte, "B", dram_io, own, memory_phy, "Bytes through the chip's memory controllers and PHYs")  \
  X(cpu_instruction, "instruction", host, core, cpu, "Instructions of the host core")                        \
  X(io_byte, "B", io, own, external_io, "Bytes over the external interface")                                 \
  X(dma_byte, "B", dma, core, logic, "Bytes through a tile's DMA engine")

enum class ActivityKind {
#define KILN_ENUMERATOR(name, unit, component, rail, source, meaning) name,
  KILN_ACTIVITY_KINDS(KILN_ENUMERATOR)
#undef KILN_ENUMERATOR
      count_
};

inline constexpr std::size_t kActivityKinds = static_cast<std::size_t>(ActivityKind::count_);
inline constexpr std::size_t kComponents = static_cast<std::size_t>(Component::count_);

/// Events by kind.
using Counts = std::array<std::int64_t, kActivityKinds>;
void add(Counts& sum, const Counts& more);
inline std::int64_t count_of(const Counts& counts, ActivityKind kind) {
  return counts[static_cast<std::size_t>(kind)];
}

/// A row of the table.
struct Activity {
  ActivityKind kind;
  const char* name;
  const char* unit;
  Component component;
  Rail rail;
  EnergySource source;
  const char* meaning;
};

/// All rows, in the order of ActivityKind.
const std::array<Activity, kActivityKinds>& activities();
const Activity& about(ActivityKind kind);
inline const char* name(ActivityKind kind) {
  return about(kind).name;
}
const char* name(Component component);

/// All multiply-accumulates among these counts, gated ones included.
std::int64_t macs(const Counts& counts);

}  // namespace kiln::stats
