// SPDX-License-Identifier: MIT
// Time integration of the full model with held power: TR-BDF2, or backward Euler.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "thermal/thermal_model.h"

namespace kiln::thermal {
namespace {

// Bank et al., IEEE Trans. CAD 4 (1985) 436: with gamma = 2 - sqrt(2) both stages share one matrix.
constexpr double kGamma = 2.0 - std::numbers::sqrt2;
constexpr double kStageWeight =
    std::numbers::sqrt2 / 4.0;  // of f(t) and f(t + gamma h) in the step as a DIRK method
constexpr double kLastWeight = kGamma / 2.0;
// Hosea & Shampine, Appl. Num. Math. 20 (1996) 21, eq. for the local error of the step.
constexpr double kErrorFactor = (-3.0 * kGamma * kGamma + 4.0 * kGamma - 2.0) / (12.0 * (2.0 - kGamma));
// Steps are dt / 4^level: a factor costs as much as a dozen
// steps, so few lengths serve better than fitting ones.
constexpr int kFinestLevel = 7;
constexpr double kShortening = 4.0;
constexpr double kShorteningCubed = kShortening * kShortening * kShortening;  // of a smooth step's error

std::int64_t units_of(int level) {
  return std::int64_t{1} << (2 * (kFinestLevel - level));
}
constexpr std::int64_t kWhole = std::int64_t{1} << (2 * kFinestLevel);

/// How much finer after a failed step. Just after power has
/// changed the error falls with the length, not with its cube.
int levels_down(double error, double tolerance) {
  return std::max(1, static_cast<int>(std::log(error / tolerance) / std::log(kShortening)));
}

}  // namespace

double ThermalModel::shift_of_step(double h_s) const {
  return package_.solver.method == TimeMethod::backward_euler ? 1.0 / h_s : 2.0 / (kGamma * h_s);
}

/// One step of h; returns the estimated local error in K, worst cell, or a bound of it below `tolerance_k`.
/// The sum rule over G makes the books close to rounding.
double ThermalModel::try_substep(State& trial, double h_s, double tolerance_k,
                                 const Eigen::VectorXd& input_w) const {
  watch_.check();
  const double shift = shift_of_step(h_s);
  const Factor& factor = factors_.at(shift);
  const Eigen::VectorXd& c = network_.capacity_j_k;
  const Eigen::VectorXd x0 = trial.x;
  const Eigen::VectorXd flow0 = network_.conductance_w_k * x0;
  const Eigen::VectorXd right1 = shift * c.cwiseProduct(x0) - flow0 + 2.0 * input_w;
  const Eigen::VectorXd x1 = factor.solve(right1, x0);
  const Eigen::VectorXd flow1 = right1 - shift * c.cwiseProduct(x1);
  constexpr double kA1 = 1.0 / (kGamma * (2.0 - kGamma));
  constexpr double kA0 = (1.0 - kGamma) * (1.0 - kGamma) / (kGamma * (2.0 - kGamma));
  const Eigen::VectorXd right2 = shift * c.cwiseProduct(kA1 * x1 - kA0 * x0) + input_w;
  trial.x = factor.solve(right2, x1);
  const Eigen::VectorXd flow2 = right2 - shift * c.cwiseProduct(trial.x);
  trial.heat_out_j +=
      h_s * (kStageWeight * (outflow_w(x0) + outflow_w(x1)) + kLastWeight * outflow_w(trial.x)).sum();
  const Eigen::VectorXd defect = flow0 / kGamma - flow1 / (kGamma * (1.0 - kGamma)) + flow2 / (1.0 - kGamma);
  // The plain estimate grows with the rate of modes faster than the step, and filtered by (I + gamma h/2
  // A)^-1 once it still stays at their amplitude. Filtered twice it follows the true error within 36 % for
  // every rate (of a decaying mode: R(-z) - exp(-z)), but costs two solutions; so each is only asked for when
  // the one before was too large.
  const double scale = std::abs(2.0 * kErrorFactor * h_s);
  Eigen::VectorXd rate = defect.cwiseQuotient(c);
  double error = scale * rate.cwiseAbs().maxCoeff();
  for (int filter = 0; filter < 2 && error > tolerance_k; ++filter) {
    rate = factor.solve(shift * c.cwiseProduct(rate), {}, kEstimate);
    error = scale * rate.cwiseAbs().maxCoeff();
  }
  return error;
}

std::int64_t ThermalModel::euler_steps(double dt_s) const {
  return std::max<std::int64_t>(1, std::llround(std::ceil(dt_s / package_.solver.step_s - 1e-6)));
}

void ThermalModel::expect_step(double dt_s) const {
  const bool euler = package_.solver.method == TimeMethod::backward_euler;
  factors_.at(shift_of_step(euler ? dt_s / static_cast<double>(euler_steps(dt_s)) : dt_s));
}

void ThermalModel::step_backward_euler(State& state, double dt_s, const Eigen::VectorXd& input_w) const {
  const std::int64_t steps = euler_steps(dt_s);
  const double h_s = dt_s / static_cast<double>(steps);
  const Factor& factor = factors_.at(shift_of_step(h_s));
  for (std::int64_t i = 0; i < steps; ++i) {
    watch_.check();
    state.x = factor.solve(network_.capacity_j_k.cwiseProduct(state.x) / h_s + input_w, state.x);
    state.heat_out_j += h_s * outflow_w(state.x).sum();
  }
}

void ThermalModel::step(State& state, double dt_s, std::span<const double> block_power_w) const {
  step_cells(state, dt_s, cell_power_w(block_power_w));
}

void ThermalModel::step_cells(State& state, double dt_s, const Eigen::VectorXd& power_w) const {
  KILN_CHECK(state.x.size() == cell_count(), "a state of {} cells for a model of {}", state.x.size(),
             cell_count());
  if (dt_s <= 0.0) return;
  const Eigen::VectorXd input_w = power_w + network_.boundary_w;
  state.elapsed_s += dt_s;
  state.heat_in_j += power_w.sum() * dt_s;
  if (package_.solver.method == TimeMethod::backward_euler) return step_backward_euler(state, dt_s, input_w);
  const double tolerance = package_.solver.step_tolerance_k;
  // Begin with the length that last met the tolerance.
  int level = 0;
  while (level < kFinestLevel && state.substep_s > 0.0 &&
         dt_s * static_cast<double>(units_of(level)) > state.substep_s * 1.001 * static_cast<double>(kWhole))
    ++level;
  std::int64_t done = 0;  // in units of the finest step
  State trial = state;
  while (done < kWhole) {
    const std::int64_t units = units_of(level);
    trial.x = state.x;
    trial.heat_out_j = state.heat_out_j;
    const double error = try_substep(trial, dt_s * static_cast<double>(units) / static_cast<double>(kWhole),
                                     tolerance, input_w);
    if (error > tolerance && level < kFinestLevel) {
      level = std::min(kFinestLevel, level + levels_down(error, tolerance));
      continue;
    }
    std::swap(state.x, trial.x);
    state.heat_out_j = trial.heat_out_j;
    done += units;
    if (level > 0 && error * kShorteningCubed < tolerance && done % units_of(level - 1) == 0) --level;
  }
  state.substep_s = dt_s * static_cast<double>(units_of(level)) / static_cast<double>(kWhole);
}

}  // namespace kiln::thermal
