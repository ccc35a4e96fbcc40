// SPDX-License-Identifier: MIT
#include "power/tech.h"

namespace kiln::power {

using config::Dimension;

namespace {

// The kinds of figure a technology file holds. All are required: the file is their only place.
config::Spec event(std::string_view doc) {
  return {.doc = doc, .unit = Dimension::energy, .min = 0, .max = 1e-6, .required = true};
}
config::Spec per_bit(std::string_view doc) {
  return {.doc = doc, .unit = Dimension::energy_per_bit, .min = 0, .max = 1e-9, .required = true};
}
config::Spec share(std::string_view doc) {
  return {.doc = doc, .unit = Dimension::fraction, .min = 0, .max = 1, .required = true};
}
config::Spec areal_power(std::string_view doc) {
  return {.doc = doc, .unit = Dimension::power_density, .min = 0, .max = 1e6, .required = true};
}

}  // namespace

const config::Record<LogicEnergyConfig>& describe(const LogicEnergyConfig*) {
  static const auto record =
      config::Record<LogicEnergyConfig>("logic_energy",
                                        "Energy per arithmetic and control event at nominal voltage")
          .field("mac_int4", &LogicEnergyConfig::mac_int4_j, event("INT4 multiply, 16-bit accumulate"))
          .field("mac_int8", &LogicEnergyConfig::mac_int8_j, event("INT8 multiply, INT32 accumulate"))
          .field("mac_fp8", &LogicEnergyConfig::mac_fp8_j, event("FP8 (E4M3) multiply, FP16 accumulate"))
          .field("mac_fp16", &LogicEnergyConfig::mac_fp16_j, event("FP16 multiply, FP32 accumulate"))
          .field("mac_bf16", &LogicEnergyConfig::mac_bf16_j, event("BF16 multiply, FP32 accumulate"))
          .field("mac_fp32", &LogicEnergyConfig::mac_fp32_j, event("FP32 multiply, FP32 accumulate"))
          .field("mac_gated", &LogicEnergyConfig::mac_gated_j,
                 event("A MAC whose operands are held because one of them is zero"))
          .field("vector_op", &LogicEnergyConfig::vector_op_j,
                 event("One FP32 operation of the vector unit with its register traffic"))
          .field("sparsity_compare", &LogicEnergyConfig::sparsity_compare_j,
                 event("One magnitude compared with a threshold"))
          .field("codec_element", &LogicEnergyConfig::codec_element_j,
                 event("One gradient element scaled, rounded and packed, or the reverse"))
          .field("cpu_instruction", &LogicEnergyConfig::cpu_instruction_j,
                 event("One instruction of the host core with fetch and decode"))
          .field("dma_byte", &LogicEnergyConfig::dma_byte_j, event("One byte through a DMA engine"));
  return record;
}

const config::Record<SramPointConfig>& describe(const SramPointConfig*) {
  static const auto record =
      config::Record<SramPointConfig>("sram_point", "Read energy of a memory of one capacity")
          .field("capacity", &SramPointConfig::capacity_bytes,
                 {.doc = "Capacity of the memory one access reaches",
                  .unit = Dimension::bytes,
                  .min = 1,
                  .max = 1e12,
                  .required = true})
          .field("energy", &SramPointConfig::energy_j_per_bit, per_bit("Read energy"));
  return record;
}

const config::Record<SramEnergyConfig>& describe(const SramEnergyConfig*) {
  static const auto record =
      config::Record<SramEnergyConfig>("sram_energy", "On-chip memory energy against capacity")
          .field("points", &SramEnergyConfig::points,
                 {.doc = "Read energy by capacity, capacities rising; log-log in between", .required = true})
          .field("write_ratio", &SramEnergyConfig::write_ratio,
                 {.doc = "Write energy over read energy", .min = 0.1, .max = 10, .required = true})
          .check([](const SramEnergyConfig& c, config::Checker& check) {
            if (c.points.empty()) check.fail("points", "needs at least one point");
            for (std::size_t i = 0; i < c.points.size(); ++i) {
              if (c.points[i].energy_j_per_bit <= 0) check.fail("points", "every energy must be above zero");
              if (i > 0 && c.points[i].capacity_bytes <= c.points[i - 1].capacity_bytes)
                check.fail("points", "capacities must rise from point to point");
            }
          });
  return record;
}

const config::Record<NocEnergyConfig>& describe(const NocEnergyConfig*) {
  static const auto record =
      config::Record<NocEnergyConfig>(
          "tech_noc_energy", "Network energy at random data; buffers cost base + entry x flits held per port")
          .field("buffer_write_base", &NocEnergyConfig::buffer_write_base_j_per_bit,
                 per_bit("Input buffer write, depth-independent part"))
          .field("buffer_write_entry", &NocEnergyConfig::buffer_write_entry_j_per_bit,
                 per_bit("Input buffer write, per flit of depth"))
          .field("buffer_read_base", &NocEnergyConfig::buffer_read_base_j_per_bit,
                 per_bit("Input buffer read, depth-independent part"))
          .field("buffer_read_entry", &NocEnergyConfig::buffer_read_entry_j_per_bit,
                 per_bit("Input buffer read, per flit of depth"))
          .field("crossbar", &NocEnergyConfig::crossbar_j_per_bit, per_bit("Crossbar traversal"))
          .field("arbitration_base", &NocEnergyConfig::arbitration_base_j,
                 event("Switch arbitration of one flit"))
          .field("arbitration_channel", &NocEnergyConfig::arbitration_channel_j,
                 event("The same, more per virtual channel"))
          .field("link_mm", &NocEnergyConfig::link_mm_j_per_bit,
                 per_bit("One millimetre of repeated global wire"));
  return record;
}

const config::Record<BlockStaticConfig>& describe(const BlockStaticConfig*) {
  static const auto record = config::Record<BlockStaticConfig>(
                                 "block_static", "Static power of one kind of block at nominal voltage")
                                 .field("leakage", &BlockStaticConfig::leakage_w_per_m2,
                                        areal_power("Leakage per area at the reference temperature"))
                                 .field("power_gated_share", &BlockStaticConfig::power_gated_share,
                                        share("Share of leakage left when the rail is switched off"))
                                 .field("clock_tree", &BlockStaticConfig::clock_tree_w_per_m2,
                                        areal_power("Clock tree per area, active, at the reference clock"));
  return record;
}

const config::Record<StaticPowerConfig>& describe(const StaticPowerConfig*) {
  static const auto record =
      config::Record<StaticPowerConfig>("static_power",
                                        "Leakage against voltage and temperature, and clock trees")
          .field("reference_temperature", &StaticPowerConfig::reference_temperature_c,
                 {.doc = "Temperature the leakage figures hold at",
                  .unit = Dimension::temperature,
                  .min = -200,
                  .max = 200,
                  .required = true})
          .field("slope", &StaticPowerConfig::slope_per_k,
                 {.doc = "b of exp(b (T - T0)), per kelvin", .min = 0, .max = 0.1, .required = true})
          .field("voltage_exponent", &StaticPowerConfig::voltage_exponent,
                 {.doc = "n of (V/V0)^n", .min = 0, .max = 6, .required = true})
          .field("floor_share", &StaticPowerConfig::floor_share,
                 share("Share of leakage that does not depend on temperature"))
          .field("clock_reference", &StaticPowerConfig::clock_reference_hz,
                 {.doc = "Clock the clock-tree figures hold at",
                  .unit = Dimension::frequency,
                  .min = 1e6,
                  .max = 1e11,
                  .required = true})
          .field("clock_gated_share", &StaticPowerConfig::clock_gated_share,
                 share("Share of the clock tree that runs on when clock-gated"))
          .field("npu", &StaticPowerConfig::npu, {.doc = "Compute tiles", .required = true})
          .field("sram", &StaticPowerConfig::sram, {.doc = "On-chip memory macros", .required = true})
          .field("noc", &StaticPowerConfig::noc, {.doc = "Routers and links", .required = true})
          .field("memory_controller", &StaticPowerConfig::memory_controller,
                 {.doc = "Memory controllers and PHYs", .required = true})
          .field("cpu", &StaticPowerConfig::cpu, {.doc = "Host cores", .required = true})
          .field("io", &StaticPowerConfig::io, {.doc = "External interfaces", .required = true});
  return record;
}

const config::Record<SpeedConfig>& describe(const SpeedConfig*) {
  static const auto record =
      config::Record<SpeedConfig>("speed", "Alpha-power law f = k (V - Vt)^a / V")
          .field("nominal_frequency", &SpeedConfig::nominal_frequency_hz,
                 {.doc = "Clock at nominal voltage and 85 degC",
                  .unit = Dimension::frequency,
                  .min = 1e6,
                  .max = 1e11,
                  .required = true})
          .field("threshold", &SpeedConfig::threshold_v,
                 {.doc = "Effective threshold voltage",
                  .unit = Dimension::voltage,
                  .min = 0,
                  .max = 1.5,
                  .required = true})
          .field("exponent", &SpeedConfig::exponent,
                 {.doc = "Velocity-saturation exponent a", .min = 1, .max = 2, .required = true})
          .field("temperature_exponent", &SpeedConfig::temperature_exponent,
                 {.doc = "m of (358.15 K / T)^m on the clock", .min = 0, .max = 2, .required = true});
  return record;
}

const config::Record<TechConfig>& describe(const TechConfig*) {
  static const auto record =
      config::Record<TechConfig>("tech", "Technology node: energies, leakage and speed")
          .field("node", &TechConfig::node, {.doc = "Name of the node", .required = true})
          .field("nominal_voltage", &TechConfig::nominal_voltage_v,
                 {.doc = "Voltage the energies hold at",
                  .unit = Dimension::voltage,
                  .min = 0.2,
                  .max = 1.5,
                  .required = true})
          .field("minimum_voltage", &TechConfig::minimum_voltage_v,
                 {.doc = "Lowest operating voltage",
                  .unit = Dimension::voltage,
                  .min = 0.1,
                  .max = 1.5,
                  .required = true})
          .field("maximum_voltage", &TechConfig::maximum_voltage_v,
                 {.doc = "Highest operating voltage",
                  .unit = Dimension::voltage,
                  .min = 0.2,
                  .max = 2,
                  .required = true})
          .field("io", &TechConfig::io_j_per_bit, per_bit("External interface energy"))
          .field("logic", &TechConfig::logic, {.doc = "Arithmetic and control", .required = true})
          .field("sram", &TechConfig::sram, {.doc = "On-chip memory", .required = true})
          .field("noc", &TechConfig::noc, {.doc = "Network on chip", .required = true})
          .field("static_power", &TechConfig::static_power,
                 {.doc = "Leakage and clock trees", .required = true})
          .field("speed", &TechConfig::speed, {.doc = "Clock against voltage", .required = true})
          .check([](const TechConfig& c, config::Checker& check) {
            if (c.minimum_voltage_v > c.nominal_voltage_v || c.nominal_voltage_v > c.maximum_voltage_v)
              check.fail("nominal_voltage", "must lie between minimum_voltage and maximum_voltage");
            if (c.speed.threshold_v >= c.minimum_voltage_v)
              check.fail("speed", "threshold must lie below minimum_voltage, or the lowest clock is zero");
          });
  return record;
}

}  // namespace kiln::power
