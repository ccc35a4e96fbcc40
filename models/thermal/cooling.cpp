// SPDX-License-Identifier: MIT
#include "thermal/cooling.h"

#include <algorithm>

namespace kiln::thermal {
namespace {

constexpr double kLeastFlow = 0.02;

/// Calls `forced` and `channels` with every such flow the body has.
template <class Body, class OnForced, class OnChannels>
void visit(Body& body, OnForced&& forced, OnChannels&& channels) {
  for (auto* face : {&body.top, &body.bottom, &body.sides})
    if (*face && (*face)->forced) forced(*(*face)->forced);
  for (auto& layer : body.layers)
    if (layer.channels) channels(*layer.channels);
}

double pumps_w(const BodyMesh& body) {
  double power_w = 0.0;
  for (const Slab& slab : body.slabs)
    if (slab.channels)
      power_w += pump_power_w(
          *slab.channels, slab.thickness_m,
          slab.channels->along == Direction::y ? body.footprint.height_m() : body.footprint.width_m());
  return power_w;
}

}  // namespace

bool has_forced_cooling(const PackageConfig& package) {
  bool found = false;
  const auto note = [&](const auto&) { found = true; };
  for (const BodyConfig& body : package.bodies) visit(body, note, note);
  return found;
}

PackageConfig driven(const PackageConfig& package, double drive) {
  PackageConfig result = package;
  for (BodyConfig& body : result.bodies)
    visit(
        body, [&](ForcedFlowConfig& flow) { flow.speed *= drive; },
        [&](ChannelsConfig& channels) { channels.flow_m3_s *= std::max(kLeastFlow, drive); });
  return result;
}

double cooling_power_w(const ThermalModel& model) {
  double power_w = 0.0;
  for (const BodyMesh& body : model.mesh().bodies) {
    power_w += pumps_w(body);
    visit(
        *body.config, [&](const ForcedFlowConfig& flow) { power_w += flow.power_w(); }, [](const auto&) {});
  }
  return power_w;
}

}  // namespace kiln::thermal
