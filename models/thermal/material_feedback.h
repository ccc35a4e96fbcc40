// SPDX-License-Identifier: MIT
// Materials whose conductivity and heat capacity follow
// temperature: linear models, made anew where it matters.
#pragma once

#include <memory>

#include "thermal/thermal_model.h"

namespace kiln::thermal {

/// Whether any layer of the package uses a material with a temperature law.
bool depends_on_temperature(const PackageConfig& package);

/// The linear model whose materials hold at its own steady state for these powers: Picard iteration
/// until no slab moves by 0.05 K. Throws base::SimError if that does not settle. For constant materials
/// this is the plain model.
std::unique_ptr<ThermalModel> linearise_at_steady(const PackageConfig& package, const Floorplan& floorplan,
                                                  double ambient_c, std::span<const double> block_power_w,
                                                  Device device = Device::refuse,
                                                  const base::Watch& watch = {});

/// Transients: the network is assembled anew whenever a slab has moved by more than `refresh_k` since it was.
/// The books stay closed, because heat is counted at the capacities it flowed in with.
class MaterialFeedback {
 public:
  MaterialFeedback(PackageConfig package, Floorplan floorplan, double ambient_c, double refresh_k = 5.0);

  const ThermalModel& model() const { return *model_; }
  int assemblies() const { return assemblies_; }
  State ambient_state() const { return model_->ambient_state(); }
  void step(State& state, double dt_s, std::span<const double> block_power_w);
  HeatBalance balance(const State& state) const { return model_->balance(state); }

 private:
  PackageConfig package_;
  Floorplan floorplan_;
  double ambient_c_, refresh_k_;
  bool active_;
  std::unique_ptr<ThermalModel> model_;
  SlabTemperatures assembled_at_c_;
  int assemblies_ = 1;
};

}  // namespace kiln::thermal
