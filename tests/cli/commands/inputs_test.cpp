// SPDX-License-Identifier: MIT
// What is read besides configurations, and one's own output read again.
#include <nlohmann/json.hpp>

#include "kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

const std::string kSchema = "# yaml-language-server: $schema=experiment.json\n";

/// `validate` and `run` both refuse an experiment with `part`.
void check_both_refuse(const std::string& text, const std::string& part) {
  const ScratchFolder scratch;
  const std::string file = scratch.write("e.yaml", kSchema + text);
  for (const ProcessResult& result :
       {run_kiln({"validate", file}), run_kiln({"run", file, "--out", (scratch.path() / "r").string()})}) {
    CHECK(result.exit_code == 2);
    CHECK(only_our_lines(result.err));
    CHECK_THAT(result.err, contains(part));
  }
}

}  // namespace

TEST_CASE("missing and foreign data files are found by validate, at their key") {
  check_both_refuse(tiny_text() + "compression: {enabled: true, gradients: none.npy}\n",
                    "e.yaml:7:41: compression.gradients: none.npy: no such file");
  check_both_refuse(tiny_text() + "topology: /\n", "e.yaml:7:11: topology: /: is a directory");
  check_both_refuse(tiny_text() + "compression: {enabled: true, gradients: /etc/passwd}\n",
                    "e.yaml:7:41: compression.gradients: /etc/passwd: is text, not binary values");
}

TEST_CASE("layers that do not fit are told with their place in the workload's file") {
  const ScratchFolder scratch;
  scratch.write("net.yaml",
                "name: n\nsource: test\ninput: {channels: 1, height: 4, width: 4}\nlayers:\n"
                "  - {name: c, op: conv, out: 2, kernel: 9, padding: valid}\n");
  const std::string file = scratch.write("e.yaml", kSchema + "name: e\nworkload: net.yaml\nsoc: " +
                                                       source("configs/soc/edge_lpddr5.yaml") + "\n");
  const ProcessResult result = run_kiln({"validate", file});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("net.yaml:5:5: layers.c.kernel: kernel 9 is larger than its input of 4"));
  CHECK_THAT(result.err, contains("padding: same"));
}

TEST_CASE("a run's own configuration validates and runs again to the same results") {
  const ScratchFolder scratch;
  const auto out = [&](const char* name) { return (scratch.path() / name).string(); };
  REQUIRE(run_kiln({"run", write_tiny(scratch), "--quiet", "--seed", "7", "--out", out("a")}).exit_code == 0);
  const std::string effective = out("a") + "/config.effective.yaml";
  CHECK(run_kiln({"validate", effective}).exit_code == 0);
  REQUIRE(run_kiln({"run", effective, "--quiet", "--out", out("b")}).exit_code == 0);
  for (const char* file : {"config.effective.yaml", "stats.json", "series.csv", "layers.csv"})
    CHECK(scratch.read(std::string("a/") + file) == scratch.read(std::string("b/") + file));
  const auto hash = [&](const char* run) {
    return nlohmann::json::parse(scratch.read(fmt::format("{}/manifest.json", run))).at("config_hash");
  };
  CHECK(hash("a") == hash("b"));
}

TEST_CASE("seeds and names out of bounds are refused before anything runs") {
  const ScratchFolder scratch;
  const std::string file = write_tiny(scratch);
  for (const char* seed : {"18446744073709551616", "-1", "0.5", "many", "1e3"}) {
    const ProcessResult result = run_kiln({"run", file, fmt::format("--seed={}", seed)});
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, contains("--seed"));
  }
  const ProcessResult result = run_kiln({"run", file, "--set", "name=" + std::string(300, 'x')});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("300 bytes; allowed: at most 200"));
}

TEST_CASE("a deep chain of files is refused at once") {
  const ScratchFolder scratch;
  for (int i = 0; i < 2000; ++i)
    scratch.write(fmt::format("{}.yaml", i), fmt::format("from: {}.yaml\n", i + 1));
  const std::string file =
      scratch.write("s.yaml", "# yaml-language-server: $schema=policy.json\nfrom: 0.yaml\n");
  const ProcessResult result = run_kiln({"validate", file});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("include one another"));
}

