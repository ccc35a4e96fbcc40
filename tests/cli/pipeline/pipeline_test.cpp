// SPDX-License-Identifier: MIT
// `kiln pipeline` on chips: the shipped pipeline, books, the size gate, refusals.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/csv.h"
#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;
using nlohmann::json;

namespace {

const std::string kConfigs = std::string(KILN_SOURCE_DIR) + "/configs";

ProcessResult pipeline(std::vector<std::string> words, const ScratchFolder& scratch,
                       const std::string& file) {
  words.insert(words.begin(),
               {"pipeline", file, "--format", "json", "--out", (scratch.path() / "out").string()});
  return run_kiln(std::move(words), {});
}

json good(const ProcessResult& result) {
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out);
}

/// LeNet-5 made into a model on a watch-class chip.
std::string small(const ScratchFolder& scratch) {
  return scratch.write("small.yaml", fmt::format(R"(# yaml-language-server: $schema=pipeline.json
name: small
devices:
  - name: watch
    experiment:
      name: watch
      workload: {0}/workloads/lenet5_r28.yaml
      training: {{batch: 4}}
      soc: {0}/soc/wearable_lpddr4.yaml
      mapping: {{parallel: data, cut: rows}}
  - name: phone
    experiment: {{from: {0}/experiments/passive_edge.yaml, workload: {0}/workloads/lenet5_r28.yaml, training: {{batch: 4}}}}
links: {{radio: {{link: {0}/parts/link/ble5_2m.yaml}}}}
plans:
  - name: on_watch
    labelled: labeler
    stages:
      - {{name: frames, on: watch, source: {{rate: 100, energy: 1 mJ}}, samples: 200, bytes: 784 B}}
      - {{name: labeler, on: phone, from: [frames], via: radio, network: {{}}}}
      - {{name: training, on: phone, from: [labeler], takes: 200, network: {{task: train, passes: 2}}}}
      - {{name: quantisation, on: phone, from: [training], network: {{}}, quantise: {{samples: 16, size_limit: 64 kB}}}}
      - {{name: deployment, on: watch, from: [quantisation], via: radio, store: {{write_rate: 1 MB/s}}}}
      - {{name: requests, on: watch, after: [deployment], source: {{rate: 10}}, samples: 20}}
      - {{name: inference, on: watch, from: [requests], network: {{training: {{batch: 1}}}}}}
)",
                                                 kConfigs));
}

}  // namespace

TEST_CASE("a pipeline ends with answers of the model that it made, and its books name every joule") {
  const ScratchFolder scratch;
  const json plan = good(pipeline({}, scratch, small(scratch)))["plans"][0];
  const auto n = [&](const char* key) { return plan[key].get<double>(); };
  CHECK(n("labelled_samples") == 200);
  CHECK(n("answers") == 20);
  CHECK(n("size_gate_passed") == 1);
  CHECK(n("model_bytes") ==
        61470 + 2 * 4 * 236);  // weights; scales and biases of 6, 16, 120, 84 and 10 channels
  CHECK(n("trained_model_bytes") == 2 * 61706);  // fp16
  CHECK(n("sent_bytes") == 200 * 784 + n("model_bytes"));
  CHECK(n("energy_j") == Approx(n("device_energy_j") + n("sensor_energy_j") + n("storage_energy_j") +
                                n("link_energy_j") + n("network_energy_j")));
  CHECK(n("sensor_energy_j") == Approx(0.2));
  CHECK(n("labelled_per_s") <= n("bound_per_s") * (1 + 1e-9));
  CHECK(plan["validity"]["state"] == "ok");
  for (const char* name : {"pipeline.txt", "pipeline.json", "stages.csv", "devices.csv", "links.csv",
                           "report.html", "pipeline.gp", "config.effective.yaml"})
    CHECK(std::filesystem::exists(scratch.path() / "out" / name));
  // Its effective configuration gives the same again.
  const ScratchFolder again;
  CHECK(good(pipeline({}, again, (scratch.path() / "out/config.effective.yaml").string()))["plans"][0] ==
        plan);
}

