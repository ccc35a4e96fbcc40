// SPDX-License-Identifier: MIT
#include "pdn/rail.h"

#include <fmt/core.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace kiln::pdn {

Rail::Rail(const RailConfig& config) : config_(config) {
  if (config.stages.empty()) throw base::SimError("a supply rail needs at least one stage");
  for (const StageConfig& stage : config.stages)
    if (stage.inductance_h <= 0.0 || stage.capacitance_f <= 0.0 || stage.resistance_ohm < 0.0 ||
        stage.esr_ohm < 0.0)
      throw base::SimError(fmt::format(
          "rail stage '{}': inductance and capacitance must be positive, resistances not negative",
          stage.name));
  const auto n = static_cast<Eigen::Index>(config.stages.size());
  a_ = Eigen::MatrixXd::Zero(2 * n, 2 * n);
  // Node voltage v_k = u_k + esr_k (i_k - i_{k+1}); i_{n} is the load.
  const auto add_node = [&](Eigen::Index row, Eigen::Index k, double factor) {
    const double esr = config.stages[k].esr_ohm;
    a_(row, 2 * k + 1) += factor;
    a_(row, 2 * k) += factor * esr;
    if (k + 1 < n) a_(row, 2 * (k + 1)) -= factor * esr;
  };
  for (Eigen::Index k = 0; k < n; ++k) {
    const StageConfig& stage = config.stages[k];
    const Eigen::Index current = 2 * k, voltage = 2 * k + 1;
    const double per_l = 1.0 / stage.inductance_h;
    a_(current, current) -= stage.resistance_ohm * per_l;
    add_node(current, k, -per_l);
    if (k > 0)
      add_node(current, k - 1, per_l);
    else
      a_(current, current) -= config.load_line_ohm * per_l;
    a_(voltage, current) += 1.0 / stage.capacitance_f;
    if (k + 1 < n) a_(voltage, 2 * (k + 1)) -= 1.0 / stage.capacitance_f;
  }
}

double Rail::static_resistance_ohm() const {
  double sum = config_.load_line_ohm;
  for (const StageConfig& stage : config_.stages) sum += stage.resistance_ohm;
  return sum;
}

RailState Rail::settled(double load_a) const {
  RailState state{.x = Eigen::VectorXd(a_.rows()), .load_a = load_a};
  double voltage_v = config_.voltage_v - config_.load_line_ohm * load_a;
  for (std::size_t k = 0; k < config_.stages.size(); ++k) {
    voltage_v -= config_.stages[k].resistance_ohm * load_a;
    state.x[static_cast<Eigen::Index>(2 * k)] = load_a;
    state.x[static_cast<Eigen::Index>(2 * k + 1)] = voltage_v;
  }
  return state;
}

double Rail::die_voltage_v(const RailState& state) const {
  const Eigen::Index last = state.x.size() - 1;
  return state.x[last] + config_.stages.back().esr_ohm * (state.x[last - 1] - state.load_a);
}

std::vector<RailMode> Rail::modes() const {
  // In roots of energy only losses keep the matrix from being skew: its eigenvectors are far from parallel.
  Eigen::VectorXd scale(a_.rows());
  for (std::size_t k = 0; k < config_.stages.size(); ++k) {
    scale[static_cast<Eigen::Index>(2 * k)] = std::sqrt(config_.stages[k].inductance_h);
    scale[static_cast<Eigen::Index>(2 * k + 1)] = std::sqrt(config_.stages[k].capacitance_f);
  }
  const Eigen::EigenSolver<Eigen::MatrixXd> solver(scale.asDiagonal() * a_ *
                                                   scale.cwiseInverse().asDiagonal());
  const Eigen::MatrixXcd vectors = solver.eigenvectors();
  const Eigen::VectorXd off = scale.cwiseProduct(settled(0).x - settled(1).x);
  const Eigen::VectorXcd amounts = vectors.partialPivLu().solve(off.cast<std::complex<double>>());
  const Eigen::Index last = a_.rows() - 1;
  std::vector<RailMode> modes;
  for (Eigen::Index m = 0; m <= last; ++m) {
    const std::complex<double> pole = solver.eigenvalues()[m];
    if (pole.imag() < 0) continue;  // the conjugate of another
    const std::complex<double> seen = vectors(last, m) / scale[last] +
                                      config_.stages.back().esr_ohm * vectors(last - 1, m) / scale[last - 1];
    modes.push_back({pole, seen * amounts[m] * (pole.imag() > 0 ? 2.0 : 1.0)});
  }
  return modes;
}

