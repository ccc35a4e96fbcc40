// SPDX-License-Identifier: MIT
// One technology node as numbers: energy per event, static power per area, clock against voltage.
//
// Every energy is given at the node's nominal voltage. Arithmetic, small memories, wires and DRAM scale apart
// from node to node (Horowitz, ISSCC 2014; Jouppi et al., ISCA 2021, table 2), so each has its own record and
// none is derived from another by one node factor. There are no defaults: `configs/tech/<node>.yaml` is the
// only place of these numbers, and a file that lacks one is refused.
#pragma once

#include <string>
#include <vector>

#include "config/record.h"

namespace kiln::power {

/// Energy of one arithmetic or control event. A MAC is a
/// multiply and an add into the accumulator named in the file.
struct LogicEnergyConfig {
  double mac_int4_j = 0;
  double mac_int8_j = 0;
  double mac_fp8_j = 0;
  double mac_fp16_j = 0;
  double mac_bf16_j = 0;
  double mac_fp32_j = 0;
  double mac_gated_j = 0;
  double vector_op_j = 0;
  double sparsity_compare_j = 0;
  double codec_element_j = 0;
  double cpu_instruction_j = 0;
  double dma_byte_j = 0;
};

/// Energy of reading one bit of a memory of this capacity.
struct SramPointConfig {
  double capacity_bytes = 0;
  double energy_j_per_bit = 0;
};

struct SramEnergyConfig {
  std::vector<SramPointConfig> points;  ///< capacities rising
  double write_ratio = 0;               ///< write energy / read energy
};

/// Router and link energy at random data. A buffer's energy
/// per bit is base + entry * (flits a port can hold).
struct NocEnergyConfig {
  double buffer_write_base_j_per_bit = 0;
  double buffer_write_entry_j_per_bit = 0;
  double buffer_read_base_j_per_bit = 0;
  double buffer_read_entry_j_per_bit = 0;
  double crossbar_j_per_bit = 0;
  double arbitration_base_j = 0;     ///< per flit
  double arbitration_channel_j = 0;  ///< per flit and virtual channel
  double link_mm_j_per_bit = 0;      ///< per millimetre of repeated wire
};

/// The DRAM device and its interface, on rails that do not follow the SoC's core voltage. Not part of a
/// node's file: whoever has a DRAM part fills it in from there.
struct DramEnergy {
  double activate_j = 0;      ///< one activate-precharge pair
  double read_j_per_bit = 0;  ///< array to the device's pins
  double write_j_per_bit = 0;
  double io_j_per_bit = 0;          ///< the wire and both its ends
  double refresh_j = 0;             ///< one all-bank refresh command of one channel
  double bank_refresh_j = 0;        ///< one per-bank refresh command
  double check_read_j_per_bit = 0;  ///< of data, for its check bits and the decoder of error correction
  double check_write_j_per_bit = 0;
  double cipher_j_per_bit = 0;    ///< inline encryption
  double standby_w_per_m2 = 0;    ///< of the device's footprint, clock on
  double self_refresh_share = 0;  ///< of standby, when clock or power is taken away
};

/// Static power of one kind of block.
struct BlockStaticConfig {
  double leakage_w_per_m2 = 0;     ///< at the reference temperature
  double power_gated_share = 0;    ///< of leakage that a power-gated block keeps
  double clock_tree_w_per_m2 = 0;  ///< of an active block at the reference clock
};

struct StaticPowerConfig {
  double reference_temperature_c = 0;
  double slope_per_k = 0;       ///< b of exp(b (T - T0))
  double voltage_exponent = 0;  ///< n_v of (V/V0)^n_v
  double floor_share = 0;       ///< gate and GIDL leakage: follows the voltage, not the temperature
  double clock_reference_hz = 0;
  double clock_gated_share = 0;  ///< of the clock tree that runs on in a clock-gated block
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
  double io_j_per_bit = 0;  ///< external interface, on a rail of its own
  LogicEnergyConfig logic;
  SramEnergyConfig sram;
  NocEnergyConfig noc;
  DramEnergy dram;
  StaticPowerConfig static_power;
  SpeedConfig speed;
};

const config::Record<LogicEnergyConfig>& describe(const LogicEnergyConfig*);
const config::Record<SramPointConfig>& describe(const SramPointConfig*);
const config::Record<SramEnergyConfig>& describe(const SramEnergyConfig*);
const config::Record<NocEnergyConfig>& describe(const NocEnergyConfig*);
const config::Record<BlockStaticConfig>& describe(const BlockStaticConfig*);
const config::Record<StaticPowerConfig>& describe(const StaticPowerConfig*);
const config::Record<SpeedConfig>& describe(const SpeedConfig*);
const config::Record<TechConfig>& describe(const TechConfig*);

}  // namespace kiln::power
