// SPDX-License-Identifier: MIT
// `kiln import`, and models where experiments and networks stand.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
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

TEST_CASE("the schema of a file that is begun or imported is found from its folder") {
  const ScratchFolder scratch;
  for (const char* folder : {"configs/experiments", "configs/workloads", "designs"})
    std::filesystem::create_directories(scratch.path() / folder);
  const std::string model = scratch.write("net.onnx", model_bytes());
  ProcessOptions options;
  options.folder = scratch.path().string();
  const auto line_of = [&](const std::string& file) {
    CHECK(run_kiln({"import", model, "-o", file + "_in.yaml", "--bind", "s1=8", "sr=8000"}, options)
              .exit_code == 0);
    const ProcessResult begun = run_kiln(
        {"new", "net", file + "_new", "--like", source("configs/workloads/lenet5_r28.yaml")}, options);
    INFO(begun.err);
    CHECK(begun.exit_code == 0);
    const std::string imported = kiln::base::read_file((scratch.path() / (file + "_in.yaml")).string()),
                      other = kiln::base::read_file((scratch.path() / (file + "_new.yaml")).string());
    const std::string line = imported.substr(0, imported.find('\n'));
    CHECK(line == other.substr(0, other.find('\n')));
    return line;
  };
  CHECK(line_of("configs/workloads/a") == "# yaml-language-server: $schema=../schema/network.json");
  CHECK(line_of("designs/a") == "# yaml-language-server: $schema=../configs/schema/network.json");
  const ScratchFolder elsewhere;
  CHECK(line_of((elsewhere.path() / "a").string()) ==
        "# yaml-language-server: $schema=" + std::filesystem::canonical(scratch.path() / "configs").string() +
            "/schema/network.json");
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
  result = run_kiln({"import", model, "--sequence", "8"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("--sequence and --labels belong to a config.json"));
  result = run_kiln({"import", model, "--bind", "s1"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("NAME=VALUE"));
}

TEST_CASE("a Hugging Face model is imported, stands where a workload does, and runs alone") {
  const ScratchFolder scratch;
  const std::string model = scratch.write(
      "config.json",
      "{\"model_type\": \"llama\", \"hidden_size\": 32, \"intermediate_size\": 64, \"num_hidden_layers\": "
      "1,\n"
      "\"num_attention_heads\": 4, \"num_key_value_heads\": 2, \"vocab_size\": 64, \"torch_dtype\": null}\n");
  const std::string out = (scratch.path() / "net.yaml").string();
  ProcessResult result = run_kiln({"import", model, "-o", out, "--sequence", "16"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK_THAT(result.out, contains("19 layers; 13408 parameters"));
  CHECK_THAT(scratch.read("net.yaml"), contains("{name: layers.0.q_rotary, op: rotary"));
  CHECK(run_kiln({"validate", out}).exit_code == 0);

  const std::vector<std::string> once = {
      "--set", "run.horizon=steps", "run.steps=1", "run.audit_windows=0", "training.batch=2", "--quiet",
      "--out"};
  const auto run = [&](std::vector<std::string> words, const std::string& folder) {
    words.insert(words.begin(), "run");
    words.insert(words.end(), once.begin(), once.end());
    words.push_back((scratch.path() / folder).string());
    const ProcessResult ran = run_kiln(words);
    INFO(ran.err);
    REQUIRE(ran.exit_code == 0);
    return nlohmann::json::parse(scratch.read(folder + "/summary.json"));
  };
  const std::string experiment = scratch.write(
      "e.yaml",
      "# yaml-language-server: $schema=experiment.json\nname: e\nworkload: {hf: config.json, sequence: "
      "16}\nsoc: " +
          source("configs/soc/edge_lpddr5.yaml") + "\n");
  const auto a = run({experiment}, "a"), b = run({model, "--chip", "edge_lpddr5", "--sequence", "16"}, "b");
  CHECK(a.at("step_time_s") == b.at("step_time_s"));
  CHECK(a.at("tokens_per_s").get<double>() == Approx(16 * a.at("samples_per_s").get<double>()));
  CHECK(a.at("energy_per_token_j").get<double>() > 0);

  result = run_kiln({"run", model, "--bind", "batch=2"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("belong to ONNX models"));
  result = run_kiln({"run", model, "--sequence", "0"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("--sequence 0"));
  result = run_kiln({"import", scratch.write("other.json", "{}")});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, contains("is no config.json of a Hugging Face model"));
}

#if KILN_HAS_LEARNING

TEST_CASE("a training begins with a model's weights and says so, unless it is told not to") {
  const ScratchFolder scratch;
  scratch.write("net.onnx", model_bytes());
  const auto trained = [&](const std::string& workload, const std::string& more) {
    const std::string experiment = scratch.write(
        "e.yaml", "# yaml-language-server: $schema=experiment.json\nname: e\nworkload: " + workload +
                      "\ntraining: {batch: 2}\nsoc: " + source("configs/soc/edge_lpddr5.yaml") +
                      "\nlearning: {data: {samples: 8, test_samples: 4}, epochs: 1}\n");
    const ProcessResult result = run_kiln({"train", experiment, "--out", (scratch.path() / "out").string(),
                                           "--set", "learning.weights=" + more});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    const std::string summary = scratch.read("out/summary.txt");
    std::filesystem::remove_all(scratch.path() / "out");
    return summary;
  };
  const std::string model = "{from: net.onnx, bind: {s1: 8, sr: 16000}}";
  CHECK_THAT(trained(model, "model"), contains("first weights ") && contains("net.onnx: test loss"));
  CHECK_THAT(trained(model, "random"), !contains("first weights"));
  REQUIRE(run_kiln({"import", (scratch.path() / "net.onnx").string(), "-o",
                    (scratch.path() / "net.yaml").string(), "--bind", "s1=8", "sr=16000"})
              .exit_code == 0);
  CHECK_THAT(trained("net.yaml", "model"), !contains("first weights"));
}

#endif
