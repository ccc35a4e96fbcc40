// SPDX-License-Identifier: MIT
// HotSpot's files beside floorplan and trace: keys, materials, stacks of layers, networks, temperatures.
#include "base/error.h"
#include "config/load.h"
#include "refused.h"
#include "support/catch.h"
#include "support/scratch_folder.h"
#include "thermal/hotspot_channels.h"
#include "thermal/hotspot_config.h"
#include "thermal/hotspot_materials.h"
#include "thermal/hotspot_stack.h"
#include "thermal/power_trace.h"
#include "thermal/start_temperatures.h"

using namespace kiln;
using namespace kiln::thermal;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kiln::testing::check_refused;
using kiln::testing::ScratchFolder;

namespace {

base::Unknowns lenient() {
  return base::Unknowns(base::Unknowns::Reading::lenient);
}

StandaloneConfig package_of(const std::string& text, const std::string& path = "x.config") {
  return config::read_tree<StandaloneConfig>(package_from_hotspot(text, path), "").value;
}

const std::string kMaterials = "# two\nsilicon\nsolid\n120\n1.6e6\nglycol\nfluid\n0.4\n3.5e6 # J/m3K\n4e-3\n";

/// A layer: heat flow, power, thickness, plan.
std::string layer(int number, const std::string& flags, const std::string& plan) {
  return fmt::format("{}\n{}\n{}\n1.6e6\n0.01\n1e-4\n{}\n", number, flags.substr(0, 1), flags.substr(1),
                     plan);
}

const Rectangle kDie{0, 0, 5e-3, 3e-3};

}  // namespace

TEST_CASE("materials are read from their file, and Kiln's own stand in") {
  HotspotMaterials materials;
  materials.add(kMaterials, "m");
  CHECK(materials.at("silicon", {}).conductivity_w_mk == 120);
  CHECK(materials.at("copper", {}).conductivity_w_mk == 400);
  CHECK(materials.at("aluminum", {}).conductivity_w_mk == 237);
  CHECK(materials.fluid_at("glycol", {}).viscosity_pa_s == 4e-3);
  check_refused([&] { materials.at("silikon", {"c", 7, 1}); }, "c:7:1: silikon: is no material");
  check_refused([&] { materials.fluid_at("silicon", {}); }, "is a solid; name a fluid");
  check_refused([&] { materials.fluid_at("water", {}); }, "is no fluid of the materials file");
  check_refused([&] { materials.add("silicon\nsolid\n1\n1\n", "n"); }, "n:1:1: silicon: is named twice");
}

TEST_CASE("materials that are cut off or hold what is none are refused with their line") {
  const auto add = [](const std::string& text) { HotspotMaterials().add(text, "m"); };
  check_refused([&] { add("a\nsolid\n1\n"); },
                "m:3:1: end of file: comes where the volumetric heat capacity");
  check_refused([&] { add("a\ngas\n1\n1\n"); }, "m:2:1: gas: is no kind of material");
  check_refused([&] { add("a\nsolid\n-1\n1\n"); }, "m:3:1: -1: is not above 0");
  check_refused([&] { add("a\nsolid\nnan\n1\n"); }, "m:3:1: nan: 'nan' is not a number");
  check_refused([&] { add("a b\nsolid\n1\n1\n"); }, "m:1:1: a: 2 words where a material's name alone");
}

TEST_CASE("named materials take the place of figures, also without their file") {
  const ScratchFolder scratch;
  scratch.write("m.materials", kMaterials);
  const std::string config = (scratch.path() / "x.config").string();
  const auto conductivity = [&](const std::string& text) {
    return package_of(text, config).materials.at("chip").conductivity_w_mk;
  };
  CHECK_THAT(conductivity("-material_chip silicon\n-materials_file m.materials\n"), WithinRel(120, 1e-12));
  CHECK_THAT(conductivity("-k_chip 7\n-material_chip silicon\n-materials_file (null)\n"),
             WithinRel(130, 1e-12));
  CHECK_THAT(conductivity("-k_chip 7\n"), WithinRel(7, 1e-12));
  check_refused([&] { conductivity("\n-material_sink unobtainium\n"); }, "x.config:2:1: unobtainium");
  check_refused([&] { conductivity("-materials_file none\n"); },
                "x.config:1:1: -materials_file: none: no such file");
}

