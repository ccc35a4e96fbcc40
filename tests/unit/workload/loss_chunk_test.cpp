// SPDX-License-Identifier: MIT
// The loss in chunks of positions against the loss as a whole: the same work, less memory.
#include <map>

#include "support/catch.h"
#include "unit/workload/networks.h"
#include "workload/footprint.h"

using namespace kiln;
using namespace kiln::workload;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t kSpoken = 2, kPlaces = 96, kFeatures = 32, kWords = 5000;

/// A sequence, a layer and a large vocabulary.
NetworkConfig speaker() {
  return parse(
      "  - {name: table, op: embedding, entries: 5000, out: 32}\n  - {name: a, op: linear, out: 32}\n"
      "  - {name: head, op: linear, out: 5000, bias: false}\n",
      "{channels: 1, height: 96, width: 1}");
}

/// fp32 without masters or states, so that bytes are four a value.
TrainingConfig plain(std::optional<std::int64_t> chunk = {}) {
  TrainingConfig training;
  training.batch = kSpoken;
  training.optimizer = {OptimizerKind::sgd, false};
  const Precision fp32 = Precision::fp32;
  training.precision = {fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32};
  training.loss_chunk = chunk;
  return training;
}

/// Lane operations by phase, without those of adding to a gradient.
std::map<Phase, double> lanes_of_step(const StepGraph& graph) {
  std::map<Phase, double> lanes;
  for (const Op& op : graph.ops)
    if (op.phase != Phase::wgrad)
      lanes[op.phase] +=
          static_cast<double>(op.vector.elements) * op.vector.ops_per_element * op.vector.passes;
  return lanes;
}

/// Bytes of positions that operations read or write of a tensor.
std::int64_t touched_bytes(const StepGraph& graph, const std::string& tensor, bool written) {
  const Tensor& whole = find_tensor(graph, tensor);
  std::int64_t rows = 0;
  for (const Op& op : graph.ops) {
    const auto& list = written ? op.writes : op.reads;
    if (std::find(list.begin(), list.end(), whole.id) == list.end()) continue;
    const Positions some = positions_of(op, whole.id);
    rows += some.all() ? whole.rows() : some.count;
  }
  return rows * whole.samples * whole.row_elements() * 4;
}

}  // namespace

TEST_CASE("a loss in chunks does the work of the whole, and adds up the gradient of the head") {
  for (const std::int64_t chunk : {1, 5, 32, 95}) {
    for (const NetworkConfig& network : {speaker(), transformer()}) {
      const StepGraph whole = build_step(network, plain()), parts = build_step(network, plain(chunk));
      INFO("chunks of " << chunk);
      for (const Phase phase : {Phase::forward, Phase::dgrad, Phase::wgrad})
        CHECK(parts.macs(phase) == whole.macs(phase));
      const auto in_parts = lanes_of_step(parts);
      for (const auto& [phase, lanes] : lanes_of_step(whole))
        CHECK_THAT(in_parts.at(phase), Catch::Matchers::WithinRel(lanes, 1e-12));
    }
    const StepGraph parts = build_step(speaker(), plain(chunk));
    const std::int64_t chunks = (kPlaces + chunk - 1) / chunk;
    CHECK(find_tensor(parts, "head_0").rows() == (kPlaces % chunk == 0 ? chunk : kPlaces % chunk));
    CHECK(find_tensor(parts, fmt::format("head_{}", chunks - 1)).rows() == chunk);
    const std::int64_t gradient = 4 * kFeatures * kWords;
    // COMPRESS and REDUCE write it, too; they and UPDATE read it, and so do all chunks that add.
    CHECK(touched_bytes(parts, "head.gradient", true) == (chunks + 2) * gradient);
    CHECK(touched_bytes(parts, "head.gradient", false) == (chunks - 1 + 3) * gradient);
    // Forward and wgrad read each position of the input once, dgrad writes its error once.
    const std::int64_t value = 4 * kSpoken * kPlaces * kFeatures;
    CHECK(touched_bytes(parts, "a", false) == 2 * value);
    CHECK(touched_bytes(parts, "a.error", true) == value);
    CHECK(find_tensor(parts, "a.error").bytes() == value);
  }
}

