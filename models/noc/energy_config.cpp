// SPDX-License-Identifier: MIT
#include "noc/energy_config.h"

namespace kiln::noc {

using base::Dimension;

namespace {

constexpr std::string_view kDsent = "DSENT 0.9, 22 nm LVT, 5 ports, 128 bit, 4 VC x 8, 0.8 V, 340 K, 1 GHz";

config::Record<EnergyConfig> events() {
  return config::Record<EnergyConfig>("noc_energy",
                                      "Energy per event of a router and its links, leakage and area")
      .field("flit_bytes", &EnergyConfig::flit_bytes,
             {.doc = "Flit width the energies hold for; other widths scale linearly",
              .unit = Dimension::bytes,
              .min = 1,
              .max = 256,
              .source = kDsent})
      .field("buffered_flits", &EnergyConfig::buffered_flits,
             {.doc = "Flits buffered per port (VCs x depth) the energies hold for",
              .min = 1,
              .max = 1024,
              .source = kDsent})
      .field("buffer_write", &EnergyConfig::buffer_write_j,
             {.doc = "Writing one flit", .unit = Dimension::energy, .min = 0, .max = 1e-6, .source = kDsent})
      .field("buffer_read", &EnergyConfig::buffer_read_j,
             {.doc = "Reading one flit", .unit = Dimension::energy, .min = 0, .max = 1e-6, .source = kDsent})
      .field("crossbar", &EnergyConfig::crossbar_j,
             {.doc = "One flit through the crossbar",
              .unit = Dimension::energy,
              .min = 0,
              .max = 1e-6,
              .source = kDsent})
      .field("arbitration", &EnergyConfig::arbitration_j,
             {.doc = "Allocation of one flit",
              .unit = Dimension::energy,
              .min = 0,
              .max = 1e-6,
              .source = kDsent})
      .field("clock", &EnergyConfig::clock_j,
             {.doc = "Clock tree of a router, per cycle",
              .unit = Dimension::energy,
              .min = 0,
              .max = 1e-6,
              .source = kDsent})
      .field("link_per_bit_mm", &EnergyConfig::link_per_bit_mm_j,
             {.doc = "One bit over one millimetre of repeated global wire, random data",
              .unit = Dimension::energy_per_bit,
              .min = 0,
              .max = 1e-9,
              .source = "DSENT 0.9, 22 nm: 0.0236 pJ/bit/mm"});
}

config::Record<EnergyConfig> with_statics(config::Record<EnergyConfig> record) {
  record
      .field("leakage", &EnergyConfig::leakage_w,
             {.doc = "Leakage of a router at reference voltage and temperature",
              .unit = Dimension::power,
              .min = 0,
              .max = 10,
              .source = kDsent})
      .field("leakage_scale", &EnergyConfig::leakage_scale,
             {.doc = "Factor on leakage for other cell mixes: LVT at 340 K is the upper bound",
              .min = 0,
              .max = 10,
              .source = "1 is DSENT's LVT corner"})
      .field("router_area", &EnergyConfig::router_area_m2,
             {.doc = "Area of a router", .unit = Dimension::area, .min = 0, .max = 1e-4, .source = kDsent})
      .field("reference_voltage", &EnergyConfig::reference_voltage_v,
             {.doc = "Voltage of these figures",
              .unit = Dimension::voltage,
              .min = 0.2,
              .max = 2,
              .source = kDsent})
      .field("reference_temperature", &EnergyConfig::reference_temperature_c,
             {.doc = "Temperature of the leakage",
              .unit = Dimension::temperature,
              .min = -40,
              .max = 150,
              .source = "340 K"})
      .field("leakage_doubling", &EnergyConfig::leakage_doubling_c,
             {.doc = "Temperature rise that doubles leakage",
              .unit = Dimension::temperature_difference,
              .min = 5,
              .max = 100,
              .source = "estimate: 20 to 30 K for planar and FinFET nodes; models/power refines it"})
      .field("toggle_factor", &EnergyConfig::toggle_factor,
             {.doc = "Switching of data relative to random bits; 0.4 to 2 between constant and "
                     "full-toggle data",
              .min = 0,
              .max = 4,
              .source = "1 is DSENT's random data; Piton (HPCA 2018) spans a factor 4.7"});
  return record;
}

}  // namespace

const config::Record<EnergyConfig>& describe(const EnergyConfig*) {
  static const config::Record<EnergyConfig> record = with_statics(events());
  return record;
}

const config::Record<ElectromigrationConfig>& describe(const ElectromigrationConfig*) {
  static const auto record = config::Record<ElectromigrationConfig>(
                                 "noc_electromigration", "Black's equation for the wires of the links")
                                 .field("current_exponent", &ElectromigrationConfig::current_exponent,
                                        {.doc = "Exponent of the current density",
                                         .min = 1,
                                         .max = 3,
                                         .source = "Black 1969: 2 (nucleation)"})
                                 .field("activation_energy_ev", &ElectromigrationConfig::activation_energy_ev,
                                        {.doc = "Activation energy in electron volts",
                                         .min = 0.3,
                                         .max = 1.5,
                                         .source = "JEP122H: 0.8 to 1.0 for copper"});
  return record;
}

}  // namespace kiln::noc
