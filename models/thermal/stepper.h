// SPDX-License-Identifier: MIT
// A package in time and at rest, by the cheapest way that is right for it: whole, by its reduced model, or
// whole with a device on a face.
#pragma once

#include <future>
#include <memory>
#include <span>
#include <vector>

#include "thermal/cooled_model.h"
#include "thermal/leakage.h"
#include "thermal/reduced_model.h"
#include "thermal/thermal_model.h"

namespace kiln::thermal {

/// States in time are the stepper's own: `enter` makes one of a full state, `expand` gives that back. Steady
/// states are full ones. Powers are in W per input of the model: blocks, and the room if that is an input.
class Stepper {
 public:
  /// `device`, unless null, is on a face of `full`. Both must outlive this.
  explicit Stepper(const ThermalModel& full, CooledModel* device = nullptr);

  /// From now on states are reduced ones. Not with a device, whose law is not linear. Throws NotReducible,
  /// and stays as it was.
  void reduce(const ReductionOptions& options = {});
  /// Null unless it was reduced.
  const ReducedModel* reduced() const { return reduced_.get(); }
  const ThermalModel& full() const { return full_; }

  State enter(State full_state) const;
  State expand(const State& state) const;
  /// As `expand`, but only what the books of heat know of: what another stepper of the same cells goes on
  /// from.
  State expand_stored(const State& state) const;
  /// A time begins at this state: what a device stores is at rest with its face.
  void begin(const State& state);
  /// Holds the powers for `dt_s`. `means_c`, unless empty, receives the means of all blocks.
  void step(State& state, double dt_s, std::span<const double> input_w, std::span<double> means_c = {});

  void read_block_means(const State& state, std::span<double> means_c) const;
  double block_mean_c(const State& state, int block) const;
  double max_cell_c(const State& state) const;
  double probe_c(const State& state, Probe probe) const;
  /// Heat in = stored + out since `begin`, in J.
  HeatBalance balance(const State& state) const;

  State steady(std::span<const double> input_w);
  /// Of the blocks in the steady state: what `steady` says, at less cost where it was reduced.
  std::vector<double> steady_means_c(std::span<const double> input_w);
  /// Steady state with leakage in the loop. Throws ThermalRunaway naming the block.
  LeakageSteady steady(std::span<const double> fixed_w, const Leakage& leakage);
  /// Starts to compute on another thread what `steady` with leakage needs, and what steps of `step_s` need
  /// (0: none). Call nothing else of this object before that.
  void expect_steady(double step_s = 0);
  /// Of the network alone, without a device.
  const LeakageLoop& leakage_loop();
  HeatBalance steady_balance(const State& full_state, std::span<const double> input_w) const;

 private:
  const ThermalModel& full_;
  CooledModel* device_;
  std::unique_ptr<ReducedModel> reduced_;
  std::vector<double> input_means_c_;  ///< with the room's
  std::shared_future<std::unique_ptr<LeakageLoop>> leakage_loop_;
};

}  // namespace kiln::thermal
