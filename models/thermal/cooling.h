// SPDX-License-Identifier: MIT
// Fans and pumps of a package: how they are driven and what they draw. A device on a face (face_device.h) is
// driven and charged by CooledModel.
#pragma once

#include <string>
#include <vector>

#include "thermal/package_config.h"
#include "thermal/state.h"

namespace kiln::thermal {

class ThermalModel;

/// True if a policy has something to drive: a forced flow over a face or through micro-channels.
bool has_forced_cooling(const PackageConfig& package);

/// The package with its fans and flows at `drive` (0: standing still, 1: as configured). Flow in
/// micro-channels never falls below 2 %: without any, their heat would have no way out.
PackageConfig driven(const PackageConfig& package, double drive);

/// The body has a fan, a pump or channels.
bool is_cooled(const BodyConfig& body);
/// From now on they stand still: no power, no flow.
void stop_cooling(BodyConfig& body);

/// It has fans, pumps or a device, and all of them stand still.
bool cooling_stands(const PackageConfig& package);

/// The coolant of one layer of channels in a state of the package.
struct CoolantStream {
  std::string layer;
  double inlet_c = 0, outlet_c = 0;  ///< outlet: mixed, of all channels
  double flow_m3_s = 0;
  double pressure_pa = 0;  ///< over the channels
  double reynolds = 0;
  double pump_w = 0;
};
/// Of every layer whose coolant flows. `deviation_k` is what the room is warmer than the model's ambient.
std::vector<CoolantStream> coolant_streams(const ThermalModel& model, const State& state,
                                           double deviation_k = 0.0);

/// Electrical power of all fans and pumps, in W: fans by
/// the cube of speed, pumps by flow times pressure drop.
double cooling_power_w(const ThermalModel& model);

}  // namespace kiln::thermal
