// SPDX-License-Identifier: MIT
// `kiln import`, and models where experiments and networks stand.
#include <nlohmann/json.hpp>

#include "kiln.h"
#include "support/catch.h"
#include "support/onnx_writer.h"

using namespace kiln::testing;
namespace file = kiln::test::onnx;

namespace {

/// A classifier of rows of s1 columns with a branch that `sr` decides.
std::string model_bytes() {
  file::Graph then, other, graph;
  then.output("t").node("Relu", {"c"}, {"t"});
  other.output("e").node("Tanh", {"c"}, {"e"});
  graph.input("x", {-9, 3, 8, -1})
      .input("sr", {}, 7)
      .output("y")
      .initializer(file::weights("stem.weight", {8, 3, 3, 3}))
      .initializer(file::weights("fc.weight", {10, 8}))
      .initializer(file::weights("fc.bias", {10}))
      .initializer(file::wholes("rate", {}, {16000}))
      .node("Conv", {"x", "stem.weight"}, {"c"}, file::integers("pads", {1, 1, 1, 1}))
      .node("Equal", {"sr", "rate"}, {"is"})
      .node("If", {"is"}, {"a"},
            file::graph_attribute("then_branch", then.bytes()) +
                file::graph_attribute("else_branch", other.bytes()))
      .node("GlobalAveragePool", {"a"}, {"p"})
      .node("Flatten", {"p"}, {"f"})
      .node("Gemm", {"f", "fc.weight", "fc.bias"}, {"y"}, file::integer("transB", 1));
  return graph.model();
}

}  // namespace

TEST_CASE("a model is imported into a file that is a network") {
  const ScratchFolder scratch;
  const std::string model = scratch.write("net.onnx", model_bytes());
  const std::string out = (scratch.path() / "net.yaml").string();
  ProcessResult result = run_kiln({"import", model, "-o", out});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("input 'x'") && contains("--bind s1=..."));
  result = run_kiln({"import", model, "-o", out, "--bind", "s1=8", "sr=16000"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK_THAT(result.out, contains("306 parameters") && contains("13904 multiply-accumulates"));
  CHECK_THAT(scratch.read("net.yaml"),
             contains("- {name: stem, op: conv, out: 8, kernel: 3, padding: 1, bias: false, act: relu}"));
  CHECK(run_kiln({"validate", out}).exit_code == 0);
  CHECK(run_kiln({"import", model, "-o", out, "--bind", "s1=8", "sr=8000"}).exit_code == 0);
  scratch.write("net.yaml", "mine\n");
  result = run_kiln({"import", model, "-o", out, "--bind", "s1=8", "sr=8000"});
  CHECK(result.exit_code == 2);
  CHECK(scratch.read("net.yaml") == "mine\n");
}

TEST_CASE("a model stands where a workload does, and runs alone") {
  const ScratchFolder scratch;
  const std::string model = scratch.write("net.onnx", model_bytes());
  const std::string experiment = scratch.write(
      "e.yaml",
      "# yaml-language-server: $schema=experiment.json\nname: e\nworkload: {from: net.onnx, bind: {s1: 8, "
      "sr: 16000}}\ntraining: {batch: 2}\nsoc: " +
          source("configs/soc/edge_lpddr5.yaml") + "\nrun: {horizon: steps, steps: 1, audit_windows: 0}\n");
  const std::string a = (scratch.path() / "a").string(), b = (scratch.path() / "b").string();
  ProcessResult result = run_kiln({"run", experiment, "--quiet", "--out", a});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  result = run_kiln({"run", model, "--chip", "edge_lpddr5", "--bind", "s1=8", "sr=16000", "batch=2", "--set",
                     "run.horizon=steps", "run.steps=1", "run.audit_windows=0", "--quiet", "--out", b});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const auto step = [&](const char* run) {
    return nlohmann::json::parse(scratch.read(std::string(run) + "/summary.json")).at("step_time_s");
  };
  CHECK(step("a") == step("b"));
  CHECK(run_kiln({"validate", experiment, "--show"}).exit_code == 0);
  result = run_kiln({"run", model, "--chip", "edge_lpdr5", "--bind", "s1=8", "sr=16000"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("did you mean 'edge_lpddr5'?"));
  result = run_kiln({"run", experiment, "--chip", "edge_hbm2e"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("belong to a model"));
  result = run_kiln({"import", model, "--bind", "s1"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("NAME=VALUE"));
}
