// SPDX-License-Identifier: MIT
// `kiln thermal` on whole sets of HotSpot's files.
#include <nlohmann/json.hpp>

#include "cli/commands/refusal.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

/// A small set of HotSpot's files, and runs on it.
class HotspotFolder {
 public:
  HotspotFolder() {
    write("p.flp", "A\t0.004\t0.008\t0\t0\nB\t0.004\t0.008\t0.004\t0\n");
    write("p.ptrace", "A B\n20 5\n10 5\n");
  }

  std::string write(const std::string& name, const std::string& text) { return scratch_.write(name, text); }
  std::string path(const std::string& name) const { return (scratch_.path() / name).string(); }
  std::string read(const std::string& name) const { return scratch_.read(name); }

  /// Runs with the keys of `config`, on a coarse grid.
  ProcessResult run(const std::string& config, const std::vector<std::string>& more = {},
                    bool with_plan = true) {
    std::vector<std::string> arguments = {"thermal", "--config",
                                          write("x.config", "-grid_rows 8\n-grid_cols 8\n" + config),
                                          "--power", path("p.ptrace")};
    if (with_plan) arguments.insert(arguments.end(), {"--floorplan", path("p.flp")});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_kiln(arguments);
  }

  nlohmann::json json(const std::string& config, std::vector<std::string> more = {}, bool with_plan = true) {
    more.insert(more.end(), {"--format", "json"});
    const ProcessResult result = run(config, more, with_plan);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return nlohmann::json::parse(result.out);
  }

 private:
  ScratchFolder scratch_;
};

double celsius(const nlohmann::json& run, const char* block, const char* which) {
  return run.at("blocks").at(block).at(which).get<double>();
}

std::string lcf(const std::string& second) {
  return "0\nY\nY\n1.75e6\n0.01\n0.00015\np.flp\n" + second + "2\nY\nN\n4e6\n0.25\n2e-5\np.flp\n";
}

}  // namespace

TEST_CASE("a HotSpot run starts where init_temp or init_file says, and a steady state goes round") {
  HotspotFolder folder;
  const std::string short_rows = "-sampling_intvl 1e-5\n";
  CHECK(celsius(folder.json(short_rows + "-init_temp 350\n"), "A", "final_C") > 76);
  CHECK(celsius(folder.json(short_rows + "-init_temp 320\n"), "A", "final_C") < 50);
  const auto steady = folder.json(short_rows, {"--out", folder.path("out")});
  folder.write("gcc.init", folder.read("out/thermal.steady"));
  const auto begun = folder.json(short_rows + "-init_file gcc.init\n-init_temp 320\n");
  CHECK(std::abs(celsius(begun, "A", "final_C") - celsius(steady, "A", "steady_C")) < 1.0);
  CHECK(celsius(folder.json(short_rows, {"--init", folder.write("b.init", "A 400\nB 400\n")}), "B",
                "final_C") > 120);
  check_refusal(folder.run("-init_file none.init\n"), "x.config:3:1: -init_file: none.init: no such file");
}

TEST_CASE("a stack of layers brings its floorplans, from the configuration or the command line") {
  HotspotFolder folder;
  folder.write("stack.lcf", lcf("1\nY\nN\n4e6\n0.25\n2e-5\np.flp\n"));
  const auto by_key = folder.json("-grid_layer_file stack.lcf\n", {}, false);
  CHECK(by_key.at("blocks").size() == 6);
  CHECK(celsius(by_key, "layer_0_A", "steady_C") > celsius(by_key, "layer_2_A", "steady_C"));
  const auto by_option = folder.json("", {"--layers", folder.path("stack.lcf")}, false);
  CHECK(by_option == by_key);
  check_refusal(folder.run("-grid_layer_file stack.lcf\n"), "leave --floorplan out");
  check_refusal(folder.run("", {}, false), "--floorplan: is missing");
  check_refusal(run_kiln({"thermal", "--config", "none.config", "--floorplan", folder.path("p.flp"),
                          "--power", folder.path("p.ptrace")}),
                "none.config: no such file");
  check_refusal(run_kiln({"thermal", "--config", folder.path("x.config"), "--floorplan",
                          folder.path("stack.lcf"), "--power", folder.path("p.ptrace")}),
                "is a layer file; give it to --layers");
}

TEST_CASE("a floorplan in centimetres is refused") {
  HotspotFolder folder;
  folder.write("p.flp", "A 0.4 0.8 0 0\nB 0.4 0.8 0.4 0\n");
  check_refusal(folder.run(""), "p.flp: A: is 0.4 x 0.8 m, larger than a wafer of 0.3 m; give metres");
}

TEST_CASE("micro-channels of a stack carry its heat away") {
  HotspotFolder folder;
  folder.write("lanes.csv", "0,0,0,0\n3,1,1,2\n0,0,0,0\n3,1,1,2\n0,0,0,0\n");
  folder.write("stack.lcf", lcf("1\nY\nN\nsilicon\n1e-4\nlanes.csv\n"));
  const auto run = folder.json(
      "-grid_layer_file stack.lcf\n-r_convec 1000\n-pumping_pressure 500\n-inlet_temperature 298.15\n",
      {"--steady"}, false);
  CHECK(run.at("coolant").at("layer_1").at("inlet_C").get<double>() == 25.0);
  CHECK(run.at("coolant").at("layer_1").at("outlet_C").get<double>() > 25.0);
  CHECK(run.at("outlets_W").at("die.channels").get<double>() > 15);
}

TEST_CASE("what HotSpot's files hold beyond what is read is refused, or skipped and named by --lenient") {
  HotspotFolder folder;
  folder.write("p.ptrace", "A C\n20 5\n");
  check_refusal(folder.run("-k_chpi 7\n"),
                "x.config:3:1: -k_chpi: is no key of HotSpot; did you mean '-k_chip'?");
  check_refusal(folder.run(""), "p.ptrace:1:1: C: block 'C' is not in the floorplan");
  const ProcessResult lenient = folder.run("-k_chpi 7\n", {"--lenient", "--steady"});
  CHECK(lenient.exit_code == 0);
  for (const char* part : {"skipped: ", "x.config:3:1: -k_chpi: is no key of HotSpot", "block 'C' is not in",
                           "block 'B' of the floorplan has no column"})
    CHECK_THAT(lenient.out, contains(part));
  CHECK(folder.json("", {"--lenient", "--steady"}).at("skipped").size() == 2);
}
