// SPDX-License-Identifier: MIT
// What a step keeps in memory, against the reference's rules: every saved value counted once per reader,
// fp32.
#include "support/catch.h"

#include "reference/workload/shipped.h"
#include "workload/footprint.h"

using namespace kiln;
using namespace kiln::workload;

TEST_CASE("MobileNetV2 with batch 8 keeps 430 MB of activations and 458 MB with weights and gradients") {
  const StepGraph graph = build_step(shipped("mobilenet_v2_w1.0_r224"), full_precision(8));
  const MemoryFootprint memory = footprint(graph);
  std::int64_t kept = 0;
  for (const Tensor& tensor : graph.tensors)
    if (tensor.bits_per_element == 32 &&
        (tensor.cls == TensorClass::saved || tensor.cls == TensorClass::input))
      kept += tensor.bytes();
  CHECK(kept == 430249984);  // 13,445,312 values of 4 bytes, batch 8
  CHECK(memory.total_of(TensorClass::weight) == 4 * 3504872);
  CHECK(memory.total_of(TensorClass::weight_gradient) == 4 * 3504872);
  const double rule = static_cast<double>(kept + memory.total_of(TensorClass::weight) +
                                          memory.total_of(TensorClass::weight_gradient));
  CHECK_THAT(rule / 1e6, Catch::Matchers::WithinAbs(458.3, 0.05));
  // The course notes the reference cites say 452 MB.
  CHECK_THAT(rule / 1e6, Catch::Matchers::WithinRel(452.0, 0.03));
}

TEST_CASE("saved values of convolutional networks equal the reference's count") {
  const base::CsvTable table = reference("networks");
  int compared = 0;
  for (const base::CsvRow& row : table.rows()) {
    const NetworkConfig network = shipped(row.text("network"));
    if (!only_rules_of_the_table(network)) continue;
    INFO(row.text("network"));
    const StepGraph graph = build_step(network, full_precision(1));
    CHECK(saved_reads(graph) == row.integer("saved_inputs") + row.integer("saved_norm_inputs") +
                                    row.integer("saved_activation_inputs"));
    ++compared;
  }
  CHECK(compared == 17);
}

TEST_CASE("checkpointing every shipped network saves memory for at most one more forward pass") {
  const base::CsvTable table = reference("networks");
  for (const base::CsvRow& row : table.rows()) {
    INFO(row.text("network"));
    const NetworkConfig network = shipped(row.text("network"));
    TrainingConfig training;
    const StepGraph plain = build_step(network, training);
    for (const RecomputeMode mode : {RecomputeMode::sqrt, RecomputeMode::optimal}) {
      training.recompute.mode = mode;
      const StepGraph again = build_step(network, training);
      CHECK(footprint(again).peak_bytes <= footprint(plain).peak_bytes);
      CHECK(again.macs(Phase::forward) <= 2 * plain.macs(Phase::forward));
    }
  }
  TrainingConfig training;
  const NetworkConfig network = shipped("mobilenet_v2_w1.0_r224");
  const auto peak = [&](RecomputeMode mode) {
    training.recompute.mode = mode;
    return static_cast<double>(footprint(build_step(network, training)).peak_bytes);
  };
  const double plain = peak(RecomputeMode::none), root = peak(RecomputeMode::sqrt),
               best = peak(RecomputeMode::optimal);
  CHECK(root < 0.6 * plain);
  CHECK(best < root);
}
