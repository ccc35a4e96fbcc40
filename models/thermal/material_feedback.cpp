// SPDX-License-Identifier: MIT
#include "thermal/material_feedback.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::thermal {
namespace {

double largest_move_k(const SlabTemperatures& a, const SlabTemperatures& b) {
  double largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace

bool depends_on_temperature(const PackageConfig& package) {
  for (const BodyConfig& body : package.bodies)
    for (const LayerConfig& layer : body.layers)
      if (material_of(package, layer.material).law != PropertyLaw::constant) return true;
  return false;
}

std::unique_ptr<ThermalModel> linearise_at_steady(const PackageConfig& package, const Floorplan& floorplan,
                                                  double ambient_c, std::span<const double> block_power_w,
                                                  Device device, const base::Watch& watch) {
  constexpr int kMaxRounds = 40;
  constexpr double kSettled_k = 0.05;
  auto model =
      std::make_unique<ThermalModel>(package, floorplan, ambient_c, SlabTemperatures{}, device, watch);
  if (!depends_on_temperature(package)) return model;
  SlabTemperatures at_c(model->slab_temperatures_c(model->ambient_state()));
  for (int round = 0; round < kMaxRounds; ++round) {
    const SlabTemperatures found_c = model->slab_temperatures_c(model->steady(block_power_w));
    if (largest_move_k(found_c, at_c) < kSettled_k) return model;
    at_c = found_c;
    model = std::make_unique<ThermalModel>(package, floorplan, ambient_c, at_c, device, watch);
  }
  throw base::SimError(
      "temperature-dependent conductivities do not settle: thermal runaway of the materials; cool better");
}

MaterialFeedback::MaterialFeedback(PackageConfig package, Floorplan floorplan, double ambient_c,
                                   double refresh_k)
    : package_(std::move(package)),
      floorplan_(std::move(floorplan)),
      ambient_c_(ambient_c),
      refresh_k_(refresh_k),
      active_(depends_on_temperature(package_)),
      model_(std::make_unique<ThermalModel>(package_, floorplan_, ambient_c)),
      assembled_at_c_(model_->slab_temperatures_c(model_->ambient_state())) {}

void MaterialFeedback::step(State& state, double dt_s, std::span<const double> block_power_w) {
  model_->step(state, dt_s, block_power_w);
  if (!active_) return;
  SlabTemperatures now_c = model_->slab_temperatures_c(state);
  if (largest_move_k(now_c, assembled_at_c_) <= refresh_k_) return;
  auto fresh = std::make_unique<ThermalModel>(package_, floorplan_, ambient_c_, now_c);
  // Heat stored so far stays what it was; only what flows from now on meets the new capacities.
  state.initial_heat_j += fresh->balance(state).stored - model_->balance(state).stored;
  model_ = std::move(fresh);
  assembled_at_c_ = std::move(now_c);
  ++assemblies_;
}

}  // namespace kiln::thermal
