// SPDX-License-Identifier: MIT
// The loss of a language model over its vocabulary: what it takes of memory, whole and in chunks.
#include "reference/workload/shipped.h"
#include "support/catch.h"
#include "workload/footprint.h"
#include "workload/hf/import.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

/// Low-rank additions to queries and values of Llama 3.2 1B at 512 tokens, checkpointed, values and errors in
/// fp32.
StepGraph checkpointed_llama(std::optional<std::int64_t> chunk) {
  TrainingConfig training;
  training.batch = 1;
  training.lora_rank = 8;
  training.lora_targets = {"q_proj", "v_proj"};
  training.recompute.mode = RecomputeMode::sqrt;
  training.precision.activations = training.precision.errors = Precision::fp32;
  training.loss_chunk = chunk;
  const std::string file = std::string(KILN_SOURCE_DIR) + "/configs/models/llama_3.2_1b.json";
  return build_step(hf::import_file(file, {.sequence = 512}).network, training);
}

}  // namespace

TEST_CASE(
    "logits and errors of Llama 3.2 1B are 501 MiB and the peak once checkpointed; chunks take their share") {
  constexpr std::int64_t kWords = 128'256, kMiB = 1 << 20;
  const StepGraph whole = checkpointed_llama({});
  const MemoryFootprint memory = footprint(whole);
  CHECK(whole.ops[static_cast<std::size_t>(memory.peak_op)].name == "lm_head/loss");
  constexpr std::int64_t kBoth = 2 * 4 * 512 * kWords;
  CHECK(kBoth / kMiB == 501);
  CHECK(memory.at_peak_of(TensorClass::error) == kBoth / 2);
  CHECK(memory.at_peak_of(TensorClass::activation) == kBoth / 2);
  for (const std::int64_t chunk : {256, 128}) {
    const StepGraph graph = checkpointed_llama(chunk);
    const MemoryFootprint parts = footprint(graph);
    INFO(graph.ops[static_cast<std::size_t>(parts.peak_op)].name);
    // What the head reads waits for the last chunk, the error below it for the first layer that reads it: in
    // an inner chunk both are there.
    constexpr std::int64_t kValue = 4 * 512 * 2048;
    const std::int64_t waiting = (512 / chunk > 2 ? 2 : 1) * kValue;
    CHECK(memory.peak_bytes - parts.peak_bytes == kBoth - kBoth * chunk / 512 - waiting);
  }
}
