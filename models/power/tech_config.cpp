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
config::Spec piece(std::string_view doc, double most_m2 = 1e-11) {
  return {.doc = doc, .unit = Dimension::area, .min = 1e-16, .max = most_m2, .required = true};
}
config::Spec areal_power(std::string_view doc) {
  return {.doc = doc, .unit = Dimension::power_density, .min = 0, .max = 1e6, .required = true};
}

}  // namespace

const config::Record<FormatEnergiesConfig>& describe(const FormatEnergiesConfig*) {
  using C = FormatEnergiesConfig;
  static const auto record =
      config::Record<C>("format_energies", "One energy for each number format of the array")
          .field("int4", &C::int4_j, event("INT4"))
          .field("int8", &C::int8_j, event("INT8"))
          .field("int16", &C::int16_j, event("INT16"))
          .field("fp8", &C::fp8_j, event("FP8 (E4M3)"))
          .field("fp16", &C::fp16_j, event("FP16"))
          .field("bf16", &C::bf16_j, event("BF16"))
          .field("fp32", &C::fp32_j, event("FP32"));
  return record;
}

const config::Record<LogicEnergyConfig>& describe(const LogicEnergyConfig*) {
  static const auto record =
      config::Record<LogicEnergyConfig>("logic_energy",
                                        "Energy per arithmetic and control event at nominal voltage")
          .field("multiply", &LogicEnergyConfig::multiply, {.doc = "One product", .required = true})
          .field("accumulate", &LogicEnergyConfig::accumulate,
                 {.doc = "Its addition to a sum of its own (INT32, FP16 for FP8, FP32)", .required = true})
          .field("chained_share", &LogicEnergyConfig::chained_share,
                 share("Share of `accumulate` left per product where very many products share a sum"))
          .field("mixed_factor", &LogicEnergyConfig::mixed_factor,
                 {.doc = "Factor on the arithmetic of an array with integer and floating formats",
                  .min = 1,
                  .max = 4,
                  .required = true})
          .field("gated_share", &LogicEnergyConfig::gated_share,
                 share("Share of a MAC's energy left when its operands are held because one is zero"))
          .field("vector_op", &LogicEnergyConfig::vector_op_j,
                 event("One FP32 operation of the vector unit with its register traffic"))
          .field("sparsity_compare", &LogicEnergyConfig::sparsity_compare_j,
                 event("One magnitude compared with a threshold"))
          .field("codec_element", &LogicEnergyConfig::codec_element_j,
                 event("One gradient element scaled, rounded and packed, or the reverse"))
          .field("cpu_instruction", &LogicEnergyConfig::cpu_instruction,
                 {.doc = "One instruction with fetch and decode, by class of core", .required = true})
          .field("dma_byte", &LogicEnergyConfig::dma_byte_j, event("One byte through a DMA engine"));
  return record;
}

std::span<const config::EnumName<CpuClass>> enum_names(const CpuClass*) {
  static constexpr config::EnumName<CpuClass> kNames[] = {
      {CpuClass::micro, "micro"}, {CpuClass::in_order, "in_order"}, {CpuClass::out_of_order, "out_of_order"}};
  return kNames;
}

const config::Record<CpuEnergiesConfig>& describe(const CpuEnergiesConfig*) {
  using C = CpuEnergiesConfig;
  static const auto record =
      config::Record<C>("cpu_energies", "An instruction by class of core")
          .field("micro", &C::micro_j, event("Scalar core without caches"))
          .field("in_order", &C::in_order_j, event("In-order application core with its caches"))
          .field("out_of_order", &C::out_of_order_j, event("Out-of-order core with its caches"));
  return record;
}

const config::Record<FlipFlopConfig>& describe(const FlipFlopConfig*) {
  using C = FlipFlopConfig;
  static const auto record =
      config::Record<C>("flip_flop", "One bit of register")
          .field("clock", &C::clock_j, event("A cycle of its clock, both edges and the pin, data at rest"))
          .field("toggle", &C::toggle_j, event("More when the bit changes"))
          .field("tree_factor", &C::tree_factor,
                 {.doc = "Clock energy with buffers and wire over that of the flip-flops",
                  .min = 1,
                  .max = 5,
                  .required = true})
          .field("area", &C::area_m2, piece("One flip-flop", 1e-10))
          .field("area_share", &C::area_share,
                 share("Share of control logic's cell area that is flip-flops"));
  return record;
}

const config::Record<SramTechConfig>& describe(const SramTechConfig*) {
  using C = SramTechConfig;
  static const auto record =
      config::Record<C>("sram_tech", "On-chip memory: an access reaches one bank")
          .field("base", &C::base_j_per_bit, per_bit("Read energy that no size changes"))
          .field("root", &C::root_j_per_bit, per_bit("Read energy per square root of the bank's bits"))
          .field("write_ratio", &C::write_ratio,
                 {.doc = "Write energy over read energy", .min = 0.1, .max = 10, .required = true})
          .field("cell", &C::cell_m2, piece("One bit cell"))
          .field("efficiency", &C::efficiency,
                 {.doc = "Cell area over macro area",
                  .unit = Dimension::fraction,
                  .min = 0.01,
                  .max = 1,
                  .required = true});
  return record;
}

const config::Record<LogicAreaConfig>& describe(const LogicAreaConfig*) {
  using C = LogicAreaConfig;
  static const auto record =
      config::Record<C>("logic_area", "Silicon of random logic")
          .field("gate", &C::gate_m2, piece("A two-input NAND"))
          .field("transistor", &C::transistor_m2,
                 piece("A transistor of blocks that are known by their count, layout included"))
          .field("utilisation", &C::utilisation,
                 {.doc = "Cell area over layout area",
                  .unit = Dimension::fraction,
                  .min = 0.1,
                  .max = 1,
                  .required = true});
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
                 event("The same, more per virtual channel"));
  return record;
}

const config::Record<BlockStaticConfig>& describe(const BlockStaticConfig*) {
  static const auto record = config::Record<BlockStaticConfig>(
                                 "block_static", "Static power of one kind of block at nominal voltage")
                                 .field("leakage", &BlockStaticConfig::leakage_w_per_m2,
                                        areal_power("Leakage per area at the reference temperature"))
                                 .field("power_gated_share", &BlockStaticConfig::power_gated_share,
                                        share("Share of leakage left when the rail is switched off"))
                                 .field("clocked_share", &BlockStaticConfig::clocked_share,
                                        share("Share of its flip-flops that a cycle clocks while active"))
                                 .renamed("clock_tree", "'clocked_share' with flip_flop");
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
          .field("clock_gated_share", &StaticPowerConfig::clock_gated_share,
                 share("Share of the clock that runs on when clock-gated"))
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
          .field("wire_mm", &TechConfig::wire_mm_j_per_bit,
                 per_bit("One millimetre of repeated wire at random data"))
          .field("logic", &TechConfig::logic, {.doc = "Arithmetic and control", .required = true})
          .field("flip_flop", &TechConfig::flip_flop, {.doc = "Registers", .required = true})
          .field("sram", &TechConfig::sram, {.doc = "On-chip memory", .required = true})
          .field("noc", &TechConfig::noc, {.doc = "Network on chip", .required = true})
          .field("area", &TechConfig::area, {.doc = "Silicon of logic", .required = true})
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
