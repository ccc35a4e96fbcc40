// SPDX-License-Identifier: MIT
// `kiln squeeze` on a chip: chains in several orders, formats, refusals.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;
using nlohmann::json;

namespace {

const std::string kConfigs = std::string(KILN_SOURCE_DIR) + "/configs";

/// LeNet-5 on a watch-class chip; `more` of the experiment, and of the file.
std::string squeezed(const ScratchFolder& scratch, const std::string& of_experiment,
                     const std::string& more) {
  return scratch.write("squeezed.yaml", fmt::format(R"(# yaml-language-server: $schema=squeeze.json
name: squeezed
experiment:
  name: squeezed
  workload: {0}/workloads/lenet5_r28.yaml
  training: {{batch: 16, precision: {{weights: fp32, activations: fp32, saved_activations: fp32, errors: fp32}}}}
  soc: {0}/soc/wearable_lpddr4.yaml
  mapping: {{parallel: data, cut: rows}}
{1}steps:
  prune: {{prune: {{sparsity: 90 %}}, epochs: 2}}
  one_shot: {{prune: {{sparsity: 90 %}}}}
  ptq: {{quantise: {{weights: int8, activations: int8}}}}
  distil: {{distil: {{}}, epochs: 2}}
{2})",
                                                    kConfigs, of_experiment, more));
}

ProcessResult squeeze(std::vector<std::string> words, const ScratchFolder& scratch, const std::string& file) {
  words.insert(words.begin(),
               {"squeeze", file, "--format", "json", "--out", (scratch.path() / "out").string()});
  return run_kiln(std::move(words), {});
}

json good_result(const ProcessResult& result) {
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out);
}

}  // namespace

TEST_CASE("the order of steps changes what squeezing costs, not what the chip makes of its end") {
  const ScratchFolder scratch;
  const json result = good_result(squeeze(
      {}, scratch,
      squeezed(scratch, "",
               fmt::format("samples: 320\nformats: false\nchains: {{a: [prune, ptq], b: [ptq, prune]}}\n"
                           "scenarios: {{far: {{link: {}/parts/link/lte_m.yaml, minimise: download}}}}\n",
                           kConfigs))));
  const json &a = result["chains"]["a"], &b = result["chains"]["b"];
  for (const char* key : {"model_bytes", "inference_s", "inference_j"}) CHECK(a[key] == b[key]);
  CHECK(a["squeeze_j"] != b["squeeze_j"]);  // b trains with integers in the forward pass
  CHECK(a["model_bytes"].get<double>() < 0.15 * result["base"]["model_bytes"].get<double>());
  CHECK(a["inference_j"].get<double>() < result["base"]["inference_j"].get<double>());
  CHECK_FALSE(a.contains("accuracy"));
  CHECK(result["networks"].size() == 5);
  CHECK(result["scenarios"]["far"]["best"] == "a");
  CHECK(result["scenarios"]["far"]["accuracy_known"] == false);
  for (const char* name :
       {"squeeze.txt", "squeeze.json", "chains.csv", "scenarios.csv", "squeeze.gp", "config.effective.yaml"})
    CHECK(std::filesystem::exists(scratch.path() / "out" / name));
}

TEST_CASE("a step's inference is that of kiln run, and its training costs epochs times steps") {
  const ScratchFolder scratch;
  const json result = good_result(
      squeeze({}, scratch, squeezed(scratch, "", "samples: 330\nformats: false\nchains: {a: [prune]}\n")));
  const std::string experiment = (scratch.path() / "out/config.effective.yaml").string();
  const auto run = [&](const std::string& training) {
    const ScratchFolder folder;
    return good_result(run_kiln(
        {"run", kConfigs + "/experiments/wearable_kws.yaml", "--out", (folder.path() / "run").string(),
         "--format", "json", "--set", "workload=" + kConfigs + "/workloads/lenet5_r28.yaml",
         "training=" + training, "mapping={parallel: data, cut: rows}", "run.rate=null",
         "governor.policies=[{kind: performance}]", "environment.ambient=25 degC"},
        {}));
  };
  const std::string precision =
      "precision: {weights: fp32, activations: fp32, saved_activations: fp32, errors: fp32}";
  const json inference = run("{kind: none, batch: 1, pruning: {sparsity: 90 %}, " + precision + "}");
  const json step = run("{batch: 16, pruning: {sparsity: 90 %}, " + precision + "}");
  CHECK(result["chains"]["a"]["inference_j"].get<double>() == Approx(inference["energy_j"].get<double>()));
  CHECK(result["chains"]["a"]["squeeze_s"].get<double>() ==
        Approx(2 * 21 * step["step_time_s"].get<double>()));
  for (const char* end : {"low", "high"}) {
    const json& band = result["chains"]["a"]["band"];
    CHECK(band["inference_j"][end].get<double>() == Approx(inference["band"]["energy_j"][end].get<double>()));
    CHECK(band["squeeze_j"][end].get<double>() ==
          Approx(2 * 21 * step["band"]["energy_j"][end].get<double>()));
  }
  CHECK(result["chains"]["a"]["band"]["inference_j"]["low"] < result["chains"]["a"]["inference_j"]);
  CHECK(result["chains"]["a"]["band"]["inference_j"]["high"] > result["chains"]["a"]["inference_j"]);
}

