// SPDX-License-Identifier: MIT
// The full thermal model of a package: steady states and transients of its RC network.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/watch.h"
#include "thermal/factor.h"
#include "thermal/network.h"
#include "thermal/state.h"

namespace kiln::thermal {

/// Reads the temperature of an outer face, or of one point of it.
struct Thermometer {
  std::vector<FaceCell> cells;
  double fluid_c = 0.0;
  double ambient_share = 0.0;  // K of its reading per K that the room gets warmer, apart from the cells'
  Statistic statistic = Statistic::maximum;

  double read_c(const Eigen::VectorXd& cell_temperatures_c) const;
};

/// Who simulates a package's cooling device: nobody (such a
/// package is refused), or a CooledModel around this one.
enum class Device { refuse, outside };

/// Linear model: materials are evaluated at given temperatures (see material_feedback.h for k(T)). Powers are
/// in W per block, in the order of the floorplan; temperatures in degC. Not for use by several threads at
/// once (factors are cached).
class ThermalModel {
 public:
  /// Throws base::SimError naming what is ill-posed: overlapping or out-of-die blocks, bodies that overlap,
  /// float or have no path for their heat; more cells than can be factored. `watch` is asked before every
  /// factor and every inner step.
  ThermalModel(PackageConfig package, Floorplan floorplan, double ambient_c,
               const SlabTemperatures& slab_temperatures = {}, Device device = Device::refuse,
               const base::Watch& watch = {}, Ambient ambient = Ambient::constant);
  ThermalModel(const ThermalModel&) = delete;  // the factors refer to the network
  ThermalModel& operator=(const ThermalModel&) = delete;

  const PackageConfig& package() const { return package_; }
  const Floorplan& floorplan() const { return floorplan_; }
  const Mesh& mesh() const { return mesh_; }
  const Network& network() const { return network_; }
  double ambient_c() const { return ambient_c_; }
  int block_count() const { return static_cast<int>(floorplan_.blocks.size()); }
  /// Blocks, and the room if that is an input.
  int input_count() const { return static_cast<int>(block_cells_.size()); }
  /// What the fluids that follow the room bring in when it is `deviation_k` warmer than `ambient_c`, in W.
  /// The books count it as heat in, and as much more as heat out.
  double ambient_input_w(double deviation_k) const { return network_.ambient_w_k.sum() * deviation_k; }
  int cell_count() const { return mesh_.cell_count; }
  /// Of a block, or of the room: the cells it reaches.
  std::span<const CellShare> block_cells(int block) const { return block_cells_.at(block); }

  State ambient_state() const;
  /// A state with these cell temperatures and new books.
  State state_of(Eigen::VectorXd cell_temperatures_c) const;
  State steady(std::span<const double> block_power_w) const;
  /// Holds the powers for `dt_s`. TR-BDF2 (Bank et al. 1985) with the error estimate of Hosea & Shampine
  /// 1996, in steps of dt/4^k chosen to meet the package's tolerance; or backward Euler if it says so.
  void step(State& state, double dt_s, std::span<const double> block_power_w) const;

  /// Factors ahead what a step of `dt_s` begins with.
  void expect_step(double dt_s) const;

  /// The same for any distribution of heat over the cells, in W per cell (see cell_power_w).
  State steady_of_cells(const Eigen::VectorXd& cell_power_w) const;
  void step_cells(State& state, double dt_s, const Eigen::VectorXd& cell_power_w) const;

  double block_mean_c(const State& state, int block) const;
  double block_max_c(const State& state, int block) const;
  double max_cell_c(const State& state) const;
  /// Throws base::SimError if the package has no such thermometer.
  double probe_c(const State& state, Probe probe) const;
  bool has_probe(Probe probe) const { return thermometer(probe).has_value(); }
  const std::optional<Thermometer>& thermometer(Probe probe) const {
    return probe == Probe::skin ? skin_ : board_;
  }

  /// Books of a transient, in J.
  HeatBalance balance(const State& state) const;
  /// Books of a steady state, in W.
  HeatBalance steady_balance(const State& state, std::span<const double> block_power_w) const;
  /// Heat leaving through each outlet of the network, in W.
  Eigen::VectorXd outflow_w(const Eigen::VectorXd& cell_temperatures_c) const;

  /// Cell temperatures of a layer (its first sheet), x fastest, and the grid they stand on.
  struct LayerMap {
    std::vector<double> x_lines_m, y_lines_m, temperature_c;
  };
  LayerMap layer_map(const State& state, const std::string& layer) const;

  /// Power per cell, in W.
  Eigen::VectorXd cell_power_w(std::span<const double> block_power_w) const;
  /// Solves (G + shift C) x = right; of large networks to this residual, relative to `right`.
  Eigen::VectorXd solve(double shift_per_s, const Eigen::VectorXd& right, double residual = kExact) const {
    watch_.check();
    return factors_.at(shift_per_s).solve(right, {}, residual);
  }
  SlabTemperatures slab_temperatures_c(const State& state) const;

 private:
  Face face_below_device(int body) const;
  std::optional<Thermometer> attach(const std::optional<ProbeConfig>& config, const char* name) const;
  double shift_of_step(double h_s) const;
  std::int64_t euler_steps(double dt_s) const;
  double stored_heat_j(const Eigen::VectorXd& cell_temperatures_c) const;
  void step_backward_euler(State& state, double dt_s, const Eigen::VectorXd& input_w) const;
  double try_substep(State& trial, double h_s, double tolerance_k, const Eigen::VectorXd& input_w) const;

  PackageConfig package_;
  Floorplan floorplan_;
  double ambient_c_;
  Mesh mesh_;
  Network network_;
  std::vector<std::vector<CellShare>> block_cells_;
  std::optional<Thermometer> skin_, board_;
  base::Watch watch_;
  mutable FactorCache factors_;
};

}  // namespace kiln::thermal