TEST_CASE("a configuration of HotSpot is known by its first line, whatever it is called") {
  CHECK(is_hotspot_configuration("\xef\xbb\xbf# chip\n\n\t-t_chip 1e-4\n"));
  for (const char* text : {"", "# only\n", "name: x\n-t_chip 1\n", "- a\n", "---\nname: x\n"})
    CHECK_FALSE(is_hotspot_configuration(text));
}

TEST_CASE("keys of HotSpot come once, in kelvin, and unknown ones are refused or named") {
  check_refused([] { package_of("-t_chip 1e-4\n-t_chip 2e-4\n"); },
                "x.config:2:1: -t_chip: comes twice, first in line 1");
  check_refused([] { package_of("-ambient 45\n"); }, "x.config:1:1: -ambient: is 45 K");
  check_refused([] { package_of("-init_temp 60\n"); }, "add 273.15 to degC");
  check_refused([] { package_of("-use_microchannels 1\n"); }, "no layer has a network of channels");
  for (const char* text :
       {"t_chip 1e-4\n", "-t_chip\n", "-t_chip=1e-4\n", "-t_chip 1e-4 -k_chip 7\n", "- 1\n"})
    check_refused([&] { package_of(text); }, "expected `-key value`");
  check_refused([] { package_of("-model_type blok\n"); }, "is 'blok'; allowed: block, grid");
  check_refused([] { package_of("-leakage_used 2\n"); }, "is '2'; allowed: 0, 1");
  CHECK_NOTHROW(package_of("-detailed_3D on\n-htc 3e4\n-pumping_pressure 52000\n-coolant_material water\n"));
  base::Unknowns unknowns = lenient();
  const auto read =
      read_hotspot("-t_chp 1\n-model_secondary 1\n-grid_map_mode max\n", "x.config", {}, unknowns);
  CHECK(unknowns.skipped() == std::vector<std::string>{"x.config:1:1: -t_chp: is no key of HotSpot",
                                                       "x.config:2:1: -model_secondary: is not modelled"});
  CHECK(read.notes.size() == 1);
}

TEST_CASE("layers are read in the order of their numbers") {
  const auto layers = parse_lcf(layer(1, "YN", "b.flp") + "0\ny\ny\nsilicon\n2e-4\na.flp\n", "s.lcf");
  REQUIRE(layers.size() == 2);
  CHECK(layers[0].material == "silicon");
  CHECK(layers[0].thickness_m == 2e-4);
  CHECK(layers[0].dissipates);
  CHECK(layers[1].plan == "b.flp");
  CHECK(layers[1].resistivity_mk_w == 0.01);
  CHECK_FALSE(layers[1].dissipates);
}

TEST_CASE("stacks of layers are refused with their line") {
  const auto parse = [](const std::string& text) { parse_lcf(text, "s.lcf"); };
  check_refused([&] { parse(layer(0, "YY", "a.flp") + layer(0, "YY", "b.flp")); },
                "s.lcf:8:1: layer: number 0 comes twice");
  check_refused([&] { parse(layer(0, "YY", "a.flp") + layer(2, "YY", "b.flp")); },
                "s.lcf:8:1: layer: number 2 comes where 1 is missing");
  check_refused([&] { parse(layer(0, "XY", "a.flp")); }, "s.lcf:2:1: X: is neither Y nor N");
  check_refused([&] { parse(layer(0, "YN", "a.flp")); }, "has no layer that dissipates");
  check_refused([&] { parse(layer(0, "YY", "")); },
                "comes where a floorplan is expected; is the file cut off?");
  check_refused([&] { parse("0\nY\nY\n1.6e6\n0\n"); }, "s.lcf:5:1: 0: is not above 0");
  check_refused([&] { parse("-1\n"); }, "is no number of a layer");
}

