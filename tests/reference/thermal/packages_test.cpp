// SPDX-License-Identifier: MIT
// The shipped packages keep the thermal resistances they state, and better cooling is cooler everywhere.
#include <algorithm>

#include "cases.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::test;

namespace {

struct Rises {
  double soc_k = 0.0, memory_k = 0.0;
};

/// 3 W in a 6 x 5 mm SoC and 2 W in a 12.4 x 15 mm memory package (315-ball LPDDR5), steady.
Rises rises(const std::string& package_name) {
  auto package =
      config::load<thermal::StandaloneConfig>(source_path("configs/packages/" + package_name + ".yaml"))
          .value;
  thermal::Block soc, memory;
  soc.name = "soc";
  soc.body = "soc";
  soc.width_m = 6e-3;
  soc.height_m = 5e-3;
  memory.name = "memory";
  memory.body = "lpddr";
  memory.width_m = 12.4e-3;
  memory.height_m = 15e-3;
  thermal::Floorplan floorplan;
  thermal::Block regulators{.name = "regulators", .width_m = 4e-3, .height_m = 4e-3, .body = "regulators"};
  floorplan.blocks = {soc, memory, regulators};
  const thermal::ThermalModel model(package, floorplan, package.ambient_c);
  const thermal::State state = model.steady(std::vector<double>{3.0, 2.0, 0.0});
  return {model.block_mean_c(state, 0) - package.ambient_c, model.block_mean_c(state, 1) - package.ambient_c};
}

}  // namespace

TEST_CASE("a fan sink cools SoC and memory better than a sealed box, and that better than a wearable") {
  const Rises fan = rises("forced_air"), sealed = rises("passive_edge"), wearable = rises("wearable");
  CHECK(fan.soc_k < 0.6 * sealed.soc_k);
  CHECK(fan.memory_k < 0.6 * sealed.memory_k);
  CHECK(sealed.soc_k < wearable.soc_k);
  CHECK(sealed.memory_k < wearable.memory_k);
  // Practice, junction to ambient over the whole power: small fan sink 0.5 to 1.5 K/W, sealed box 3 to 6. The
  // wearable's two covers, 66 x 56 mm at 11 W/m2K, have 12.3 K/W to the air before anything spreads.
  const double whole_w = 5.0;
  CHECK(fan.soc_k / whole_w > 0.5);
  CHECK(fan.soc_k / whole_w < 1.5);
  CHECK(sealed.soc_k / whole_w > 3.0);
  CHECK(sealed.soc_k / whole_w < 6.0);
  CHECK(wearable.soc_k / whole_w > 12.3);
}
