// SPDX-License-Identifier: MIT
// A package with a device on one of its faces: the network is linear, the device is not.
#pragma once

#include <memory>
#include <span>

#include "thermal/face_device.h"
#include "thermal/thermal_model.h"

namespace kiln::thermal {

/// What the device did so far, in J, and does now.
struct DeviceBooks {
  double drawn_j = 0.0;
  double electrical_j = 0.0;
  double face_c = 0.0;
  double heat_w = 0.0;
  double electrical_w = 0.0;
  int branch_changes = 0;  // a two-phase bath passing its critical heat flux, or rewetting
};

/// The face's temperature at the end of a step is affine in the heat drawn, T = T0 - S q; with the device's
/// monotone law that is one scalar equation per step, solved by bisection. Heat drawn leaves the books of the
/// network exactly. The package needs another way out for its heat as well (a board, say), so that it has a
/// steady state without the device.
class CooledModel {
 public:
  CooledModel(const ThermalModel& model, const DeviceConfig& device);

  const ThermalModel& model() const { return *model_; }
  /// The same package under another drive or other surroundings from now on: the same cells. Books go on, and
  /// so does what the device stores. `model` must outlive this.
  void move_to(const ThermalModel& model);
  const DeviceBooks& books() const { return books_; }
  FaceDevice& device() { return *device_; }

  int block_count() const { return model_->block_count(); }
  double block_mean_c(const State& state, int block) const { return model_->block_mean_c(state, block); }
  double max_cell_c(const State& state) const { return model_->max_cell_c(state); }

  State steady(std::span<const double> block_power_w);
  /// A time begins at this state: books at zero, what the device stores at rest with its face.
  void begin(const State& state);
  void step(State& state, double dt_s, std::span<const double> block_power_w);
  /// Heat in = stored + out, with what the device drew counted as out.
  HeatBalance balance(const State& state) const;
  HeatBalance steady_balance(const State& state, std::span<const double> block_power_w) const;
  double face_c(const State& state, double drawn_w) const;

 private:
  double solve_heat(double free_face_c, double slope_k_w, double dt_s);
  const State& response(double dt_s);

  const ThermalModel* model_;
  Eigen::VectorXd unit_w_;  // one watt drawn, per cell
  double film_k_w_ = 0.0;   // from the cells' centres to the face
  std::unique_ptr<FaceDevice> device_;
  double response_dt_s_ = -1.0;
  State response_;  // of the network to one watt drawn over dt, from rest
  DeviceBooks books_;
};

}  // namespace kiln::thermal
