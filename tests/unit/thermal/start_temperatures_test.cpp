// SPDX-License-Identifier: MIT
// Steady states by name, written and begun with.
#include "thermal/start_temperatures.h"

#include "base/error.h"
#include "config/load.h"
#include "refused.h"
#include "support/catch.h"
#include "thermal/hotspot_config.h"

using namespace kiln;
using namespace kiln::thermal;
using Catch::Matchers::WithinAbs;
using kiln::testing::check_refused;

namespace {

ThermalModel model() {
  return ThermalModel(
      config::read_tree<StandaloneConfig>(
          package_from_hotspot("-grid_rows 8\n-grid_cols 8\n-s_spreader 0.02\n-s_sink 0.03\n", "x"), "")
          .value,
      parse_flp("A 0.004 0.008 0 0\nB 0.004 0.008 0.004 0\n", "x.flp"), 45.0);
}

State state_of(const std::string& text, const ThermalModel& in) {
  base::Unknowns strict;
  return StartTemperatures::parse(text, "x.init").state_of(in, strict);
}

}  // namespace

TEST_CASE("a HotSpot package's steady state is written by all its nodes, and begun with again") {
  const ThermalModel m = model();
  const State steady = m.steady(std::vector<double>{20.0, 5.0});
  const std::string text = write_steady(m, steady);
  for (const char* name : {"A\t", "iface_B\t", "hsp_A\t", "hsink_B\t", "inode_0\t", "inode_11\t"})
    CHECK(text.find(name) != std::string::npos);
  const State again = state_of(text, m);
  for (int block : {0, 1})
    CHECK_THAT(m.block_mean_c(again, block), WithinAbs(m.block_mean_c(steady, block), 1e-3));
  CHECK_THAT(again.x.tail(12).sum(), WithinAbs(steady.x.tail(12).sum(), 1e-2));
  CHECK(write_steady(m, again) == text);
}

TEST_CASE("with the blocks alone the package is as in the steady state that has them") {
  const ThermalModel m = model();
  const State steady = m.steady(std::vector<double>{20.0, 5.0});
  const State again = state_of(fmt::format("B {}\n# c\nA {}\n", m.block_mean_c(steady, 1) + 273.15,
                                           m.block_mean_c(steady, 0) + 273.15),
                               m);
  CHECK((again.x - steady.x).cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("temperatures that are none, twice, missing or of nothing are refused with their line") {
  const ThermalModel m = model();
  check_refused([&] { state_of("A 350\n", m); },
                "x.init:1:1: B: has no temperature; give one for every block");
  check_refused([&] { state_of("A 350\nB 350\nhsp_A 340\n", m); },
                "has no temperature; give one for every node");
  check_refused([&] { state_of("A 350\nB 350\nC 350\n", m); }, "x.init:3:1: C: is no block or node");
  check_refused([&] { state_of("A 350\nA 350\n", m); }, "x.init:2:1: A: is named twice");
  check_refused([&] { state_of("A 45\nB 350\n", m); }, "x.init:1:1: A: is at 45 K");
  check_refused([&] { state_of("A nan\nB 350\n", m); }, "'nan' is not a number");
  check_refused([&] { state_of("A\n", m); }, "expected a name and its temperature");
  check_refused([&] { state_of("\n", m); }, "has no temperature; a line is a name and kelvin");
}
