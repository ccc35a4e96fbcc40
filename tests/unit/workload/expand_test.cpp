// SPDX-License-Identifier: MIT
// The step graph against closed forms, operation by operation.
#include "workload/expand.h"

#include <set>

#include "support/catch.h"
#include "unit/workload/networks.h"
#include "workload/footprint.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

void check_gemm(const Op& op, std::int64_t m, std::int64_t n, std::int64_t k, std::int64_t repeats = 1) {
  INFO(op.name);
  CHECK(op.gemm.m == m);
  CHECK(op.gemm.n == n);
  CHECK(op.gemm.k == k);
  CHECK(op.gemm.repeats == repeats);
}

TrainingConfig batch(std::int64_t samples) {
  TrainingConfig training;
  training.batch = samples;
  return training;
}

}  // namespace

TEST_CASE("matrix products of a convolution in the three phases") {
  const StepGraph graph = build_step(residual_network(), batch(4));
  const std::int64_t m = 4 * 16 * 16;
  check_gemm(find_op(graph, "expand/forward"), m, 24, 8);
  check_gemm(find_op(graph, "expand/dgrad"), m, 8, 24);
  check_gemm(find_op(graph, "expand/wgrad"), 8, 24, m);
  check_gemm(find_op(graph, "dw/forward"), m, 1, 9, 24);
  check_gemm(find_op(graph, "dw/dgrad"), m, 9, 1, 24);
  check_gemm(find_op(graph, "dw/wgrad"), 9, 1, m, 24);
  CHECK(find_op(graph, "dw/forward").kind == OpKind::depthwise);
  check_gemm(find_op(graph, "down/forward"), 4 * 8 * 8, 16, 8 * 9);
  CHECK(find_op(graph, "down/forward").conv->stride_h == 2);
  CHECK(find_op(graph, "down/forward").conv->in_channels == 8);
  check_gemm(find_op(graph, "fc/forward"), 4, 10, 16);
  CHECK_FALSE(has_op(graph, "stem/dgrad"));  // nothing to train in front of it
  CHECK(has_op(graph, "stem/wgrad"));
}

TEST_CASE("attention has two backward products per forward one") {
  const StepGraph graph = build_step(transformer(), batch(3));
  check_gemm(find_op(graph, "qk/forward"), 12, 12, 4, 12);
  check_gemm(find_op(graph, "qk/dgrad_q"), 12, 4, 12, 12);
  check_gemm(find_op(graph, "qk/dgrad_k"), 4, 12, 12, 12);
  check_gemm(find_op(graph, "av/forward"), 12, 4, 12, 12);
  check_gemm(find_op(graph, "av/dgrad_scores"), 12, 12, 4, 12);
  check_gemm(find_op(graph, "av/dgrad_v"), 12, 4, 12, 12);
  CHECK(find_op(graph, "av/dgrad_v").phase == Phase::dgrad);
  CHECK(reads(graph, "qk/forward", "qkv.q"));
  CHECK(reads(graph, "qk/forward", "qkv.k"));
  CHECK_FALSE(reads(graph, "qk/forward", "qkv.v"));
  CHECK(find_op(graph, "qkv/dgrad").reads.size() == 4);  // three errors and the weights
  check_gemm(find_op(graph, "logits/wgrad"), 16, 50, 36);
  CHECK(writes(graph, "logits/wgrad", "table.gradient"));
  CHECK(reads(graph, "table/wgrad", "table.gradient"));  // accumulates behind the tied head
}

TEST_CASE("an lstm computes its input products at once and the recurrent ones step by step") {
  const NetworkConfig network = parse(R"(
  - {name: a, op: lstm, out: 20}
  - {name: b, op: lstm, out: 8}
)",
                                      "{channels: 10, height: 7, width: 1}");
  const StepGraph graph = build_step(network, batch(2));
  check_gemm(find_op(graph, "a/input"), 14, 80, 10);
  check_gemm(find_op(graph, "a/recurrent"), 2, 80, 20, 7);
  check_gemm(find_op(graph, "a/recurrent_dgrad"), 2, 20, 80, 7);
  check_gemm(find_op(graph, "a/recurrent_wgrad"), 20, 80, 14);
  check_gemm(find_op(graph, "b/input_dgrad"), 14, 20, 32);
  CHECK_FALSE(has_op(graph, "a/input_dgrad"));
}