TEST_CASE("a stack's floorplans become one, and its power trace names blocks layer by layer") {
  const ScratchFolder scratch;
  scratch.write("a.flp", "A 5e-3 3e-3 0 0\n");
  scratch.write("b.flp", "A 2e-3 3e-3 0 0\nB 3e-3 3e-3 2e-3 0\n");
  scratch.write("c.flp", "A 4e-3 3e-3 0 0\n");
  const std::string file = (scratch.path() / "s.lcf").string();
  const auto floorplan = [&](const std::string& text) {
    base::Unknowns strict;
    return stack_floorplan(parse_lcf(text, file), strict);
  };
  const Floorplan plan =
      floorplan(layer(0, "YY", "a.flp") + layer(1, "YN", "b.flp") + layer(2, "YY", "b.flp"));
  REQUIRE(plan.blocks.size() == 5);
  CHECK(plan.blocks[4].name == "layer_2_B");
  CHECK(plan.blocks[4].body == "layer_2");
  const auto row = [&](const std::string& text) { return parse_ptrace(text, "p", plan).rows.front(); };
  CHECK(row("A A B\n1 2 3\n") == std::vector<double>{1, 0, 0, 2, 3});
  CHECK(row("layer_2_B A A\n3 1 2\n") == std::vector<double>{1, 0, 0, 2, 3});
  check_refused([&] { row("A A A B\n1 2 3 4\n"); }, "block 'A' has two columns");
  check_refused([&] { row("A B\n1 2\n"); }, "block 'layer_2_A' of the floorplan has no column");
  check_refused([&] { floorplan(layer(0, "YY", "a.flp") + layer(1, "YN", "c.flp")); }, "have one size");
  check_refused([&] { floorplan(layer(0, "YY", "none.flp")); }, "s.lcf:7:1: none.flp: no such file");
}

TEST_CASE("a network of straight channels becomes channels") {
  const ChannelsConfig x = parse_channel_network("0,0,0,0,0\n3,1,1,1,2\n0,0,0,0,0,\n", "n.csv", kDie);
  CHECK(x.count == 1);
  CHECK(x.along == Direction::x);
  CHECK_THAT(x.width_m, WithinRel(1e-3, 1e-12));
  const ChannelsConfig y = parse_channel_network("0,2,0,2,0\n0,1,0,1,0\n0,3,0,3,0\n", "n.csv", kDie);
  CHECK(y.count == 2);
  CHECK(y.along == Direction::y);
  CHECK_THAT(y.wall_m, WithinRel(1e-3, 1e-12));
  const auto parse = [](const std::string& text) { parse_channel_network(text, "n.csv", kDie); };
  for (const char* text :
       {"", "0,0,0\n0,0,0\n", "2,1,3\n", "3,1,0\n0,1,2\n", "3,1,2\n0,0,0\n", "3,1,2\n3,1,1\n"})
    check_refused([&] { parse(text); }, "n.csv:1:1: channels: are no straight parallel channels");
  check_refused([&] { parse("3,1,2\n3,4,2\n"); }, "n.csv:2:1: cell 2 is 4");
  check_refused([&] { parse("3,1,2\n3,2\n"); }, "n.csv:2:1: has 2 cells");
}

TEST_CASE("a floorplan's wires carry no heat, names may hold '#', and what else stands there is told") {
  const Floorplan plan = parse_flp("A#0 1e-3 1e-3 0 0 #c\nB 1e-3 1e-3 1e-3 0\nA#0 B 0.5\n", "x.flp");
  REQUIRE(plan.blocks.size() == 2);
  CHECK(plan.blocks[0].name == "A#0");
  check_refused([] { parse_flp("A 1e-3 1e-3 0 0\nA C 0.5\n", "x.flp"); }, "x.flp:2:1: A: connects 'C'");
  check_refused([] { parse_flp("A 1e-3 1e-3 0 0 silicon\n", "x.flp"); }, "column 6 ('silicon')");
  check_refused([] { parse_flp("A 1e-3 1e-3 0 0 1e6 0.01 7\n", "x.flp"); }, "column 8 ('7')");
  check_refused([] { parse_flp("A 1e-3 1e-3 0 0 -1e6 0.01\n", "x.flp"); }, "must not be negative");
  base::Unknowns unknowns = lenient();
  CHECK(parse_flp("A 1e-3 1e-3 0 0 silicon\n", "x.flp", {}, unknowns).blocks.size() == 1);
  const Floorplan two = parse_flp("A 1e-3 1e-3 0 0\nB 1e-3 1e-3 1e-3 0\n", "x.flp");
  CHECK(parse_ptrace("C A\n9 1\n", "p", two, unknowns).rows.front() == std::vector<double>{1, 0});
  CHECK(unknowns.skipped().size() == 3);
}