double Rail::impedance_ohm(double frequency_hz) const {
  using Complex = std::complex<double>;
  const Complex s(0.0, 2.0 * std::numbers::pi * frequency_hz);
  Complex upstream = config_.load_line_ohm;
  for (const StageConfig& stage : config_.stages) {
    const Complex series = upstream + stage.resistance_ohm + s * stage.inductance_h;
    const Complex shunt = stage.esr_ohm + 1.0 / (s * stage.capacitance_f);
    upstream = series * shunt / (series + shunt);
  }
  return std::abs(upstream);
}

Rail::Peak Rail::impedance_peak(double low_hz, double high_hz) const {
  constexpr int kScan = 4000;
  Peak peak;
  const double step = std::log(high_hz / low_hz) / kScan;
  for (int i = 0; i <= kScan; ++i) {
    const double frequency_hz = low_hz * std::exp(step * i);
    if (const double z = impedance_ohm(frequency_hz); z > peak.impedance_ohm) peak = {frequency_hz, z};
  }
  double low = peak.frequency_hz * std::exp(-step), high = peak.frequency_hz * std::exp(step);
  for (int i = 0; i < 60; ++i) {
    const double a = low + (high - low) / 3.0, b = high - (high - low) / 3.0;
    (impedance_ohm(a) > impedance_ohm(b) ? high : low) = impedance_ohm(a) > impedance_ohm(b) ? b : a;
  }
  return {(low + high) / 2.0, impedance_ohm((low + high) / 2.0)};
}

const config::Record<StageConfig>& describe(const StageConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<StageConfig>("pdn_stage",
                                  "Series branch towards the load, then a decoupling branch to ground")
          .field("name", &StageConfig::name, {.doc = "Name of the stage", .required = true})
          .field("inductance", &StageConfig::inductance_h,
                 {.doc = "Series inductance",
                  .unit = Dimension::inductance,
                  .min = 1e-18,
                  .max = 1e-3,
                  .required = true})
          .field("resistance", &StageConfig::resistance_ohm,
                 {.doc = "Series resistance",
                  .unit = Dimension::resistance,
                  .min = 0.0,
                  .max = 10.0,
                  .required = true})
          .field("capacitance", &StageConfig::capacitance_f,
                 {.doc = "Decoupling capacitance",
                  .unit = Dimension::capacitance,
                  .min = 1e-18,
                  .max = 1.0,
                  .required = true})
          .field("esr", &StageConfig::esr_ohm,
                 {.doc = "Its series resistance",
                  .unit = Dimension::resistance,
                  .min = 0.0,
                  .max = 10.0,
                  .source = "none: absent unless given"});
  return record;
}

void check_stages(const std::vector<StageConfig>& stages, config::Checker& check) {
  if (stages.empty()) check.fail("stages", "is empty; a rail needs at least one stage");
}

const config::Record<RailConfig>& describe(const RailConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<RailConfig>("rail", "One supply rail from its regulator to the die")
          .field("load_line", &RailConfig::load_line_ohm,
                 {.doc = "Set point falls by this per ampere",
                  .unit = Dimension::resistance,
                  .min = 0.0,
                  .max = 1.0,
                  .source = "none: absent unless given"})
          .field("noise_limit", &RailConfig::noise_limit,
                 {.doc = "Allowed droop as a share of the voltage",
                  .unit = Dimension::fraction,
                  .min = 0.0,
                  .max = 1.0,
                  .source = "VoltSpot pdn.config: 5 %"})
          .field(
              "stages", &RailConfig::stages,
              {.doc = "From the regulator to the die",
               .source =
                   "package: VoltSpot pdn.config; die: 100 nF/mm2 on 10 % of 100 mm2 (VoltSpot) behind 5 pH, "
                   "which puts the first droop at 71 MHz, in the usual 50 to 200 MHz (estimate); board: "
                   "1 mF of bulk capacitors and a short plane (estimate)"})
          .renamed("voltage", "'operating_points' of the chip, which set the rail's voltage")
          .check([](const RailConfig& rail, config::Checker& check) { check_stages(rail.stages, check); });
  return record;
}

}  // namespace kiln::pdn
