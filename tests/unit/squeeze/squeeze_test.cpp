// SPDX-License-Identifier: MIT
// Chains, formats and scenarios, without a chip.
#include "config/load.h"
#include "link/end_meter.h"
#include "squeeze/result.h"
#include "support/catch.h"
#include "workload/expand.h"

using namespace kiln;
using squeeze::Candidate;
using workload::Precision;

namespace {

squeeze::SqueezeConfig lenet(const std::string& chains) {
  const std::string configs = std::string(KILN_SOURCE_DIR) + "/configs";
  const std::string text = fmt::format(R"(name: lenet
experiment:
  name: lenet
  workload: {0}/workloads/lenet5_r28.yaml
  soc: {0}/soc/wearable_lpddr4.yaml
samples: 100
steps:
  prune: {{prune: {{sparsity: 75 %}}, epochs: 1}}
  int8: {{quantise: {{weights: int8, activations: int8}}}}
  int4: {{quantise: {{weights: int4, activations: int4}}}}
  distil: {{distil: {{}}, epochs: 2}}
chains: {1}
)",
                                       configs, chains);
  return config::read_tree<squeeze::SqueezeConfig>(config::parse_yaml("lenet.yaml", text), "").value;
}

double bytes_after(const std::string& chain) {
  const auto prefixes = squeeze::prefixes_of(lenet("{a: " + chain + "}"));
  return squeeze::model_bytes(prefixes.back(), 1);
}

constexpr double kWeights = 61470, kChannels = 236;  // of LeNet-5: 6, 16, 120, 84 and 10 channels

/// 100 bytes a second, 1 nJ for each bit received.
squeeze::ScenarioConfig slow_link() {
  squeeze::ScenarioConfig scenario;
  scenario.link.name = "slow";
  scenario.link.rate_bytes_per_s = 100;
  scenario.link.packet.payload_bytes = 1000;
  scenario.link.power.receive_j_per_bit = 1e-3;
  return scenario;
}

/// The network as it is, a small one that is learnt at some cost, and a smaller one that is too bad.
squeeze::Result three() {
  squeeze::Result result;
  const auto add = [&](const char* name, double bytes, double inference_j, double squeeze_j,
                       double accuracy) {
    squeeze::SqueezedRow row;
    row.name = name;
    row.model_bytes = bytes;
    row.inference.energy_j = inference_j;
    row.squeeze_j = squeeze_j;
    row.accuracy = row.accuracy_low = row.accuracy_high = accuracy;
    result.rows.push_back(row);
  };
  add("as it is", 1000, 3, 0, 0.9);
  add("small", 400, 1, 5000, 0.895);
  add("smaller", 100, 0.5, 100, 0.8);
  result.chains = {{"small", 1}, {"smaller", 2}};
  return result;
}

}  // namespace

TEST_CASE("chains that begin alike share their beginnings, and orders are kept apart") {
  const auto prefixes =
      squeeze::prefixes_of(lenet("{a: [prune, int8], b: [prune, int8, distil], c: [int8, prune]}"));
  std::vector<std::string> names;
  for (const squeeze::Prefix& prefix : prefixes) names.push_back(prefix.name());
  CHECK(names == std::vector<std::string>{"as it is", "prune", "prune > int8", "prune > int8 > distil",
                                          "int8", "int8 > prune"});
  CHECK(prefixes[3].before == 2);
  CHECK(prefixes[5].before == 4);
  CHECK(prefixes[5].experiment.training.quantisation_aware);
  CHECK(prefixes[5].experiment.training.pruning);
  CHECK(prefixes[3].experiment.training.distillation);
  // A teacher is for its step alone.
  const auto later = squeeze::prefixes_of(lenet("{a: [distil, prune]}"));
  CHECK_FALSE(later.back().experiment.training.distillation);
}

