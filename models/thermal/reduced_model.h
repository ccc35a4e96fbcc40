// SPDX-License-Identifier: MIT
// A small model with the same inputs and outputs as the full one, exact in time while powers are held.
#pragma once

#include <Eigen/Core>
#include <list>
#include <span>
#include <vector>

#include "base/error.h"
#include "thermal/modal_kernel.h"
#include "thermal/thermal_model.h"

namespace kiln::thermal {

/// No reduced model keeps its tolerances, as of a package whose time constants lie too far apart for
/// rounding. The full model can be stepped instead.
class NotReducible : public base::SimError {
 public:
  using base::SimError::SimError;
};

struct ReductionOptions {
  double fastest_per_s = 3e4;  // changes slower than this are resolved
  double shift_ratio = 100.0;  // between expansion points
  double response_tolerance_k =
      0.01;  // of s T(s), the response seen at time scale 1/s; pulses stay within 5 times it
  double dc_tolerance_k = 1e-6;
};

/// Block rational Krylov projection of the linear network (Grimme 1997; one column per block and expansion
/// point), orthonormal in the heat capacity. It holds the uniform vector, so heat is conserved exactly, and
/// the expansion point 0, so steady states are those of the full model. A symmetric network is diagonalised:
/// a step costs 2 * order * blocks multiplications whatever its length. With coolant flow the step is a dense
/// matrix exponential, kept per step length.
class ReducedModel {
 public:
  /// Builds and checks against `model`, which must outlive it: steady state to `dc_tolerance_k`, and
  /// responses between the expansion points, and at the package's slowest pole, to `response_tolerance_k` for
  /// even and uneven fluxes that heat the package by 60 K; adds points until they hold. Throws NotReducible
  /// if they cannot be made to.
  explicit ReducedModel(const ThermalModel& model, const ReductionOptions& options = {});

  int block_count() const { return full_.block_count(); }
  /// Blocks, and the room if that is an input: as many powers and means.
  int input_count() const { return full_.input_count(); }
  int order() const { return static_cast<int>(input_.rows()); }
  /// Before the balanced truncation.
  int krylov_order() const { return static_cast<int>(columns_.cols()); }
  /// Worst difference from the full model met by the check, in K.
  double check_error_k() const { return check_error_k_; }

  State ambient_state() const;
  State steady(std::span<const double> block_power_w) const;
  /// `means_c`, if given, receives all block means at the end of the step: cheaper than asking, and within
  /// the response tolerance of what `block_mean_c` says, which adds the immediate part of the response.
  void step(State& state, double dt_s, std::span<const double> block_power_w,
            std::span<double> means_c = {}) const;

  double block_mean_c(const State& state, int block) const;
  /// Of the cells that are hottest in the block when it, or everything, is on.
  double block_max_c(const State& state, int block) const;
  double max_cell_c(const State& state) const;
  double probe_c(const State& state, Probe probe) const;
  bool has_probe(Probe probe) const { return full_.has_probe(probe); }
  HeatBalance balance(const State& state) const;

  /// All cell temperatures; exact inverse of `project` for states the reduced model can hold.
  State expand(const State& state) const;
  /// As `expand`, without the immediate response to the last powers, which the books of heat do not know:
  /// what another model of the same cells goes on from without gaining or losing heat.
  State expand_stored(const State& state) const;
  /// Nearest reduced state (in stored heat); keeps the books.
  State project(const State& full_state) const;

 private:
  struct Propagator {
    double dt_s = 0.0;
    ModalKernel::Held modes;     // diagonal dynamics
    Eigen::MatrixXd transition;  // dense dynamics
    Eigen::MatrixXd held_input;
  };

  /// Block means of the full model at a Laplace variable s, times s; a column for each of the check's powers.
  struct CheckPoint {
    double shift_per_s = 0.0;
    Eigen::MatrixXd block_rise_k;
  };
  /// A thermometer reads the largest of these: one for a mean or a point, else cells that can be the hottest.
  struct ReducedProbe {
    Eigen::MatrixXd columns;  // a reading is its product with the state
    Eigen::VectorXd rest_c;
  };

  void build(const std::vector<double>& shifts);
  void set_dynamics(const Eigen::MatrixXd& basis);
  void truncate(double tolerance_k, const Eigen::VectorXd& power_w);
  void add_silent_modes();
  Eigen::VectorXd respond(double shift_per_s, const Eigen::VectorXd& power_w) const;
  void set_outputs();
  void set_hot_cells(const std::vector<Eigen::VectorXd>& temperatures_c);
  ReducedProbe reduce(const Thermometer& thermometer,
                      const std::vector<Eigen::VectorXd>& temperatures_c) const;
  void set_mean_rows();
  void finish(const ReductionOptions& options, const std::vector<CheckPoint>& checks,
              const Eigen::MatrixXd& power_w);
  Eigen::VectorXd block_means(const Eigen::VectorXd& cell_values) const;
  Eigen::MatrixXd check_powers_w() const;
  CheckPoint check_point(double shift_per_s, const Eigen::MatrixXd& power_w) const;
  void add_check(std::vector<CheckPoint>& checks, double shift_per_s, const Eigen::MatrixXd& power_w) const;
  double error_at(const CheckPoint& check, const Eigen::MatrixXd& power_w) const;
  const Propagator& propagator(double dt_s) const;
  using Vector = Eigen::Ref<const Eigen::VectorXd>;
  void step_densely(State& state, double dt_s, const Vector& power_w) const;
  void note_flows(State& state, double dt_s, const Vector& power_w, double outflow_j) const;
  double cell_c(const State& state, int cell) const;

  const ThermalModel& full_;
  bool diagonal_ = true;
  Eigen::VectorXd rest_c_;     // steady state without power
  Eigen::MatrixXd basis_;      // order x cells (a cell is a contiguous column); T = rest + basis^T z
  Eigen::MatrixXd columns_;    // raw Krylov columns found so far
  Eigen::ArrayXd rate_per_s_;  // diagonal dynamics
  Eigen::MatrixXd matrix_;     // dense dynamics: dz/dt = -matrix z + input u
  Eigen::MatrixXd matrix_inverse_;
  Eigen::MatrixXd input_;      // order x blocks
  Eigen::MatrixXd mean_rows_;  // blocks x (order + blocks)
  Eigen::VectorXd mean_rest_c_;
  Eigen::VectorXd outlets_;  // of all of them together
  double outlets_rest_w_ = 0.0;
  Eigen::RowVectorXd stored_row_;
  double stored_rest_j_ = 0.0;
  double rest_content_j_ = 0.0;              // above 0 degC
  std::vector<std::vector<int>> hot_cells_;  // per block
  ReducedProbe skin_, board_;
  double check_error_k_ = 0.0;
  mutable ModalKernel kernel_;                 // of diagonal dynamics
  mutable std::list<Propagator> propagators_;  // most recent first
};

}  // namespace kiln::thermal