TEST_CASE("logits and their errors stand in memory by the chunk") {
  const StepGraph whole = build_step(speaker(), plain());
  const std::int64_t persistent = 4 * whole.parameters();
  const std::int64_t token = 4 * kSpoken, input = find_tensor(whole, "input").bytes();
  // What the layer in front reads and gives waits for the backward pass.
  const std::int64_t waiting = persistent + input + token * kPlaces * 2 * kFeatures;
  CHECK(footprint(whole).peak_bytes == waiting + token * kPlaces * 2 * kWords);
  for (const std::int64_t chunk : {8, 32, 40}) {
    const StepGraph parts = build_step(speaker(), plain(chunk));
    const MemoryFootprint memory = footprint(parts);
    const std::int64_t gradient = 4 * kFeatures * kWords, below = token * kPlaces * kFeatures;
    // Behind the first chunk, the head's gradient and the error below it wait, too.
    CHECK(memory.peak_bytes == waiting + below + gradient + token * chunk * 2 * kWords);
    CHECK(memory.peak_bytes < footprint(whole).peak_bytes);
    for (const Tensor& tensor : parts.tensors) {
      INFO(tensor.name);
      CHECK((tensor.shape.channels() != kWords || tensor.rows() <= chunk || !tensor.parts.empty()));
    }
  }
}

TEST_CASE("a chunk of all positions, or of more, is the whole") {
  const auto names = [](const StepGraph& graph) {
    std::vector<std::string> all;
    for (const Op& op : graph.ops) all.push_back(op.name);
    return all;
  };
  const auto whole = names(build_step(speaker(), plain()));
  CHECK(names(build_step(speaker(), plain(kPlaces))) == whole);
  CHECK(names(build_step(speaker(), plain(1 << 20))) == whole);
  CHECK(names(build_step(residual_network(), plain(4))) == names(build_step(residual_network(), plain())));
  CHECK(names(build_step(speaker(), plain(kPlaces - 1))) != whole);
}

TEST_CASE(
    "chunks go with additions of low rank, checkpointing, micro-batches, fake quantisation, zeroth order") {
  TrainingConfig low_rank = plain(7);
  low_rank.lora_rank = 4;
  TrainingConfig again = plain(7);
  again.recompute.mode = RecomputeMode::sqrt;
  TrainingConfig micro = plain(7);
  micro.micro_batches = 2;
  TrainingConfig quantised = plain(7);
  quantised.quantisation_aware = QuantisationConfig{};
  TrainingConfig no_gradients = plain(7);
  no_gradients.kind = TrainingKind::zeroth_order;
  for (const TrainingConfig& training : {low_rank, again, micro, quantised, no_gradients})
    for (const NetworkConfig& network : {speaker(), transformer()}) {
      TrainingConfig as_whole = training;
      as_whole.loss_chunk.reset();
      const StepGraph whole = build_step(network, as_whole), parts = build_step(network, training);
      for (const Phase phase : {Phase::forward, Phase::dgrad, Phase::wgrad})
        CHECK(parts.macs(phase) == whole.macs(phase));
      std::map<std::string, int> written;
      for (const Op& op : parts.ops) ++written[op.name];
      for (const auto& [name, times] : written) {
        INFO(name);
        CHECK(times == 1);
      }
      CHECK(footprint(parts).total_of(TensorClass::activation) <=
            footprint(whole).total_of(TensorClass::activation));
    }
  const StepGraph adapters = build_step(speaker(), low_rank);
  const auto errors_of_a = [](const Tensor& tensor) { return tensor.name == "a.error"; };
  CHECK(std::count_if(adapters.tensors.begin(), adapters.tensors.end(), errors_of_a) ==
        2);  // of both products
  CHECK(touched_bytes(adapters, "a.error", true) == 4 * kSpoken * kPlaces * kFeatures);
  int losses = 0;
  for (const Tensor& tensor : build_step(speaker(), no_gradients).tensors)
    losses += tensor.name.starts_with("head.loss");
  CHECK(losses == 2);  // one a side, that all chunks add to
}

TEST_CASE("a network without a last layer that can be cut is refused by name") {
  const auto refusal = [](const std::string& layers) {
    return config_error([&] { build_step(parse(layers, "{channels: 8, height: 12, width: 1}"), plain(4)); });
  };
  CHECK_THAT(refusal("  - {name: a, op: linear, out: 9}\n  - {name: s, op: softmax}\n"),
             Contains("loss_chunk") && Contains("s is no linear layer"));
  CHECK_THAT(refusal("  - {name: a, op: linear, out: 9, norm: batch}\n"),
             Contains("norm of its last layer a"));
}
