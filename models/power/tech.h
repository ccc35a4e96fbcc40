// SPDX-License-Identifier: MIT
// One technology node as numbers: energy per event, silicon per piece, static power, clock against voltage.
//
// Every energy is given at the node's nominal voltage. Arithmetic, flip-flops, memories, wires and DRAM scale
// apart from node to node (Horowitz, ISSCC 2014; Jouppi et al., ISCA 2021, table 2), so each has its own
// record and none is derived from another by one node factor. There are no defaults:
// `configs/tech/<node>.yaml` is the only place of these numbers, and a file that lacks one is refused.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/record.h"

namespace kiln::power {

inline constexpr double kBitsPerByte = 8;

/// One figure for each number format of the array.
struct FormatEnergiesConfig {
  double int4_j = 0, int8_j = 0, int16_j = 0;
  double fp8_j = 0, fp16_j = 0, bf16_j = 0, fp32_j = 0;
};

/// Class of a processor core.
enum class CpuClass {
  micro,        ///< scalar, no caches: Cortex-M, PULP
  in_order,     ///< with caches and an operating system: Ariane, Cortex-A55
  out_of_order  ///< Cortex-A78
};
std::span<const config::EnumName<CpuClass>> enum_names(const CpuClass*);

/// An instruction with fetch, decode, its share of caches and clock.
struct CpuEnergiesConfig {
  double micro_j = 0, in_order_j = 0, out_of_order_j = 0;
  double of(CpuClass core) const {
    return core == CpuClass::micro ? micro_j : core == CpuClass::in_order ? in_order_j : out_of_order_j;
  }
};

/// Energy of one arithmetic or control event: bare operators, glitches included, registers not.
struct LogicEnergyConfig {
  FormatEnergiesConfig multiply;    ///< one product
  FormatEnergiesConfig accumulate;  ///< its addition to a sum that it has for itself
  double chained_share = 0;         ///< of `accumulate` left per product where very many share a sum
  double mixed_factor = 1;          ///< on the arithmetic of an array that has integer and floating formats
  double gated_share = 0;           ///< of a MAC's energy that stays when its operands are held
  double vector_op_j = 0;
  double sparsity_compare_j = 0;
  double codec_element_j = 0;
  CpuEnergiesConfig cpu_instruction;
  double dma_byte_j = 0;
};

struct FlipFlopConfig {
  double clock_j = 0;      ///< of one bit in one cycle without new data, clock pin included
  double toggle_j = 0;     ///< more, when the bit changes
  double tree_factor = 1;  ///< clock energy with buffers and wire over that of the flip-flops
  double area_m2 = 0;
  double area_share = 0;  ///< of control logic's cells that are flip-flops
};

/// An access reaches one bank: read energy per bit = base + root sqrt(bits of the bank), and the wire to it.
struct SramTechConfig {
  double base_j_per_bit = 0;
  double root_j_per_bit = 0;
  double write_ratio = 0;  ///< write energy / read energy
  double cell_m2 = 0;      ///< of one bit
  double efficiency = 0;   ///< cells over macro
};

/// Router energy at random data. A buffer's energy per bit is base + entry * (flits a port can hold).
struct NocEnergyConfig {
  double buffer_write_base_j_per_bit = 0;
  double buffer_write_entry_j_per_bit = 0;
  double buffer_read_base_j_per_bit = 0;
  double buffer_read_entry_j_per_bit = 0;
  double crossbar_j_per_bit = 0;
  double arbitration_base_j = 0;     ///< per flit
  double arbitration_channel_j = 0;  ///< per flit and virtual channel
};

/// The DRAM device and its interface, on rails that do not follow the SoC's core voltage. Not part of a
/// node's file: whoever has a DRAM part fills it in from there.
struct DramEnergy {
  double activate_j = 0;      ///< one activate-precharge pair
  double read_j_per_bit = 0;  ///< array to the device's pins
  double write_j_per_bit = 0;
  double io_j_per_bit = 0;          ///< the device's end and the wire
  double phy_j_per_bit = 0;         ///< the SoC's end: PHY and controller
  double refresh_j = 0;             ///< one all-bank refresh command of one channel
  double bank_refresh_j = 0;        ///< one per-bank refresh command
  double check_read_j_per_bit = 0;  ///< of data, for its check bits and the decoder of error correction
  double check_write_j_per_bit = 0;
  double cipher_j_per_bit = 0;    ///< inline encryption
  double standby_w_per_m2 = 0;    ///< of the device's footprint, clock on
  double self_refresh_share = 0;  ///< of standby, when clock or power is taken away
};

/// Silicon of random logic.
struct LogicAreaConfig {
  double gate_m2 = 0;        ///< a two-input NAND
  double transistor_m2 = 0;  ///< of blocks known by their transistors; layout included
  double utilisation = 0;    ///< cells over layout
};

/// Static power of one kind of block.
struct BlockStaticConfig {
  double leakage_w_per_m2 = 0;   ///< at the reference temperature
  double power_gated_share = 0;  ///< of leakage that a power-gated block keeps
  double clocked_share = 0;      ///< of an active block's flip-flops that a cycle clocks: the rest is gated
};

struct StaticPowerConfig {
  double reference_temperature_c = 0;
  double slope_per_k = 0;        ///< b of exp(b (T - T0))
  double voltage_exponent = 0;   ///< n_v of (V/V0)^n_v
  double floor_share = 0;        ///< gate and GIDL leakage: follows the voltage, not the temperature
  double clock_gated_share = 0;  ///< of the clock that runs on in a clock-gated block
  BlockStaticConfig npu;
  BlockStaticConfig sram;
  BlockStaticConfig noc;
  BlockStaticConfig memory_controller;
  BlockStaticConfig cpu;
  BlockStaticConfig io;
};

/// f(V) = k (V - Vt)^a / V (Sakurai & Newton, JSSC 1990), k from the nominal point.
struct SpeedConfig {
  double nominal_frequency_hz = 0;
  double threshold_v = 0;
  double exponent = 0;
  double temperature_exponent = 0;  ///< f ~ (358.15 K / T)^m: mobility gained in the cold
};

struct TechConfig {
  std::string node;
  double nominal_voltage_v = 0;
  double minimum_voltage_v = 0;
  double maximum_voltage_v = 0;
  double io_j_per_bit = 0;       ///< external interface, on a rail of its own
  double wire_mm_j_per_bit = 0;  ///< per millimetre of repeated wire, random data
  LogicEnergyConfig logic;
  FlipFlopConfig flip_flop;
  SramTechConfig sram;
  NocEnergyConfig noc;
  LogicAreaConfig area;
  DramEnergy dram;
  StaticPowerConfig static_power;
  SpeedConfig speed;
};

const config::Record<FormatEnergiesConfig>& describe(const FormatEnergiesConfig*);
const config::Record<LogicEnergyConfig>& describe(const LogicEnergyConfig*);
const config::Record<CpuEnergiesConfig>& describe(const CpuEnergiesConfig*);
const config::Record<FlipFlopConfig>& describe(const FlipFlopConfig*);
const config::Record<SramTechConfig>& describe(const SramTechConfig*);
const config::Record<NocEnergyConfig>& describe(const NocEnergyConfig*);
const config::Record<LogicAreaConfig>& describe(const LogicAreaConfig*);
const config::Record<BlockStaticConfig>& describe(const BlockStaticConfig*);
const config::Record<StaticPowerConfig>& describe(const StaticPowerConfig*);
const config::Record<SpeedConfig>& describe(const SpeedConfig*);
const config::Record<TechConfig>& describe(const TechConfig*);

}  // namespace kiln::power