TEST_CASE("a stage that is always busy costs what a run of its step costs") {
  const ScratchFolder scratch;
  const std::string stages =
      "plans.0.stages=[{name: labeler, on: watch, samples: 400000, makes: 4, network: {}}]";
  const json plan = good(pipeline({"--set", stages}, scratch, small(scratch)))["plans"][0];
  const ScratchFolder run_folder;
  const ProcessResult run = run_kiln(
      {"run", kConfigs + "/experiments/wearable_kws.yaml", "--out", (run_folder.path() / "out").string(),
       "--format", "json", "--set", "workload=" + kConfigs + "/workloads/lenet5_r28.yaml",
       "training={kind: none, batch: 4}", "mapping={parallel: data, cut: rows}", "run.rate=null",
       "governor.policies=[{kind: performance}]", "environment.ambient=25 degC", "run.audit_windows=0"},
      {});
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  const json step = json::parse(run.out);
  CHECK(plan["labelled_per_s"].get<double>() == Approx(4 / step["step_time_s"].get<double>()).epsilon(1e-3));
  CHECK(plan["idle_energy_j"].get<double>() < 1e-3 * plan["device_energy_j"].get<double>());
  // The watch is not yet as warm as in the steady state of a run: a little less leaks.
  CHECK(plan["label"]["work_j"].get<double>() == Approx(step["energy_j"].get<double>() / 4).epsilon(0.01));
  for (const char* end : {"low", "high"}) {
    const double of_plan =
        plan["band"]["label.work_j"][end].get<double>() / plan["label"]["work_j"].get<double>();
    CHECK(of_plan ==
          Approx(step["band"]["energy_j"][end].get<double>() / step["energy_j"].get<double>()).epsilon(0.02));
  }
  CHECK(plan["band"]["label.work_j"]["low"] < plan["label"]["work_j"]);
  CHECK(plan["band"]["label.work_j"]["high"] > plan["label"]["work_j"]);
  for (const char* exact : {"labelled_samples", "sent_bytes", "time_s"})
    CHECK_FALSE(plan["band"].contains(exact));
}

TEST_CASE("a pipeline beyond its limit of wall time keeps OUT.failed and no results") {
  const ScratchFolder scratch;
  const ProcessResult result = pipeline({"--time-limit", "1 ms"}, scratch, small(scratch));
  CHECK(result.exit_code == 1);
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "out"));
  CHECK(std::filesystem::exists(scratch.path() / "out.failed/config.effective.yaml"));
}

TEST_CASE("images for a camera: raw ones cost most to send, diffusion most to make") {
  // Few of them, in mappings that ask for no choice by simulation.
  std::vector<std::string> few = {"--set", "devices.box.experiment.mapping={parallel: layer_wise, cut: rows}",
                                  "devices.centre.experiment.mapping={parallel: data, cut: rows}",
                                  "plans.upload_raw.stages.ingestion.samples=64"};
  for (const char* plan : {"gan_here", "diffusion_here"}) {
    few.push_back(fmt::format("plans.{}.stages.ingestion.samples=32", plan));
    few.push_back(fmt::format("plans.{}.stages.generator.samples=64", plan));
  }
  const ScratchFolder scratch;
  const json result = good(pipeline(few, scratch, kConfigs + "/pipelines/synthetic_data.yaml"));
  REQUIRE(result["plans"].size() == 3);
  const auto label = [&](int plan, const char* key) {
    return result["plans"][plan]["label"][key].get<double>();
  };
  for (int plan = 0; plan < 3; ++plan) {
    CHECK(result["plans"][plan]["labelled_samples"] == 64);
    CHECK(result["plans"][plan]["answers"] == 400);
    CHECK(result["plans"][plan]["model_bytes"] < 2e6);
    CHECK(result["plans"][plan]["validity"]["state"] == "ok");
  }
  CHECK(label(0, "sent_bytes") == 76800);
  CHECK(label(1, "sent_bytes") == 76800.0 * 32 / 64);
  CHECK(label(0, "link_j") > 20 * label(0, "work_j"));
  CHECK(label(2, "work_j") > 20 * label(1, "work_j"));  // 50 passes of a larger network
  CHECK(result["plans"][2]["bottleneck"] == "box");
  CHECK(result["against"].size() == 2);
  CHECK(result["against"][1]["first_pays"] == "below");
}

TEST_CASE("a model beyond the size gate is said, and --fail-on makes it an exit code") {
  const ScratchFolder scratch;
  const std::string file = small(scratch);
  const ProcessResult result = pipeline(
      {"--set", "plans.0.stages.quantisation.quantise.size_limit=60 kB", "--fail-on", "size_gate_passed==0"},
      scratch, file);
  CHECK(result.exit_code == 3);
  const json plan = json::parse(result.out)["plans"][0];
  CHECK(plan["validity"]["state"] == "warn");
  CHECK_FALSE(plan.contains("answers"));
  CHECK_THAT(scratch.read("out/pipeline.txt"), contains("it is not handed on"));
}

