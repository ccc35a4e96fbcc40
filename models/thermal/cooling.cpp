// SPDX-License-Identifier: MIT
#include "thermal/cooling.h"

#include <algorithm>

#include "thermal/thermal_model.h"

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

/// In laminar channels flow goes with pressure: both are what the pump's speed scales.
void slow(ChannelsConfig& channels, double share) {
  if (channels.flow_m3_s) *channels.flow_m3_s *= share;
  if (channels.pressure_pa) *channels.pressure_pa *= share;
}

double pumps_w(const BodyMesh& body) {
  double power_w = 0.0;
  for (const Slab& slab : body.slabs)
    if (slab.channels) power_w += pump_power_w(*slab.channels, slab.thickness_m, body.channel_length_m(slab));
  return power_w;
}

}  // namespace

bool is_cooled(const BodyConfig& body) {
  bool found = false;
  const auto note = [&](const auto&) { found = true; };
  visit(body, note, note);
  return found;
}

void stop_cooling(BodyConfig& body) {
  visit(
      body, [](ForcedFlowConfig& flow) { flow.speed = 0.0; },
      [](ChannelsConfig& channels) { slow(channels, 0.0); });
}

bool has_forced_cooling(const PackageConfig& package) {
  return std::any_of(package.bodies.begin(), package.bodies.end(), is_cooled);
}

bool cooling_stands(const PackageConfig& package) {
  bool some = package.device.has_value(), moves = package.device && package.device->works;
  for (const BodyConfig& body : package.bodies)
    visit(
        body,
        [&](const ForcedFlowConfig& flow) {
          some = true;
          moves = moves || flow.speed > 0.0;
        },
        [&](const ChannelsConfig& channels) {
          some = true;
          moves = moves || channels.flow_m3_s.value_or(0.0) + channels.pressure_pa.value_or(0.0) > 0.0;
        });
  return some && !moves;
}

std::vector<CoolantStream> coolant_streams(const ThermalModel& model, const State& state,
                                           double deviation_k) {
  std::vector<CoolantStream> streams;
  const Eigen::VectorXd outflow_w = model.outflow_w(state.x);
  const std::vector<Outlet>& outlets = model.network().outlets;
  for (const BodyMesh& body : model.mesh().bodies)
    for (const Slab& slab : body.slabs) {
      if (!slab.channels) continue;
      const double length_m = body.channel_length_m(slab);
      CoolantStream stream{.layer = slab.layer,
                           .flow_m3_s = flow_now_m3_s(*slab.channels, slab.thickness_m, length_m),
                           .pressure_pa = pressure_drop_pa(*slab.channels, slab.thickness_m, length_m),
                           .reynolds = reynolds_number(*slab.channels, slab.thickness_m, length_m),
                           .pump_w = pump_power_w(*slab.channels, slab.thickness_m, length_m)};
      const auto outlet = std::find_if(outlets.begin(), outlets.end(),
                                       [&](const Outlet& o) { return o.channels_of == slab.layer; });
      if (outlet == outlets.end()) continue;
      const double carried_w_k = slab.channels->coolant.heat_capacity_j_m3k * stream.flow_m3_s;
      stream.outlet_c = outlet->fluid_c + outflow_w[outlet - outlets.begin()] / carried_w_k;
      stream.inlet_c = outlet->fluid_c + (outlet->follows_ambient ? deviation_k : 0.0);
      streams.push_back(std::move(stream));
    }
  return streams;
}

PackageConfig driven(const PackageConfig& package, double drive) {
  PackageConfig result = package;
  for (BodyConfig& body : result.bodies)
    visit(
        body, [&](ForcedFlowConfig& flow) { flow.speed *= drive; },
        [&](ChannelsConfig& channels) { slow(channels, std::max(kLeastFlow, drive)); });
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
