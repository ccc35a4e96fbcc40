// SPDX-License-Identifier: MIT
// No key of a squeezing is dead: each one, changed, moves a number.
#include <map>
#include <set>

#include "config/load.h"
#include "squeeze/result.h"
#include "support/catch.h"
#include "support/record_keys.h"

using namespace kiln;

namespace {

const std::string& configs_folder() {
  static const std::string folder = std::string(KILN_SOURCE_DIR) + "/configs";
  return folder;
}

std::string small_squeezing(bool learns) {
  return fmt::format(
      R"(name: small
experiment:
  name: small
  workload: {0}/workloads/lenet5_r28.yaml
  training: {{batch: 16, precision: {{weights: fp32, activations: fp32, saved_activations: fp32, errors: fp32}}}}
  soc: {0}/soc/wearable_lpddr4.yaml
  mapping: {{parallel: data, cut: rows}}
{1}formats: false
steps:
  first: {{prune: {{sparsity: 50 %}}, epochs: 1}}
  second: {{quantise: {{weights: int8, activations: int8}}}}
  taught: {{distil: {{}}, epochs: 1}}
chains: {{chain: [first, second]}}
scenarios: {{place: {{link: {0}/parts/link/lte_m.yaml}}}}
)",
      configs_folder(),
      learns ? "  learning: {data: {generator: {classes: 6, noise: 2}, samples: 320, test_samples: 200}, "
               "epochs: 1, workers: 1}\n"
             : "samples: 160\n");
}

std::map<std::string, double> squeezed_numbers(bool learns, const std::vector<std::string>& overrides) {
  config::Node tree = config::parse_yaml("small.yaml", small_squeezing(learns));
  for (const std::string& assignment : overrides) config::apply_override(tree, assignment);
  const squeeze::Result result =
      squeeze::run_squeeze(config::read_tree<squeeze::SqueezeConfig>(tree, "").value, {});
  std::map<std::string, double> all;
  for (const auto& [key, value] : squeeze::numbers_of(result)) all.emplace(key, value);
  all["formats"] = static_cast<double>(result.formats.size());
  for (const squeeze::ScenarioRow& row : result.scenarios) {
    all["best"] = static_cast<double>(row.best);
    all["energy_j"] = row.candidates.back().energy_j;
    all["download_s"] = row.candidates.back().download_s;
    all["allowed"] = row.candidates.back().allowed ? 1 : 0;
  }
  return all;
}

struct SqueezeKnob {
  std::string key, changed, number;
  std::vector<std::string> setting = {};  ///< in which it acts
  bool learns = false;
};

const std::string kTaught = "chains={chain: [taught]}";

const std::vector<SqueezeKnob>& squeeze_knobs() {
  static const std::vector<SqueezeKnob> all = {
      {"batch", "8", "base.inference_j"},
      {"samples", "1600", "chains.chain.squeeze_j"},
      {"formats", "true", "formats"},
      {"chains", "{chain: [first]}", "chains.chain.model_bytes"},
      {"steps.first.network", configs_folder() + "/workloads/resnet8_cifar_mlperf_tiny.yaml",
       "chains.chain.model_bytes"},
      {"steps.first.depthwise_separable", "[all]", "chains.chain.inference_s"},
      {"steps.first.prune", "{sparsity: 80 %}", "chains.chain.model_bytes"},
      {"steps.second.quantise", "{weights: int4, activations: int8}", "chains.chain.model_bytes"},
      {"steps.first.epochs", "3", "chains.chain.squeeze_s"},
      {"steps.second.calibration", "1000", "chains.chain.squeeze_s"},
      {"steps.first.rate_factor", "1", "chains.chain.accuracy", {}, true},
      {"steps.taught.distil.share",
       "0 %",
       "chains.chain.accuracy",
       {kTaught, "steps.taught.rate_factor=1"},
       true},
      {"steps.taught.distil.temperature",
       "30",
       "chains.chain.accuracy",
       {kTaught, "steps.taught.rate_factor=1", "steps.taught.distil.share=100 %",
        "experiment.learning.epochs=3", "experiment.learning.data.samples=960",
        "steps.taught.prune={sparsity: 90 %}"},
       true},
      {"scenarios.place.link", configs_folder() + "/parts/link/ble5_1m.yaml", "download_s"},
      {"scenarios.place.inferences", "1e7", "energy_j"},
      {"scenarios.place.devices", "2", "energy_j"},
      {"scenarios.place.minimise",
       "download",
       "best",
       {"chains={a: [taught]}", "scenarios.place.devices=1",
        "steps.taught.quantise={weights: int8, activations: int8}", "samples=10000000"}},
      {"scenarios.place.accuracy_loss",
       "100 %",
       "allowed",
       {"steps.first.prune.sparsity=99 %", "scenarios.place.accuracy_loss=0 %"},
       true},
  };
  return all;
}

/// "steps.first.prune" as "steps.prune".
std::string without_item(const std::string& path) {
  const std::size_t first = path.find('.');
  if (first == std::string::npos) return path;
  return path.substr(0, first) + path.substr(path.find('.', first + 1));
}

}  // namespace

TEST_CASE("every key of a squeezing is among those that are turned here") {
  std::set<std::string> keys, turned;
  testing::add_keys(*config::Value<squeeze::SqueezeConfig>::record(),
                    {"link", "network", "pruning", "quantisation_aware"}, keys);
  for (const SqueezeKnob& knob : squeeze_knobs()) turned.insert(without_item(knob.key));
  CHECK(keys == turned);
}

TEST_CASE("every key of a squeezing moves a number") {
  for (const SqueezeKnob& knob : squeeze_knobs()) {
    INFO(knob.key);
#if !KILN_HAS_LEARNING
    if (knob.learns) continue;
#endif
    std::vector<std::string> turned = knob.setting;
    turned.push_back(knob.key + "=" + knob.changed);
    CHECK(squeezed_numbers(knob.learns, turned).at(knob.number) !=
          squeezed_numbers(knob.learns, knob.setting).at(knob.number));
  }
}