TEST_CASE("samples of a poor generator do not reach the training, and its plan says why") {
  const ScratchFolder scratch;
  const std::string training = ".stages.5.network.";
  std::vector<std::string> quick = {"--set"};
  for (const char* plan : {"plans.0", "plans.1"})
    for (const char* setting : {"passes=1", "learning.seeds=1"}) quick.push_back(plan + training + setting);
  const std::string file = kConfigs + "/pipelines/made_samples.yaml";
  const json plans = good(pipeline(quick, scratch, file))["plans"];
  const json &passed = plans[0], &refused = plans[1];
  CHECK(passed["gate"]["passed"] == 1);
  CHECK(passed["gate"]["turned_away"] == 0);
  CHECK(refused["gate"]["passed"] == 0);
  CHECK(refused["gate"]["turned_away"] == 2400);
  CHECK_THAT(refused["gate"]["refused"].get<std::string>(), contains("Frechet distance"));
  CHECK(refused["gate"]["frechet"] > passed["gate"]["frechet"]);
  // Of the same real ones.
  CHECK(passed["gate"]["frechet_floor"].get<double>() ==
        Approx(refused["gate"]["frechet_floor"].get<double>()));
  for (const char* key : {"precision", "recall"})
    CHECK((passed["gate"][key] > 0 && passed["gate"][key] <= 1));
  CHECK(passed["trained_accuracy"] > refused["trained_accuracy"]);  // a quarter of the steps are left
  CHECK(refused["validity"]["findings"][0]["code"] == "quality_gate");
  CHECK_THAT(scratch.read("out/pipeline.txt"), contains("refused, 2400 products turned away"));
  CHECK_THAT(scratch.read("out/pipeline.labels"), contains("training: 2400 turned away"));

  // What is learnt from real ones alone is what a training of as many learns.
  auto real = quick;
  real.push_back("plans.1" + training + "learning.data.synthetic=null");
  real.push_back("plans.1" + training + "learning.data.samples=800");
  const ScratchFolder other;
  CHECK(good(pipeline(real, other, file))["plans"][1]["trained_accuracy"] == refused["trained_accuracy"]);

  auto stop = quick;
  stop.push_back("plans.1" + training + "learning.data.synthetic.gate.failure=stop");
  const ScratchFolder third;
  const json stopped = good(pipeline(stop, third, file))["plans"][1];
  CHECK_FALSE(stopped.contains("trained_accuracy"));
  CHECK_FALSE(stopped.contains("answers"));
  CHECK(stopped["gate"]["turned_away"] == 3200);

  auto alone = quick;
  alone.push_back("plans.0" + training.substr(0, training.size() - 8) + "from=[labels]");
  const ScratchFolder fourth;
  const ProcessResult wrong = pipeline(alone, fourth, file);
  CHECK(wrong.exit_code == 2);
  CHECK_THAT(wrong.err, contains("no stage in front makes any"));
}

TEST_CASE("a pipeline is known to validate, explain, list and schema") {
  const ScratchFolder scratch;
  CHECK_THAT(run_kiln({"validate", small(scratch)}, {}).out, contains("on_watch of 7 stages"));
  CHECK_THAT(run_kiln({"explain", "plans.stages.quantise.size_limit"}, {}).out, contains("not handed on"));
  CHECK_THAT(run_kiln({"list", "pipeline", "--configs", kConfigs}, {}).out, contains("synthetic_data"));
  CHECK_THAT(run_kiln({"schema", "pipeline"}, {}).out, contains("size_limit"));
}

TEST_CASE("pipelines that cannot be are refused with place and remedy") {
  const ScratchFolder scratch;
  const std::string file = small(scratch);
  const auto refused = [&](const std::string& setting, const std::string& key, const std::string& part) {
    const ProcessResult result = pipeline({"--set", setting}, scratch, file);
    INFO(setting << "\n" << result.err);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, contains(key));
    CHECK_THAT(result.err, contains(part));
    CHECK_FALSE(std::filesystem::exists(scratch.path() / "out"));
  };
  const std::string stages = "plans.0.stages.";
  refused(stages + "labeler.on=phones", stages + "1.on", "did you mean 'phone'");
  refused(stages + "labeler.from=[frame]", stages + "1.from", "did you mean 'frames'");
  refused(stages + "labeler.from=[training]", stages + "1.from", "names no earlier stage");
  refused(stages + "labeler.via=wire", stages + "1.via", "allowed: radio");
  refused(stages + "labeler.via=\"\"", stages + "1.via", "name the link");
  refused(stages + "inference.via=radio", stages + "6.via", "has no effect");
  refused(stages + "frames.samples=null", stages + "0.samples", "say how many");
  refused(stages + "frames.bytes=null", stages + "1.from", "give that stage bytes");
  refused(stages + "training.takes=null", stages + "2.takes", "learnt from");
  refused(stages + "training.queue=100", stages + "2.queue", "shorter than");
  refused(stages + "labeler.samples=5", stages + "1.samples", "has no effect");
  refused(stages + "training.quantise={}", stages + "2.quantise", "task infer");
  refused(stages + "labeler.store={}", stages + "1.name", "one of source, network and store");
  refused(stages + "training.name=labeler", "is that of an earlier stage", "give each its own");
  refused("plans.0.labelled=label", "plans.0.labelled", "did you mean 'labeler'");
  refused("devices.0.name=phone", "devices.1.name", "earlier");
  refused("devices.0.site.pue=0.9", "devices.0.site.pue", "1");
  refused("devices=[]", "devices", "is empty");
  refused(stages + "labeler.network.training={batch: 0}", "batch", "0");
  refused(stages + "labeler.network.training={freeze: {layers: [nolayer]}}", "stages.labeler.network",
          "nolayer");
}
