// SPDX-License-Identifier: MIT
// MeZO on language models against published figures: bytes over the weights, memory on a phone.
#include "reference/workload/shipped.h"
#include "support/catch.h"
#include "workload/footprint.h"
#include "workload/hf/import.h"

using namespace kiln;
using namespace kiln::workload;
using Catch::Matchers::WithinRel;

namespace {

StepGraph step_of(NetworkConfig network, std::int64_t samples, Precision precision) {
  TrainingConfig training;
  training.kind = TrainingKind::zeroth_order;
  training.batch = samples;
  training.optimizer = {OptimizerKind::sgd, false};
  training.precision.weights = training.precision.activations = training.precision.forward = precision;
  return build_step(network, training);
}

}  // namespace

TEST_CASE(
    "a step of Llama 3.2 1B moves 19.8 GB in passes over its weights, and draws 1.2 G Gaussians in each") {
  const std::string file = std::string(KILN_SOURCE_DIR) + "/configs/models/llama_3.2_1b.json";
  const StepGraph graph = step_of(hf::import_file(file, {.sequence = 512}).network, 1, Precision::bf16);
  double bytes = 0, drawn = 0;
  for (const Op& op : graph.ops) {
    if (op.kind != OpKind::perturb) continue;
    drawn += static_cast<double>(op.vector.elements);
    for (const auto* list : {&op.reads, &op.writes})
      for (const TensorId id : *list)
        if (graph.tensors[id].cls == TensorClass::weight)
          bytes += static_cast<double>(graph.tensors[id].bytes());
  }
  CHECK(bytes == 4.0 * 2 * 2 * 1'235'814'400);
  CHECK_THAT(bytes, WithinRel(19.8e9, 0.005));
  CHECK_THAT(drawn / 4, WithinRel(1.2e9, 0.04));
}

TEST_CASE("OPT-1.3B takes its weights and little more, as on a phone") {
  // "Around 6.5 GB" on an OPPO Reno 6, the process counted (PocketLLM, Peng et al. 2024, arXiv 2407.01031,
  // abstract). Here without it; fp32, batch 8 and 128 tokens are assumed. OPT has the blocks of GPT-2, so
  // their importer serves.
  const std::string config =
      R"({"model_type": "gpt2", "n_embd": 2048, "n_layer": 24, "n_head": 32, "n_inner": 8192,
                                 "vocab_size": 50272, "n_positions": 2050})";
  const StepGraph graph =
      step_of(hf::import_model(config, "opt.json", {.sequence = 128}).network, 8, Precision::fp32);
  CHECK(graph.parameters() == 1'315'758'080);
  const MemoryFootprint memory = footprint(graph);
  CHECK(memory.at_peak_of(TensorClass::weight) == 4 * graph.parameters());
  CHECK(memory.at_peak_of(TensorClass::saved) == 0);
  CHECK(memory.total_of(TensorClass::optimizer_state) + memory.total_of(TensorClass::weight_gradient) == 0);
  INFO(memory.peak_bytes << " bytes");
  CHECK_THAT(static_cast<double>(memory.peak_bytes), WithinRel(6.5e9, 0.16));
  CHECK(memory.peak_bytes < 6'500'000'000);
}