TEST_CASE("foreign files with byte order marks are read, with misspelt keys they are not") {
  const ScratchFolder scratch;
  const std::string mark = "\xef\xbb\xbf";
  const std::string plan = scratch.write("p.flp", mark + "A\t0.005\t0.01\t0\t0\nB\t0.005\t0.01\t0.005\t0\n");
  const std::string power = scratch.write("p.ptrace", mark + "A B\n1 2\n");
  const auto thermal = [&](const std::string& text) {
    return run_kiln(
        {"thermal", "--config", scratch.write("h.config", text), "--floorplan", plan, "--power", power});
  };
  CHECK(thermal(mark + "-grid_rows 8\n-grid_cols 8\n-init_temp 330\n").exit_code == 0);
  const ProcessResult misspelt = thermal("-grid_rows 8\n-t_chp 0.0001\n");
  CHECK(misspelt.exit_code == 2);
  CHECK_THAT(misspelt.err, contains("h.config:2:1: -t_chp: is no key of HotSpot; did you mean '-t_chip'?"));
  const ProcessResult bad = thermal("\n-grid_rows 8.5\n");
  CHECK_THAT(bad.err, contains("h.config:2:1: grid.ny: '8.5' is not a whole number"));
  const std::string layers = scratch.write(
      "l.csv",
      mark +
          "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
          "Stride Height, Stride Width,\nConv1,49,10,10,4,1,64,2,1,\n");
  CHECK(run_kiln({"npu", "--config", source("configs/parts/npu/reference_32x32.yaml"), "--topology", layers})
            .exit_code == 0);
}

TEST_CASE("a refresh ladder that the memory cannot follow is refused before it gets hot") {
  std::string text = tiny_text();
  const std::size_t soc = text.find("soc: ") + 5, end = text.find('\n', soc);
  text.replace(soc, end - soc,
               fmt::format("{{from: {}, memory: {{dram: {{timing: {{tRFCab: 480 ns}}}}}}}}",
                           text.substr(soc, end - soc)));
  const auto with_rate = [&](int rate) {
    return text + fmt::format("governor: {{refresh: {{steps: [{{above: 85 degC, rate: {}}}]}}}}\n", rate);
  };
  check_both_refuse(with_rate(8), "governor.refresh: the memory cannot follow");  // nor in 488 ns
  const ScratchFolder scratch;
  CHECK(run_kiln({"validate",
                  scratch.write("slower.yaml",
                                "# yaml-language-server: $schema=schema/experiment.json\n" + with_rate(4))})
            .exit_code == 0);
}

TEST_CASE("policies without their thermometer or their clock are refused by name") {
  std::string without_skin = tiny_text();
  without_skin.replace(without_skin.find("edge_lpddr5"), 11, "edge_hbm2e");
  check_both_refuse(without_skin + "governor: {policies: [{kind: skin, skin: {source: skin}}]}\n",
                    "governor: policy skin looks at the skin and the package has no thermometer there; give "
                    "soc.package.skin");
  check_both_refuse(tiny_text() + "governor: {policies: [{kind: per_phase, per_phase: {forward: 5 GHz}}]}\n",
                    "governor.policies.0.per_phase.forward: 5 GHz is outside soc.operating_points");
  check_both_refuse(tiny_text() + "governor: {policies: [{kind: per_phase, per_phase: {update: 1 MHz}}]}\n",
                    "governor.policies.0.per_phase.update: 1 MHz is outside soc.operating_points");
}

TEST_CASE("zeros of activations on an array that does not gate them are refused by name") {
  std::string text = tiny_text();
  text.replace(text.find("{batch: 2}"), 10, "{batch: 2, relu_density: 0.5}");
  const std::size_t soc = text.find("soc: ") + 5, end = text.find('\n', soc);
  text.replace(
      soc, end - soc,
      fmt::format("{{from: {}, npu: {{sparsity: {{scheme: dense}}}}}}", text.substr(soc, end - soc)));
  check_both_refuse(text, "soc.npu.sparsity.scheme zero_gated");
}

TEST_CASE("a folder of results that cannot be made is told before the run") {
  const ScratchFolder scratch;
  const ProcessResult result = run_kiln({"run", write_tiny(scratch), "--out", "/proc/kiln-results"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("no folder can be made in /proc"));
}

TEST_CASE("a missing item of a list is told with the list's length, also through an included file") {
  const ScratchFolder scratch;
  const ProcessResult result = run_kiln({"run", write_tiny(scratch), "--set", "soc.units.99.column=3"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("no such list item; the list has"));
}