TEST_CASE("nothing is read before it is written, errors and saved values included") {
  for (const NetworkConfig& network : {residual_network(), transformer()}) {
    for (const RecomputeMode mode : {RecomputeMode::none, RecomputeMode::sqrt, RecomputeMode::segments}) {
      TrainingConfig training = batch(2);
      training.recompute.mode = mode;
      const StepGraph graph = build_step(network, training);
      std::set<TensorId> written;
      for (const Tensor& tensor : graph.tensors) {
        if (tensor.persistent || tensor.cls == TensorClass::input) written.insert(tensor.id);
        CHECK(tensor.first_op >= 0);
        CHECK(tensor.bytes() > 0);
      }
      for (std::size_t i = 0; i < graph.ops.size(); ++i) {
        const Op& op = graph.ops[i];
        CHECK(op.id == static_cast<OpId>(i));
        for (const TensorId id : op.reads) {
          INFO(op.name << " reads " << graph.tensors[id].name);
          CHECK(written.count(id) == 1);
        }
        written.insert(op.writes.begin(), op.writes.end());
      }
    }
  }
}

TEST_CASE("an addition passes its error on; the other branch adds to it") {
  const StepGraph graph = build_step(residual_network(), batch(2));
  CHECK(reads(graph, "project/norm_reduce", "add.error"));
  CHECK(reads(graph, "expand/dgrad", "add.error"));
  CHECK(writes(graph, "expand/dgrad", "stem.error"));
  CHECK(find_op(graph, "expand/dgrad").vector.elements == 2 * 8 * 16 * 16);
}

TEST_CASE(
    "batch norm: statistics ride on the convolution, two passes backward, stored statistics are folded") {
  TrainingConfig training = batch(2);
  training.norm_statistics = NormStatistics::synchronised;
  StepGraph graph = build_step(residual_network(), training);
  CHECK(writes(graph, "stem/forward", "stem.statistics"));
  CHECK(find_op(graph, "stem/forward").all_reduce);
  CHECK(find_op(graph, "stem/norm_reduce").all_reduce);
  CHECK(reads(graph, "stem/norm_backward", "stem.before_norm"));
  CHECK(find_tensor(graph, "stem.before_norm").cls == TensorClass::saved);
  CHECK(find_tensor(graph, "stem.mask").bits_per_element == 1);

  training.freeze.normalisation = true;
  graph = build_step(residual_network(), training);
  CHECK_FALSE(has_op(graph, "stem/norm"));
  CHECK_FALSE(has_op(graph, "stem/norm_reduce"));
  CHECK(graph.trainable_parameters() == graph.parameters() - 2 * (8 + 24 + 24 + 8 + 16));
}

TEST_CASE("optimizers: state, work per parameter, master weights") {
  struct Case {
    OptimizerKind kind;
    std::int64_t state_bytes_per_parameter;
    double ops;
  };
  for (const Case& expected : {Case{OptimizerKind::sgd, 0, 2}, Case{OptimizerKind::momentum, 4, 4},
                               Case{OptimizerKind::adam, 8, 12}}) {
    TrainingConfig training = batch(2);
    training.optimizer.kind = expected.kind;
    const StepGraph graph = build_step(residual_network(), training);
    const MemoryFootprint memory = footprint(graph);
    CHECK(memory.total_of(TensorClass::optimizer_state) ==
          expected.state_bytes_per_parameter * graph.parameters());
    CHECK(memory.total_of(TensorClass::master_weight) == 4 * graph.parameters());
    CHECK(memory.total_of(TensorClass::weight) == 2 * graph.parameters());
    const Op& update = find_op(graph, "expand/update");
    CHECK(update.vector.elements == 8 * 24 + 2 * 24);
    CHECK(update.vector.ops_per_element == expected.ops);
    CHECK(reads(graph, "expand/update", "expand.master"));
    CHECK(writes(graph, "expand/update", "expand.weight"));
    CHECK_FALSE(reads(graph, "expand/update", "expand.weight"));  // follows from the master
  }
  TrainingConfig training = batch(2);
  training.precision.weights = Precision::fp32;
  CHECK(footprint(build_step(residual_network(), training)).total_of(TensorClass::master_weight) == 0);
}

