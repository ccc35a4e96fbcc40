// SPDX-License-Identifier: MIT
#include "thermal/leakage.h"

#include <fmt/core.h>

#include <Eigen/LU>
#include <cmath>
#include <limits>

namespace kiln::thermal {
namespace {

constexpr int kMaxIterations = 100;    // Newton's
constexpr int kMaxDeviceRounds = 500;  // around a device, each a fraction (the loop gain) of the one before
constexpr double kSettled_k = 1e-6;    // Newton's last step; what remains after it is its square

double slope_w_k(const Leakage& leakage, int block, double temperature_c) {
  constexpr double kHalf_k = 0.01;
  return (leakage(block, temperature_c + kHalf_k) - leakage(block, temperature_c - kHalf_k)) /
         (2.0 * kHalf_k);
}

/// Largest eigenvalue of a non-negative matrix (Perron) and the row where its vector is largest.
std::pair<double, int> perron(const Eigen::MatrixXd& loop) {
  Eigen::VectorXd vector = Eigen::VectorXd::Ones(loop.rows());
  double gain = 0.0;
  for (int i = 0; i < 200; ++i) {
    const Eigen::VectorXd next = loop * vector;
    const double norm = next.maxCoeff();
    if (norm <= 0.0) return {0.0, 0};
    const bool settled = std::abs(norm - gain) < 1e-12 * norm;
    gain = norm;
    vector = next / norm;
    if (settled) break;
  }
  Eigen::Index block = 0;
  vector.maxCoeff(&block);
  return {gain, static_cast<int>(block)};
}

}  // namespace

LeakageLoop::LeakageLoop(const ThermalModel& model) : model_(model) {
  const int blocks = model.block_count();
  resistance_k_w_.resize(blocks, blocks);
  std::vector<double> unit(static_cast<std::size_t>(blocks), 0.0);
  for (int column = 0; column < blocks; ++column) {
    unit[column] = 1.0;
    const Eigen::VectorXd rise = model.solve(0.0, model.cell_power_w(unit), kFeedback);
    unit[column] = 0.0;
    for (int row = 0; row < blocks; ++row) {
      double mean = 0.0;
      for (const CellShare& part : model.block_cells(row)) mean += part.share * rise[part.cell];
      resistance_k_w_(row, column) = mean;
    }
  }
}

Eigen::VectorXd LeakageLoop::leak_free_c(std::span<const double> dynamic_power_w) const {
  const State state = model_.steady(dynamic_power_w);
  Eigen::VectorXd temperature_c(model_.block_count());
  for (int block = 0; block < model_.block_count(); ++block)
    temperature_c[block] = model_.block_mean_c(state, block);
  return temperature_c;
}

LeakageLoop::Solution LeakageLoop::solve(const Eigen::VectorXd& leak_free_c, const Leakage& leakage,
                                         double multiplier) const {
  const int blocks = model_.block_count();
  Solution solution{.stable = false, .temperature_c = leak_free_c, .gain = 0.0, .block = 0};
  for (int iteration = 0; iteration < kMaxIterations; ++iteration) {
    Eigen::VectorXd power_w(blocks), slope(blocks);
    for (int block = 0; block < blocks; ++block) {
      power_w[block] = multiplier * leakage(block, solution.temperature_c[block]);
      slope[block] = multiplier * slope_w_k(leakage, block, solution.temperature_c[block]);
    }
    const Eigen::MatrixXd loop = resistance_k_w_ * slope.asDiagonal();
    std::tie(solution.gain, solution.block) = perron(loop);
    if (!(solution.gain < 1.0) || !power_w.allFinite()) return solution;
    const Eigen::VectorXd defect = leak_free_c + resistance_k_w_ * power_w - solution.temperature_c;
    const Eigen::VectorXd move =
        (Eigen::MatrixXd::Identity(blocks, blocks) - loop).partialPivLu().solve(defect);
    solution.temperature_c += move;
    if (move.cwiseAbs().maxCoeff() < kSettled_k) {
      solution.stable = true;
      return solution;
    }
  }
  return solution;
}

LeakageSteady LeakageLoop::steady(std::span<const double> dynamic_power_w, const Leakage& leakage) const {
  const Solution solution = solve(leak_free_c(dynamic_power_w), leakage, 1.0);
  if (!solution.stable)
    throw ThermalRunaway(model_.floorplan().blocks[solution.block].name, solution.gain,
                         solution.temperature_c[solution.block]);
  LeakageSteady result{
      .state = {}, .leakage_w = {}, .loop_gain = solution.gain, .hottest_loop_block = solution.block};
  result.leakage_w.resize(model_.block_count());
  std::vector<double> power_w(dynamic_power_w.begin(), dynamic_power_w.end());
  for (int block = 0; block < model_.block_count(); ++block) {
    result.leakage_w[block] = leakage(block, solution.temperature_c[block]);
    power_w[block] += result.leakage_w[block];
  }
  result.state = model_.steady(power_w);
  return result;
}

double LeakageLoop::runaway_multiplier(std::span<const double> dynamic_power_w,
                                       const Leakage& leakage) const {
  constexpr double kNever = 1e9;
  const Eigen::VectorXd base_c = leak_free_c(dynamic_power_w);
  double stable = 0.0, unstable = 1.0;
  while (solve(base_c, leakage, unstable).stable) {
    stable = unstable;
    unstable *= 2.0;
    if (unstable > kNever) return std::numeric_limits<double>::infinity();
  }
  while (unstable - stable > 1e-7 * unstable) {
    const double middle = (stable + unstable) / 2.0;
    (solve(base_c, leakage, middle).stable ? stable : unstable) = middle;
  }
  return stable;
}

LeakageSteady steady_with_leakage(const ThermalModel& model, std::span<const double> dynamic_power_w,
                                  const Leakage& leakage) {
  return LeakageLoop(model).steady(dynamic_power_w, leakage);
}

LeakageSteady steady_with_leakage(CooledModel& cooled, std::span<const double> dynamic_power_w,
                                  const Leakage& leakage) {
  const int blocks = cooled.block_count();
  LeakageSteady result;
  result.state = cooled.steady(dynamic_power_w);
  result.leakage_w = Eigen::VectorXd::Zero(blocks);
  Eigen::VectorXd before_c(blocks), now_c(blocks);
  const auto read = [&](Eigen::VectorXd& means_c) {
    for (int block = 0; block < blocks; ++block) means_c[block] = cooled.block_mean_c(result.state, block);
  };
  read(before_c);
  std::vector<double> power_w(dynamic_power_w.begin(), dynamic_power_w.end());
  for (int round = 0; round < kMaxDeviceRounds; ++round) {
    for (int block = 0; block < blocks; ++block) {
      result.leakage_w[block] = leakage(block, before_c[block]);
      power_w[static_cast<std::size_t>(block)] =
          dynamic_power_w[static_cast<std::size_t>(block)] + result.leakage_w[block];
    }
    result.state = cooled.steady(power_w);
    read(now_c);
    Eigen::Index hottest = 0;
    const double hottest_c = now_c.maxCoeff(&hottest);
    if (!(hottest_c < kMelted_c))
      throw ThermalRunaway(cooled.model().floorplan().blocks[static_cast<std::size_t>(hottest)].name,
                           hottest_c);
    if ((now_c - before_c).cwiseAbs().maxCoeff() < kSettled_k) return result;
    std::swap(before_c, now_c);
  }
  throw base::SimError(fmt::format(
      "the steady state of package and cooling device was not found in {} rounds", kMaxDeviceRounds));
}

double runaway_margin(const ThermalModel& model, std::span<const double> dynamic_power_w,
                      const Leakage& leakage) {
  return LeakageLoop(model).runaway_multiplier(dynamic_power_w, leakage);
}

}  // namespace kiln::thermal