TEST_CASE("formats that the chip has not cost more than those it has") {
  const ScratchFolder scratch;
  const json formats =
      good_result(squeeze({"--set", "experiment.soc.npu.packing.int4=0"}, scratch,
                          squeezed(scratch, "", "samples: 32\nchains: {a: [ptq]}\n")))["formats"];
  CHECK(formats.size() == 7);
  CHECK(formats["int4"]["computed_as"] == "int8");
  CHECK(formats["int16"]["computed_as"] == "fp32");
  CHECK_FALSE(formats["int8"].contains("computed_as"));
  CHECK_THAT(formats["fp32"]["how"].get<std::string>(), contains("4 cycles"));
  const auto joules = [&](const char* format) { return formats[format]["inference_j"].get<double>(); };
  CHECK(joules("int4") < joules("int8"));  // its weights are half as long
  CHECK(joules("int8") < joules("fp16"));
  CHECK(joules("fp16") < joules("fp32"));
  CHECK(std::filesystem::exists(scratch.path() / "out" / "formats.csv"));
}

#if KILN_HAS_LEARNING

TEST_CASE("what chains learn: pruned weights recover by learning, a quantised network goes on from them") {
  const ScratchFolder scratch;
  const std::string file = squeezed(scratch,
                                    "  learning: {data: {generator: {classes: 6, noise: 2}, samples: 960, "
                                    "test_samples: 500}, epochs: 3, workers: 1}\n",
                                    "formats: false\nchains: {at_once: [one_shot, ptq], slowly: [prune, "
                                    "ptq], taught: [one_shot, distil]}\n");
  const json result = good_result(squeeze({}, scratch, file));
  const auto accuracy = [&](const char* chain) { return result["chains"][chain]["accuracy"].get<double>(); };
  const double plain = result["base"]["accuracy"].get<double>();
  CHECK(plain > 0.85);
  CHECK(accuracy("slowly") > accuracy("at_once"));
  CHECK(accuracy("slowly") > plain - 0.1);
  CHECK(accuracy("taught") > accuracy("at_once"));
  CHECK(result["chains"]["slowly"]["zero_share"].get<double>() == Approx(0.9).margin(1e-4));
  CHECK(result["base"]["zero_share"] == 0);
  // The same bytes again.
  const ScratchFolder again;
  CHECK(good_result(squeeze({}, again, file)) == result);
  CHECK(squeeze({"--fail-on", "chains.slowly.accuracy<1.1"}, again, file).exit_code == 3);
}

#endif

TEST_CASE(
    "the shipped chains run on the chip, and the smallest inference is of a pruned and quantised network") {
  const ScratchFolder scratch;
  const json result = good_result(squeeze({"--set", "experiment.learning=null", "samples=320",
                                           "formats=false", "experiment.mapping={parallel: data, cut: rows}"},
                                          scratch, kConfigs + "/squeeze/lenet_watch.yaml"));
  REQUIRE(result["chains"].size() == 8);
  const double least = result["chains"]["prune_ptq"]["inference_j"];
  for (const json& network : result["networks"]) CHECK(network["inference_j"].get<double>() >= least);
  CHECK(result["scenarios"].size() == 2);
}

TEST_CASE("a seed reaches an experiment that stands in a file of its own") {
  const ScratchFolder scratch;
  const std::string file = scratch.write(
      "squeezed.yaml", fmt::format("# yaml-language-server: $schema=squeeze.json\nname: squeezed\n"
                                   "experiment: {0}/experiments/wearable_kws.yaml\n"
                                   "steps: {{ptq: {{quantise: {{weights: int8, activations: int8}}}}}}\n"
                                   "chains: {{small: [ptq]}}\n",
                                   kConfigs));
  good_result(squeeze({"--seed", "7"}, scratch, file));
  CHECK_THAT(scratch.read("out/config.effective.yaml"), Catch::Contains("seed: 7"));
}

TEST_CASE("a squeezing is known to validate, explain, list and schema") {
  const ScratchFolder scratch;
  const std::string file = squeezed(scratch, "", "samples: 32\nchains: {a: [prune, ptq]}\n");
  CHECK_THAT(run_kiln({"validate", file}, {}).out, contains("1 chains, 3 networks"));
  CHECK_THAT(run_kiln({"explain", "scenarios.accuracy_loss"}, {}).out, contains("accuracy may fall"));
  CHECK_THAT(run_kiln({"list", "squeeze", "--configs", kConfigs}, {}).out, contains("lenet_watch"));
  CHECK_THAT(run_kiln({"schema", "squeeze"}, {}).out, contains("depthwise_separable"));
}

TEST_CASE("squeezings that cannot be are refused with place and remedy") {
  const ScratchFolder scratch;
  const std::string file = squeezed(scratch, "", "samples: 32\nchains: {a: [prune, ptq]}\n");
  const auto refused = [&](const std::string& setting, const std::string& key, const std::string& part) {
    const ProcessResult result = squeeze({"--set", setting}, scratch, file);
    INFO(setting << "\n" << result.err);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, contains(key));
    CHECK_THAT(result.err, contains(part));
  };
  refused("chains.a=[prun]", "chains.a", "did you mean 'prune'");
  refused("chains.a=[]", "chains.a", "is empty");
  refused("experiment.training={kind: zeroth_order, optimizer: {kind: sgd, master_weights: false}}",
          "experiment", "use kind: step");
  refused("chains={}", "chains", "name one at least");
  refused("samples=null", "samples", "how many samples an epoch has");
  refused("steps.distil.epochs=0", "steps.distil.distil", "has no effect");
  refused("steps.nothing={}", "steps.nothing.epochs", "nothing else is done");
  refused("experiment.training.pruning={}", "experiment", "make them steps");
  refused("experiment.training=none", "experiment", "trained before it is squeezed");
  refused("steps.ptq.quantise.weights=int3", "steps.ptq.quantise.weights", "allowed");
}
