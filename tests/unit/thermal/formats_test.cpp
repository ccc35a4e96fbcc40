// SPDX-License-Identifier: MIT
// HotSpot's files: comments, optional columns, order of columns, and errors with their place.
#include "base/error.h"
#include "config/load.h"
#include "support/catch.h"
#include "thermal/floorplan.h"
#include "thermal/hotspot_config.h"
#include "thermal/package_config.h"
#include "thermal/power_trace.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

template <class Read>
std::string error_of(Read read) {
  try {
    read();
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a floorplan may have comments, blank lines, tabs, carriage returns and the optional columns") {
  const auto plan = thermal::parse_flp(
      "# a comment\r\n\nL2_left\t0.0049 0.0062  0.0 0.0098 # trailing\r\nIcache 3.1e-3 2.6e-3 0.0049 0.0098 "
      "1.75e6 0.01\n",
      "x.flp");
  REQUIRE(plan.blocks.size() == 2);
  CHECK(plan.blocks[0].name == "L2_left");
  CHECK(plan.blocks[0].width_m == 0.0049);
  CHECK(plan.blocks[0].y_m == 0.0098);
  CHECK(plan.blocks[1].volumetric_heat_j_m3k == 1.75e6);
  CHECK(plan.blocks[1].resistivity_mk_w == 0.01);
  const auto again = thermal::parse_flp(thermal::write_flp(plan), "y.flp");
  CHECK(again.blocks[1].x_m == plan.blocks[1].x_m);
  CHECK(again.blocks[1].resistivity_mk_w == 0.01);
}

TEST_CASE("a block named die.block lies in that die, if the package has it") {
  const auto plan =
      thermal::parse_flp("DRAM0.B0 1e-3 1e-3 0 0\nother.B0 1e-3 1e-3 0 0\n", "x.flp", {"BASE", "DRAM0"});
  CHECK(plan.blocks[0].body == "DRAM0");
  CHECK(plan.blocks[1].body.empty());
}

TEST_CASE("floorplan errors name file, line and block") {
  CHECK(has(error_of([] { thermal::parse_flp("a 1 1 0 0\nb 1 1 0\n", "x.flp"); }), "x.flp:2"));
  CHECK(has(error_of([] { thermal::parse_flp("a 1 1 0 0\na 1 1 1 0\n", "x.flp"); }), "named twice"));
  CHECK(has(error_of([] { thermal::parse_flp("a 1 one 0 0\n", "x.flp"); }), "'one' is not a number"));
  CHECK(has(error_of([] { thermal::parse_flp("a 1 0 0 0\n", "x.flp"); }), "no area"));
  CHECK(has(error_of([] { thermal::parse_flp("# nothing\n", "x.flp"); }), "no block"));
}

TEST_CASE("power columns are matched by name; errors name the place") {
  const auto plan = thermal::parse_flp("a 1 1 0 0\nb 1 1 1 0\n", "x.flp");
  const auto trace = thermal::parse_ptrace("b\ta\n2.0 1.0\n4 3\n", "x.ptrace", plan);
  CHECK(trace.rows == std::vector<std::vector<double>>{{1.0, 2.0}, {3.0, 4.0}});
  CHECK(trace.mean_w() == std::vector<double>{2.0, 3.0});
  CHECK(has(error_of([&] { thermal::parse_ptrace("a c\n1 2\n", "x.ptrace", plan); }), "x.ptrace:1"));
  CHECK(has(error_of([&] { thermal::parse_ptrace("a\n1\n", "x.ptrace", plan); }),
            "'b' of the floorplan has no column"));
  CHECK(has(error_of([&] { thermal::parse_ptrace("a b\n1 2\n1\n", "x.ptrace", plan); }), "x.ptrace:3"));
  CHECK(has(error_of([&] { thermal::parse_ptrace("a b\n1 -2\n", "x.ptrace", plan); }), "negative"));
  CHECK(has(error_of([&] { thermal::parse_ptrace("a b\n", "x.ptrace", plan); }), "at least one row"));
}

TEST_CASE("temperatures are written in kelvin, one column per block") {
  const auto plan = thermal::parse_flp("a 1 1 0 0\nb 1 1 1 0\n", "x.flp");
  const std::vector<std::vector<double>> rows{{25.0, 26.0}};
  CHECK(thermal::write_ttrace(plan, rows) == "a\tb\n298.1500\t299.1500\n");
}

TEST_CASE(
    "a HotSpot configuration becomes a package with its rings; what it leaves out is HotSpot's default") {
  const config::Node tree = thermal::package_from_hotspot(
      "# comment\n-t_chip 0.0003\n\t-r_convec 1.5 # K/W\n-grid_rows 32\n-leakage_used 1\n-wrap_l2 "
      "1\n",
      "x.config");
  const auto package = config::read_tree<thermal::StandaloneConfig>(tree, "").value;
  CHECK_THAT(package.bodies[0].layers[0].thickness_m, WithinRel(0.3e-3, 1e-12));
  CHECK_THAT(package.bodies[0].layers[1].thickness_m, WithinRel(20e-6, 1e-12));
  CHECK_THAT(*package.bodies[2].top->resistance_k_w, WithinRel(1.5, 1e-12));
  CHECK_THAT(package.bodies[2].top->heat_capacity_j_k, WithinRel(140.4, 1e-12));
  CHECK_THAT(package.ambient_c, WithinAbs(45.0, 1e-9));
  CHECK_THAT(package.leakage.reference_c, WithinAbs(110.0, 1e-9));
  CHECK(package.grid.ny == 32);
  CHECK(package.grid.nx == 64);
  CHECK(package.hotspot->capacity_factor == 0.333);
  CHECK_FALSE(package.trace.start_from_steady);
  CHECK_THROWS_AS(thermal::package_from_hotspot("-t_chip thick\n", "x.config"), base::ConfigError);
  CHECK_THROWS_AS(thermal::package_from_hotspot("-model_secondary 1\n", "x.config"), base::ConfigError);
  CHECK_NOTHROW(thermal::package_from_hotspot("-model_secondary 0\n-grid_layer_file (null)\n", "x.config"));
}

TEST_CASE("HotSpot's errors stand in HotSpot's file") {
  const auto error = [](const std::string& text) {
    return error_of([&] {
      config::read_tree<thermal::StandaloneConfig>(thermal::package_from_hotspot(text, "x.config"), "");
    });
  };
  CHECK(error("-t_chip 0.0003\n-ambient 300\n") == "accepted");
  CHECK(has(error("# c\n-t_chip -1\n"), "x.config:2:1: bodies.0.layers.0.thickness"));
  CHECK(has(error("\n\n-grid_cols 0\n"), "x.config:3:1: grid.nx"));
  CHECK(has(error("-s_snk 0.06\n"), "x.config:1:1: -s_snk: is no key of HotSpot; did you mean '-s_sink'?"));
  CHECK(has(error("-model_rim 1\n"), "not modelled"));
}

TEST_CASE("a HotSpot transient starts at init_temp, 60 degC by default") {
  const auto trace = [](const std::string& text) {
    return config::read_tree<thermal::StandaloneConfig>(thermal::package_from_hotspot(text, "x.config"), "")
        .value.trace;
  };
  CHECK_THAT(*trace("-init_temp 350\n").start_c, WithinAbs(76.85, 1e-9));
  CHECK_THAT(*trace("-init_file (null)\n").start_c, WithinAbs(60.0, 1e-9));
}

TEST_CASE("edges rounded to the last digit are made to touch, other overlaps are kept and refused") {
  const auto rounded = thermal::parse_flp(
      "\xef\xbb\xbf"
      "A 0.001940 0.000571 0 0\nSTRIP 0.001940 0.000010 0 0.000570\nB 0.001940 0.000570 0 0.000580\n",
      "x.flp");
  CHECK_NOTHROW(thermal::check_no_overlap(rounded));
  CHECK_THAT(rounded.blocks[0].height_m, WithinAbs(0.000570, 1e-12));
  CHECK(rounded.blocks[1].height_m == 0.000010);
  const auto tens = thermal::parse_flp("A 0.00201 0.002 0 0\nB 2e-3 2e-3 2e-3 0\n", "x.flp");
  CHECK(thermal::overlap_area_m2(tens.blocks[0].rectangle(), tens.blocks[1].rectangle()) < 1e-15);
  CHECK_NOTHROW(thermal::check_no_overlap(tens));
  const auto scientific = thermal::parse_flp(
      "A 2.05e-03 2.00e-03 1.04e-02 0\nB 2.00e-03 2.00e-03 1.24e-02 0\n"
      "C 5.71e-04 2.00e-03 1.44e-02 0\n",
      "x.flp");
  CHECK_NOTHROW(thermal::check_no_overlap(scientific));
  CHECK_THAT(scientific.blocks[0].width_m, WithinAbs(2e-3, 1e-9));
  const auto finer = thermal::parse_flp("A 0.002010 0.002 0 0\nB 0.002 0.002 0.002000 0\n", "x.flp");
  CHECK_NOTHROW(thermal::check_no_overlap(finer));  // 10 um of 2 mm
  for (const char* text : {"A 0.005 0.01 0 0\nB 0.005 0.01 0.004 0\n", "A 0.005 0.01 0 0\nB 0.005 0.01 0 0\n",
                           "A 1 1 0 0\nB 1 1 0 0\n", "A 2.05e-3 2e-3 0 0\nB 2e-3 2e-3 2.00e-3 0\n",
                           "A 0.00203 0.002 0 0\nB 0.002 0.002 0.002 0\n"})
    CHECK_THROWS_AS(thermal::check_no_overlap(thermal::parse_flp(text, "x.flp")), base::SimError);
}

TEST_CASE("a floorplan of more blocks than can be simulated is refused at once") {
  std::string text;
  for (int i = 0; i < 90000; ++i) text += fmt::format("b{} 1e-5 1e-5 0 {}e-5\n", i, i);
  const std::string error = error_of([&] { thermal::parse_flp(text, "many.flp"); });
  CHECK(has(error, "many.flp:5001:"));
  CHECK(has(error, "more than the 5000"));
}

TEST_CASE("references in a package are checked when it is read, at their line") {
  const auto problem = [](const std::vector<std::string>& overrides) {
    return error_of([&] {
      config::load<thermal::StandaloneConfig>(
          std::string(KILN_SOURCE_DIR) + "/configs/packages/passive_edge.yaml", overrides);
    });
  };
  CHECK(
      has(problem({"bodies.1.beside=nowhere"}), "bodies.1.beside: the package has no body called 'nowhere'"));
  CHECK(
      has(problem({"bodies.1.centre_on=bord"}), "bodies.1.centre_on: the package has no body called 'bord'"));
  CHECK(has(problem({"bodies.1.on=[nowhere]"}), "bodies.1.on: the package has no body"));
  CHECK(has(problem({"bodies.0.beside=board"}), "cannot refer to itself"));
  CHECK(has(problem({"bodies.1.name=board"}), "two bodies are called 'board'"));
  CHECK(has(problem({"skin.body=nowhere"}), "skin.body: the package has no body"));
}