TEST_CASE("saved activations have a storage precision of their own") {
  TrainingConfig training = batch(2);
  const StepGraph same = build_step(residual_network(), training);
  training.precision.saved_activations = Precision::int8;
  const StepGraph narrow = build_step(residual_network(), training);
  CHECK(find_tensor(same, "expand").cls == TensorClass::saved);
  CHECK(find_tensor(narrow, "expand").cls == TensorClass::activation);
  CHECK(find_tensor(narrow, "expand.kept").bits_per_element == 8);
  CHECK(reads(narrow, "dw/forward", "expand"));
  CHECK(reads(narrow, "dw/wgrad", "expand.kept"));
  CHECK(footprint(narrow).peak_bytes < footprint(same).peak_bytes);
}

TEST_CASE("updates right behind their gradients shorten the gradients' lives") {
  TrainingConfig training = batch(2);
  training.update = UpdateSchedule::at_end;
  const StepGraph at_end = build_step(residual_network(), training);
  training.update = UpdateSchedule::as_ready;
  const StepGraph as_ready = build_step(residual_network(), training);
  CHECK(macs(at_end) == macs(as_ready));
  CHECK(at_end.ops.size() == as_ready.ops.size());
  const Tensor& gradient = find_tensor(as_ready, "fc.gradient");
  CHECK(as_ready.ops[gradient.last_op].name == "fc/update");
  CHECK(gradient.last_op - gradient.first_op == 3);  // wgrad, compress, reduce, update
  CHECK(find_tensor(at_end, "fc.gradient").last_op > find_op(at_end, "stem/wgrad").id);
}

TEST_CASE("dynamic loss scaling looks at every gradient and loses steps") {
  TrainingConfig training = batch(2);
  training.loss_scaling.kind = LossScalingKind::dynamic;
  training.loss_scaling.growth_interval = 99;
  training.update = UpdateSchedule::at_end;
  const StepGraph graph = build_step(residual_network(), training);
  CHECK_THAT(graph.useful_step_fraction, Catch::Matchers::WithinRel(0.99, 1e-12));
  CHECK(find_op(graph, "fc/overflow_check").vector.elements == graph.trainable_parameters());
  CHECK(reads(graph, "stem/update", "fc.overflow"));
}

TEST_CASE("micro-batches divide the batch or are refused") {
  TrainingConfig training = batch(6);
  training.micro_batches = 3;
  const StepGraph graph = build_step(residual_network(), training);
  CHECK(graph.batch == 2);
  CHECK(reads(graph, "expand/wgrad", "expand.gradient"));
  training.micro_batches = 4;
  CHECK_THAT(config_error([&] { build_step(residual_network(), training); }),
             Catch::Matchers::Contains("4 does not divide batch = 6"));
}

TEST_CASE("inference is the forward pass alone: norms folded, nothing kept, no loss") {
  TrainingConfig training = batch(4);
  const StepGraph step = build_step(residual_network(), training);
  training.kind = TrainingKind::none;
  const StepGraph graph = build_step(residual_network(), training);
  CHECK(graph.macs(Phase::forward) == step.macs(Phase::forward));
  CHECK(graph.trainable_parameters() == 0);
  CHECK(graph.parameters() == step.parameters());
  for (const Op& op : graph.ops) {
    INFO(op.name);
    CHECK(op.phase == Phase::forward);
    CHECK(op.name.find("loss") == std::string::npos);
  }
  for (const Tensor& tensor : graph.tensors) {
    INFO(tensor.name);
    CHECK((tensor.cls == TensorClass::input || tensor.cls == TensorClass::weight ||
           tensor.cls == TensorClass::activation));
  }
  CHECK(footprint(graph).peak_bytes < footprint(step).peak_bytes);
}
