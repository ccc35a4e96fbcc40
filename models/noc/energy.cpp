// SPDX-License-Identifier: MIT
#include "noc/energy.h"

#include <cmath>
#include <limits>

#include "base/units.h"
#include "noc/topology.h"

namespace kiln::noc {
namespace {

// Exponents of the buffered flits per port between DSENT's 2 VC x 4 and 4 VC x 8 routers at 22 nm, 128 bit:
// 0.88 -> 2.06 pJ, 0.65 -> 1.80 pJ, 0.037 -> 0.054 pJ, 5.19 -> 16.0 mW, 0.0175 -> 0.047 mm2.
constexpr double kWriteExponent = 0.61;
constexpr double kReadExponent = 0.73;
constexpr double kArbitrationExponent = 0.27;
constexpr double kLeakageExponent = 0.81;
constexpr double kAreaExponent = 0.71;
constexpr double kBoltzmannEvPerK = 8.617333e-5;

}  // namespace

NocEnergy& NocEnergy::operator+=(const NocEnergy& other) {
  buffer_write_j += other.buffer_write_j;
  buffer_read_j += other.buffer_read_j;
  crossbar_j += other.crossbar_j;
  arbitration_j += other.arbitration_j;
  link_j += other.link_j;
  clock_j += other.clock_j;
  leakage_j += other.leakage_j;
  return *this;
}

NocEnergyModel::NocEnergyModel(const NocConfig& config, const EnergyConfig& energy)
    : config_(config), events_(energy) {
  const EnergyConfig& e = events_;
  const double width = static_cast<double>(config.link_bytes) / e.flit_bytes;
  const double buffers =
      static_cast<double>(config.virtual_channels * config.buffer_depth) / e.buffered_flits;
  per_flit_.buffer_write_j = e.buffer_write_j * width * std::pow(buffers, kWriteExponent);
  per_flit_.buffer_read_j = e.buffer_read_j * width * std::pow(buffers, kReadExponent);
  const double ports = port_ratio(config);
  per_flit_.crossbar_j = e.crossbar_j * width * ports;
  per_flit_.arbitration_j = e.arbitration_j * std::pow(buffers, kArbitrationExponent) * ports;
  per_flit_.clock_j = e.clock_j * width * ports;
  per_flit_.link_j = e.link_per_bit_mm_j * 8 * config.link_bytes * config.link_length_m * 1e3;
  leakage_w_ = e.leakage_w * e.leakage_scale * width * std::pow(buffers, kLeakageExponent) * ports;
  area_m2_ = e.router_area_m2 * width * std::pow(buffers, kAreaExponent) * ports;
}

double NocEnergyModel::leakage_w(const NocConditions& at) const {
  const EnergyConfig& e = events_;
  return leakage_w_ * at.voltage_v / e.reference_voltage_v *
         std::exp2((at.temperature_c - e.reference_temperature_c) / e.leakage_doubling_c);
}

NocEnergy NocEnergyModel::energy(const RouterActivity& activity, double cycles, double seconds,
                                 const NocConditions& at) const {
  const double ratio = at.voltage_v / events_.reference_voltage_v;
  const double scale = ratio * ratio;
  const double data = scale * events_.toggle_factor;
  NocEnergy out;
  out.buffer_write_j = data * per_flit_.buffer_write_j * static_cast<double>(activity.buffer_writes);
  out.buffer_read_j = data * per_flit_.buffer_read_j * static_cast<double>(activity.buffer_reads);
  out.crossbar_j = data * per_flit_.crossbar_j * static_cast<double>(activity.crossbar);
  out.arbitration_j = scale * per_flit_.arbitration_j * static_cast<double>(activity.arbitrations);
  out.link_j = data * per_flit_.link_j * static_cast<double>(activity.wire_flits);
  out.clock_j = scale * per_flit_.clock_j * cycles;
  out.leakage_j = leakage_w(at) * seconds;
  return out;
}

double NocEnergyModel::relative_mttf(double flits_per_cycle, double clock_hz, const NocConditions& at) const {
  if (flits_per_cycle <= 0) return std::numeric_limits<double>::infinity();
  const ElectromigrationConfig& em = config_.electromigration;
  const double current = flits_per_cycle * events_.toggle_factor * clock_hz / config_.clock_hz *
                         at.voltage_v / events_.reference_voltage_v;
  const double kelvin = at.temperature_c + base::kZeroCelsiusInKelvin;
  const double reference = events_.reference_temperature_c + base::kZeroCelsiusInKelvin;
  return std::pow(current, -em.current_exponent) *
         std::exp(em.activation_energy_ev / kBoltzmannEvPerK * (1 / kelvin - 1 / reference));
}

}  // namespace kiln::noc
