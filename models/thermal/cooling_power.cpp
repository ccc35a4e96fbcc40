// SPDX-License-Identifier: MIT
#include "thermal/cooling_power.h"

namespace kiln::thermal {
namespace {

double pumps_w(const BodyMesh& body) {
  double power_w = 0.0;
  for (const Slab& slab : body.slabs)
    if (slab.channels)
      power_w += pump_power_w(
          *slab.channels, slab.thickness_m,
          slab.channels->along == Direction::y ? body.footprint.height_m() : body.footprint.width_m());
  return power_w;
}

double fans_w(const BodyConfig& body) {
  double power_w = 0.0;
  for (const auto* face : {&body.top, &body.bottom, &body.sides})
    if (*face && (*face)->fan) power_w += (*face)->fan->power_w();
  return power_w;
}

}  // namespace

double cooling_power_w(const ThermalModel& model) {
  double power_w = 0.0;
  for (const BodyMesh& body : model.mesh().bodies) power_w += pumps_w(body) + fans_w(*body.config);
  return power_w;
}

}  // namespace kiln::thermal
