// SPDX-License-Identifier: MIT
// Liquid micro-channels in a layer: configuration, wall coefficient, flow and pressure drop, pump power.
#pragma once

#include <optional>
#include <span>

#include "config/ambient_temperature.h"
#include "config/record.h"

namespace kiln::thermal {

enum class Direction { x, y };

/// Temperature of the coolant between two cells: that of the upstream one, which never overshoots, or
/// the mean of both, which is second order (3D-ICE's choice) while a cell takes up less than the
/// coolant that passes it.
enum class Advection { upwind, central };

/// Water at 25 degC unless changed.
struct CoolantConfig {
  double heat_capacity_j_m3k = 4.172e6;
  double conductivity_w_mk = 0.607;
  double viscosity_pa_s = 8.89e-4;
  double density_kg_m3 = 997.0;
};

/// Straight parallel channels cut through a layer; walls
/// keep the layer's material. Coolant enters at the low end.
struct ChannelsConfig {
  int count = 50;
  double width_m = 100e-6;
  double wall_m = 100e-6;  // between two channels; what is left is shared by the outer walls
  Direction along = Direction::y;
  std::optional<double> flow_m3_s = {};    // all channels together; exactly one of flow and pressure is given
  std::optional<double> pressure_pa = {};  // that the pump holds over the channels; friction sets the flow
  config::AmbientTemperature inlet = config::AmbientTemperature::above_ambient(0);
  std::optional<double> wall_coefficient_w_m2k = {};  // absent: fully developed laminar flow
  CoolantConfig coolant = {};
  Advection advection = Advection::upwind;
  double pump_efficiency = 0.5;
};

/// Nusselt number of fully developed laminar flow in a rectangular duct with uniform axial heat flux and
/// uniform wall temperature around (H1). Shah & London 1978, table 42 (their polynomial in the aspect ratio).
double nusselt_h1(double width_m, double height_m);

/// Friction constant f Re (Fanning) of the same duct; Shah & London 1978, eq. 341.
double friction_reynolds(double width_m, double height_m);

/// Wall coefficient in W/m2K: the configured one, or Nu k / D_h.
double wall_coefficient_w_m2k(const ChannelsConfig& channels, double height_m);

/// Flow of all channels in m3/s: as given, or what the given pressure drives against laminar friction.
double flow_now_m3_s(const ChannelsConfig& channels, double height_m, double length_m);

/// Laminar pressure drop over the length, in Pa: dp = 2 (f Re) mu v L / D_h^2. Straight channels alone: no
/// manifold, no entrance.
double pressure_drop_pa(const ChannelsConfig& channels, double height_m, double length_m);

/// Of the flow in one channel, by its hydraulic diameter.
double reynolds_number(const ChannelsConfig& channels, double height_m, double length_m);

/// Flow in ducts stays laminar below (Incropera & DeWitt, section 8.1).
inline constexpr double kLaminarReynolds = 2300;

/// Electrical power of the pump, in W: flow times pressure over its efficiency.
double pump_power_w(const ChannelsConfig& channels, double height_m, double length_m);

std::span<const config::EnumName<Direction>> enum_names(const Direction*);
std::span<const config::EnumName<Advection>> enum_names(const Advection*);
const config::Record<CoolantConfig>& describe(const CoolantConfig*);
const config::Record<ChannelsConfig>& describe(const ChannelsConfig*);

}  // namespace kiln::thermal
