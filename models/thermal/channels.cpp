// SPDX-License-Identifier: MIT
#include "thermal/channels.h"

#include <algorithm>
#include <array>

namespace kiln::thermal {
namespace {

double hydraulic_diameter_m(double width_m, double height_m) {
  return 2.0 * width_m * height_m / (width_m + height_m);
}

double aspect(double width_m, double height_m) {
  return std::min(width_m, height_m) / std::max(width_m, height_m);
}

/// Pressure drop per flow, in Pa s/m3; a constant, since the flow is laminar.
double flow_resistance_pa_s_m3(const ChannelsConfig& channels, double height_m, double length_m) {
  const double diameter_m = hydraulic_diameter_m(channels.width_m, height_m);
  const double section_m2 = channels.count * channels.width_m * height_m;
  return 2.0 * friction_reynolds(channels.width_m, height_m) * channels.coolant.viscosity_pa_s * length_m /
         (diameter_m * diameter_m * section_m2);
}

}  // namespace

double nusselt_h1(double width_m, double height_m) {
  const double a = aspect(width_m, height_m);
  return 8.235 * (1.0 + a * (-2.0421 + a * (3.0853 + a * (-2.4765 + a * (1.0578 - 0.1861 * a)))));
}

double friction_reynolds(double width_m, double height_m) {
  const double a = aspect(width_m, height_m);
  return 24.0 * (1.0 + a * (-1.3553 + a * (1.9467 + a * (-1.7012 + a * (0.9564 - 0.2537 * a)))));
}

double wall_coefficient_w_m2k(const ChannelsConfig& channels, double height_m) {
  if (channels.wall_coefficient_w_m2k) return *channels.wall_coefficient_w_m2k;
  return nusselt_h1(channels.width_m, height_m) * channels.coolant.conductivity_w_mk /
         hydraulic_diameter_m(channels.width_m, height_m);
}

double flow_now_m3_s(const ChannelsConfig& channels, double height_m, double length_m) {
  if (channels.flow_m3_s) return *channels.flow_m3_s;
  return channels.pressure_pa.value() / flow_resistance_pa_s_m3(channels, height_m, length_m);
}

double pressure_drop_pa(const ChannelsConfig& channels, double height_m, double length_m) {
  return flow_now_m3_s(channels, height_m, length_m) * flow_resistance_pa_s_m3(channels, height_m, length_m);
}

double reynolds_number(const ChannelsConfig& channels, double height_m, double length_m) {
  const double velocity_m_s =
      flow_now_m3_s(channels, height_m, length_m) / (channels.count * channels.width_m * height_m);
  return channels.coolant.density_kg_m3 * velocity_m_s * hydraulic_diameter_m(channels.width_m, height_m) /
         channels.coolant.viscosity_pa_s;
}

double pump_power_w(const ChannelsConfig& channels, double height_m, double length_m) {
  return pressure_drop_pa(channels, height_m, length_m) * flow_now_m3_s(channels, height_m, length_m) /
         channels.pump_efficiency;
}

std::span<const config::EnumName<Direction>> enum_names(const Direction*) {
  static constexpr std::array<config::EnumName<Direction>, 2> names{
      {{Direction::x, "x"}, {Direction::y, "y"}}};
  return names;
}

std::span<const config::EnumName<Advection>> enum_names(const Advection*) {
  static constexpr std::array<config::EnumName<Advection>, 2> names{
      {{Advection::upwind, "upwind"}, {Advection::central, "central"}}};
  return names;
}

const config::Record<CoolantConfig>& describe(const CoolantConfig*) {
  using base::Dimension;
  static const auto record = config::Record<CoolantConfig>("coolant", "Properties of the coolant")
                                 .field("heat_capacity", &CoolantConfig::heat_capacity_j_m3k,
                                        {.doc = "Volumetric heat capacity",
                                         .unit = Dimension::volumetric_heat_capacity,
                                         .min = 1.0,
                                         .max = 1e8,
                                         .source = "water at 25 degC: 997 kg/m3 x 4184 J/kgK"})
                                 .field("conductivity", &CoolantConfig::conductivity_w_mk,
                                        {.doc = "Thermal conductivity",
                                         .unit = Dimension::thermal_conductivity,
                                         .min = 1e-3,
                                         .max = 1e3,
                                         .source = "water at 25 degC"})
                                 .field("viscosity", &CoolantConfig::viscosity_pa_s,
                                        {.doc = "Dynamic viscosity",
                                         .unit = Dimension::viscosity,
                                         .min = 1e-6,
                                         .max = 100.0,
                                         .source = "water at 25 degC"})
                                 .field("density", &CoolantConfig::density_kg_m3,
                                        {.doc = "Density, for the Reynolds number",
                                         .unit = Dimension::density,
                                         .min = 1.0,
                                         .max = 2e4,
                                         .source = "water at 25 degC"});
  return record;
}

const config::Record<ChannelsConfig>& describe(const ChannelsConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<ChannelsConfig>("channels", "Straight micro-channels cut through a layer")
          .field("count", &ChannelsConfig::count, {.doc = "Number of channels", .min = 1, .max = 2000})
          .field("width", &ChannelsConfig::width_m,
                 {.doc = "Width of a channel; its height is the layer's thickness",
                  .unit = Dimension::length,
                  .min = 1e-6,
                  .max = 1e-2,
                  .source = "articles S0 section 4.3: channels of at most 100 um"})
          .field("wall", &ChannelsConfig::wall_m,
                 {.doc = "Wall between two channels; the outer walls share what is left",
                  .unit = Dimension::length,
                  .min = 1e-6,
                  .max = 1e-2,
                  .source = "estimate: as wide as the channels"})
          .field("along", &ChannelsConfig::along,
                 {.doc = "Direction of flow; the inlet is at the low coordinate"})
          .field("flow", &ChannelsConfig::flow_m3_s,
                 {.doc = "Coolant flow of all channels together",
                  .unit = Dimension::volumetric_flow,
                  .min = 1e-12,
                  .max = 1e-2,
                  .source = "none: absent unless given"})
          .field(
              "pressure", &ChannelsConfig::pressure_pa,
              {.doc = "Pressure that the pump holds over the channels, instead of a flow: laminar friction "
                      "sets the flow",
               .unit = Dimension::pressure,
               .min = 1e-3,
               .max = 1e7,  // what silicon channels of 100 um have been tested to; bonds fail beyond
               .source = "none: absent unless given"})
          .field("inlet", &ChannelsConfig::inlet,
                 {.doc = "Coolant temperature at the inlet: fixed by a chiller (20 degC), or as warm as a "
                         "radiator lets it be (ambient + 5 K)",
                  .unit = Dimension::temperature,
                  .min = -200.0,
                  .max = 400.0,
                  .source = "the ambient"})
          .field("wall_coefficient", &ChannelsConfig::wall_coefficient_w_m2k,
                 {.doc = "Wall heat transfer coefficient; from the Nusselt number if absent",
                  .unit = Dimension::heat_transfer_coefficient,
                  .min = 1.0,
                  .max = 1e8,
                  .source = "none: absent unless given"})
          .field("coolant", &ChannelsConfig::coolant, {.doc = "The liquid"})
          .field("advection", &ChannelsConfig::advection,
                 {.doc = "Coolant temperature between two cells: the upstream one's, or the mean"})
          .field("pump_efficiency", &ChannelsConfig::pump_efficiency,
                 {.doc = "Hydraulic power over electrical power",
                  .unit = Dimension::fraction,
                  .min = 0.01,
                  .max = 1.0,
                  .source = "estimate: small centrifugal pumps reach 0.3 to 0.6"})
          .check([](const ChannelsConfig& channels, config::Checker& check) {
            if (channels.flow_m3_s.has_value() == channels.pressure_pa.has_value())
              check.fail("flow", "give either flow or pressure");
          });
  return record;
}

}  // namespace kiln::thermal