TEST_CASE("a model has the bytes that its steps leave, whatever their order") {
  CHECK(bytes_after("[int8]") == kWeights + 8 * kChannels);
  CHECK(bytes_after("[int4]") == kWeights / 2 + 8 * kChannels);
  // A quarter of the values in 8 bits, and a bit for each place.
  CHECK(bytes_after("[prune, int8]") == std::ceil(kWeights * 3 / 8) + 8 * kChannels);
  CHECK(bytes_after("[int8, prune]") == bytes_after("[prune, int8]"));
  CHECK(bytes_after("[int8, int4]") == bytes_after("[int4]"));
  // And so the chip stores them, which reads them for every inference.
  const auto prefixes = squeeze::prefixes_of(lenet("{a: [prune, int8]}"));
  const experiment::ExperimentConfig inference = squeeze::inference_of(prefixes.back(), 1);
  const workload::StepGraph graph = workload::build_step(inference.workload, inference.training);
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == workload::TensorClass::weight) CHECK(tensor.bits_per_element == 3);
}

TEST_CASE("a format that the array has not is computed in the fastest one that holds its values") {
  CHECK(squeeze::holds_all(Precision::fp16, Precision::int8));
  CHECK(squeeze::holds_all(Precision::bf16, Precision::int8));
  CHECK_FALSE(squeeze::holds_all(Precision::fp16, Precision::int16));
  CHECK(squeeze::holds_all(Precision::fp32, Precision::int16));
  CHECK_FALSE(squeeze::holds_all(Precision::fp16, Precision::bf16));
  CHECK_FALSE(squeeze::holds_all(Precision::bf16, Precision::fp16));
  CHECK_FALSE(squeeze::holds_all(Precision::int8, Precision::fp8));
  CHECK(squeeze::holds_all(Precision::bf16, Precision::fp8));

  npu::NpuConfig npu;
  npu.packing = {.int4 = 0, .int8 = 2, .int16 = 0, .fp8 = 0, .fp16 = 1, .bf16 = 0, .fp32 = 0};
  CHECK(squeeze::support_of(npu, Precision::int4).computed_as == Precision::int8);
  CHECK(squeeze::support_of(npu, Precision::int4).macs_per_pe_per_cycle == 2);
  CHECK_FALSE(squeeze::support_of(npu, Precision::int8).computed_as);
  CHECK(squeeze::support_of(npu, Precision::fp8).computed_as == Precision::fp16);
  CHECK_FALSE(squeeze::support_of(npu, Precision::int16).possible);
  CHECK_FALSE(squeeze::support_of(npu, Precision::fp32).possible);
  CHECK(squeeze::supports_of(npu).size() == 7);
}

TEST_CASE("a scenario counts download, inferences and a share of squeezing") {
  squeeze::ScenarioConfig scenario = slow_link();
  scenario.inferences = 50;
  scenario.devices = 100;
  const squeeze::ScenarioRow row = squeeze::scenario_of("here", scenario, three());
  REQUIRE(row.candidates.size() == 3);
  const Candidate& plain = row.candidates[0];
  const Candidate& small = row.candidates[1];
  CHECK(plain.download_s == Approx(10));
  CHECK(small.download_j == Approx(400 * 8 * 1e-3));
  CHECK(plain.energy_j == Approx(8 + 50 * 3));
  CHECK(small.energy_j == Approx(50 + 3.2 + 50 * 1));
  CHECK_FALSE(row.candidates[2].allowed);
  CHECK(row.best == 1);
  // So many inferences, and both cost the same.
  REQUIRE(small.pays_after);
  scenario.inferences = *small.pays_after;
  const squeeze::ScenarioRow even = squeeze::scenario_of("there", scenario, three());
  CHECK(even.candidates[1].energy_j == Approx(even.candidates[0].energy_j));
  scenario.inferences = *small.pays_after - 1;
  CHECK(squeeze::scenario_of("before", scenario, three()).best == 0);
}

TEST_CASE("where downloads are slow the smallest model that is good enough is best") {
  squeeze::ScenarioConfig scenario = slow_link();
  scenario.minimise = squeeze::Minimise::download;
  scenario.devices = 1;
  CHECK(squeeze::scenario_of("poor", scenario, three()).best == 1);
  scenario.accuracy_loss = 0.2;
  CHECK(squeeze::scenario_of("poor", scenario, three()).best == 2);
  scenario.accuracy_loss = 0.001;
  CHECK(squeeze::scenario_of("poor", scenario, three()).best == 0);
}
