// SPDX-License-Identifier: MIT
#include "thermal/cooling_drive.h"

#include <algorithm>
#include <cmath>

#include "thermal/mesh.h"
#include "thermal/package_config.h"

namespace kiln::thermal {

namespace {

using config::Dimension;

/// Channels never stand still altogether: without flow their heat would have no way out.
constexpr double kLeastFlow = 0.02;

double strength(const CoolingDriveConfig& config, double drive) {
  return config.still_share + (1 - config.still_share) * std::pow(drive, config.flow_exponent);
}

void scale_top(BodyConfig& body, double factor) {
  if (body.top->coefficient_w_m2k) *body.top->coefficient_w_m2k *= factor;
  if (body.top->resistance_k_w) *body.top->resistance_k_w /= factor;
}

}  // namespace

PackageConfig driven(const PackageConfig& package, double drive) {
  PackageConfig result = package;
  if (!package.cooling) return result;
  for (BodyConfig& body : result.bodies) {
    if (body.name == package.cooling->body && body.top) scale_top(body, strength(*package.cooling, drive));
    if (!package.cooling->body.empty()) continue;
    for (LayerConfig& layer : body.layers)
      if (layer.channels) layer.channels->flow_m3_s *= std::max(kLeastFlow, drive);
  }
  return result;
}

double pump_power_w(const Mesh& mesh) {
  double power_w = 0;
  for (const BodyMesh& body : mesh.bodies)
    for (const Slab& slab : body.slabs)
      if (slab.channels)
        power_w += pump_power_w(
            *slab.channels, slab.thickness_m,
            slab.channels->along == Direction::y ? body.footprint.height_m() : body.footprint.width_m());
  return power_w;
}

double drive_power_w(const PackageConfig& package, const Mesh& mesh, double drive) {
  const double fan_w = package.cooling ? package.cooling->full_power_w * drive * drive * drive : 0;
  return fan_w + pump_power_w(mesh);
}

const config::Record<CoolingDriveConfig>& describe(const CoolingDriveConfig*) {
  static const auto record =
      config::Record<CoolingDriveConfig>("cooling_drive", "Forced cooling that a policy may drive")
          .field("body", &CoolingDriveConfig::body,
                 {.doc = "Body whose top the flow sweeps; empty: the micro-channels"})
          .field("full_power", &CoolingDriveConfig::full_power_w,
                 {.doc = "Electrical power at full speed, going with the cube of speed; micro-channels have "
                         "theirs from the pressure drop",
                  .unit = Dimension::power,
                  .min = 0,
                  .max = 1e4,
                  .source = "the part's data sheet; 0 for channels"})
          .field("flow_exponent", &CoolingDriveConfig::flow_exponent,
                 {.doc = "The coefficient goes with this power of the flow",
                  .min = 0,
                  .max = 1,
                  .source = "Dittus & Boelter 1930: Nu ~ Re^0.8 in turbulent flow (laminar plate: 0.5)"})
          .field("still_share", &CoolingDriveConfig::still_share,
                 {.doc = "Share of the full coefficient left without flow",
                  .unit = Dimension::fraction,
                  .min = 0.001,
                  .max = 1,
                  .source = "estimate: natural convection, 5 to 15 W/m2K beside some 100 W/m2K in a draught"});
  return record;
}

}  // namespace kiln::thermal
