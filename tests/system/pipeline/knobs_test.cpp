// SPDX-License-Identifier: MIT
// No key of a pipeline is dead: each one, changed, moves a number.
#include <map>
#include <set>

#include "config/load.h"
#include "pipeline/run.h"
#include "support/catch.h"
#include "support/record_keys.h"
#include "support/turned_knob.h"

using namespace kiln;

namespace {

std::string small_pipeline() {
  return fmt::format(R"(name: small
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
links: {{radio: {{link: {0}/parts/link/wifi6_20mhz.yaml}}, wire: {{link: {0}/parts/link/ethernet_1g.yaml}}}}
plans:
  - name: plan
    labelled: labeler
    stages:
      - {{name: frames, on: watch, source: {{rate: 2000}}, samples: 60, bytes: 784 B}}
      - {{name: labeler, on: phone, from: [frames], via: wire, network: {{}}}}
      - {{name: training, on: phone, from: [labeler], takes: 60, network: {{task: train}}}}
      - {{name: quantisation, on: phone, from: [training], network: {{}}, quantise: {{samples: 16}}}}
      - {{name: deployment, on: watch, from: [quantisation], via: wire, store: {{}}}}
      - {{name: requests, on: watch, source: {{rate: 100}}, samples: 20}}
      - {{name: inference, on: watch, from: [requests], network: {{}}}}
)",
                     std::string(KILN_SOURCE_DIR) + "/configs");
}

std::map<std::string, double> numbers(const std::vector<std::string>& overrides) {
  config::Node tree = config::parse_yaml("small.yaml", small_pipeline());
  for (const std::string& assignment : overrides) config::apply_override(tree, assignment);
  const auto config = config::read_tree<pipeline::PipelineConfig>(tree, "").value;
  std::map<std::string, double> all;
  const pipeline::Result result = pipeline::run_pipeline(config, {});
  for (const auto& [key, value] : pipeline::numbers_of(result)) all.emplace(key, value);
  for (const pipeline::StageRow& row : result.plans.front().stages)
    all["firings." + row.name] = double(row.firings);
  all["plans"] = double(result.plans.size());
  return all;
}

const std::string kStages = "plans.0.stages.";
const std::string kSite = "devices.1.site={pue: 1.5, carbon: 400, price: 0.2}";

const std::string kLearning =
    "{data: {generator: {classes: 10, noise: 2}, samples: 640, test_samples: 400}, workers: 1}";

const std::vector<testing::TurnedKnob>& knobs() {
  static const std::string configs = std::string(KILN_SOURCE_DIR) + "/configs";
  static const std::vector<testing::TurnedKnob> all = {
      {"devices.name", "devices", "", ""},  // names lead: refusals are tested with the command
      {"devices.count", "devices.1.count", "3", "device_energy_j"},
      {"devices.in_network",
       "devices.1.in_network",
       "true",
       "link_energy_j",
       {kStages + "labeler.via=radio", kStages + "deployment.via=radio"}},
      {"devices.site.pue", "devices.1.site.pue", "2", "site_energy_j", {kSite}},
      {"devices.site.carbon", "devices.1.site.carbon", "100", "carbon_g", {kSite}},
      {"devices.site.price", "devices.1.site.price", "0.1", "price", {kSite}},
      {"links",
       "links.wire.network_carbon",
       "400",
       "label.carbon_g",
       {"links.wire.network_energy=100 pJ/bit"}},
      {"links", "links.wire.network_energy", "100 pJ/bit", "network_energy_j"},
      {"plans.name", "plans", "", ""},
      {"plans.labelled", "plans.0.labelled", "frames", "label.work_j"},
      {"plans.stages.name", "plans", "", ""},
      {"plans.stages.on",
       kStages + "inference.on",
       "phone",
       "energy_j",
       {kStages + "inference={name: inference, on: watch, samples: 20, network: {}}"}},
      {"plans.stages.from",
       kStages + "inference.from",
       "[frames, requests]",
       "answers",
       {kStages + "labeler.on=watch", kStages + "labeler.via=\"\"", kStages + "training.via=wire",
        kStages + "labeler.bytes=800 B"}},
      {"plans.stages.after",
       kStages + "requests.after",
       "[deployment]",
       "time_s",
       {kStages + "requests.source.rate=10"}},
      {"plans.stages.via", kStages + "labeler.via", "radio", "labelled_s"},
      {"plans.stages.takes", kStages + "training.takes", "20", "firings.training"},
      {"plans.stages.makes", kStages + "labeler.makes", "8", "labelled_samples"},
      {"plans.stages.samples", kStages + "frames.samples", "40", "labelled_samples"},
      {"plans.stages.queue",
       kStages + "labeler.queue",
       "4",
       "labelled_samples",
       {kStages + "frames.source.rate=100000"}},
      {"plans.stages.bytes", kStages + "frames.bytes", "100 kB", "sent_bytes"},
      {"plans.stages.source.rate", kStages + "frames.source.rate", "100", "labelled_s"},
      {"plans.stages.source.arrivals", kStages + "frames.source.arrivals", "poisson", "labelled_s"},
      {"plans.stages.source.energy", kStages + "frames.source.energy", "1 mJ", "sensor_energy_j"},
      {"plans.stages.network.task",
       kStages + "inference.network.task",
       "train",
       "answers",
       {kStages + "inference.takes=4"}},
      {"plans.stages.network.workload", kStages + "inference.network.workload",
       configs + "/workloads/resnet8_cifar_mlperf_tiny.yaml", "answer_mean_s"},
      {"plans.stages.network.training", kStages + "inference.network.training", "{batch: 1}",
       "answer_mean_s"},
      {"plans.stages.network.passes", kStages + "training.network.passes", "30", "energy_j"},
      {"plans.stages.network.learning", kStages + "training.network.learning", kLearning, "trained_accuracy"},
      {"plans.stages.quantise.accuracy_limit",
       kStages + "quantisation.quantise.accuracy_limit",
       "0 %",
       "firings.deployment",
       {kStages + "training.network.learning=" + kLearning, kStages + "quantisation.quantise.weights=int4"}},
      {"plans.stages.price", kStages + "labeler.price", "0.02", "label.price"},
      {"plans.stages.quantise.weights", kStages + "quantisation.quantise.weights", "int4", "model_bytes"},
      {"plans.stages.quantise.samples", kStages + "quantisation.quantise.samples", "160", "device_energy_j"},
      {"plans.stages.quantise.size_limit", kStages + "quantisation.quantise.size_limit", "1 kB",
       "size_gate_passed"},
      {"plans.stages.store", kStages + "deployment.store.write_power", "1 W", "storage_energy_j"},
      {"seed", "seed", "7", "labelled_s", {kStages + "frames.source.arrivals=poisson"}},
      {"time_limit", "time_limit", "10 ms", "time_s"},
  };
  return all;
}

}  // namespace

TEST_CASE("every key of a pipeline is among those that are turned here") {
  std::set<std::string> keys;
  testing::add_keys(*config::Value<pipeline::PipelineConfig>::record(),
                    {"pipeline_link", "network", "training", "job_storage", "learning"}, keys);
  CHECK(keys == testing::keys_of(knobs()));
}

TEST_CASE("every key of a pipeline moves a number") {
  testing::check_all_move(knobs(), [](const std::vector<std::string>& overrides, const std::string& number) {
    const auto all = numbers(overrides);
    return all.count(number) > 0 ? all.at(number) : 0;
  });
}
