// SPDX-License-Identifier: MIT
// Fine-tuning a small language model on the passive chip: what a rank, a format and a table cost.
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using testing::ChildRun;

namespace {

/// A decoder of 2 blocks, 256 features and 4,096 words; the layers of public ones.
ChildRun tuned(std::vector<std::string> overrides) {
  const std::string model = std::string(KILN_SOURCE_DIR) + "/tests/fuzz/corpus/hf/small_decoder.json";
  overrides.insert(
      overrides.begin(),
      {fmt::format("workload={{hf: {}, sequence: 256}}", model), "training.batch=1", "training.lora_rank=8",
       "mapping={parallel: layer_wise}", "governor.policies=[{kind: performance}]"});
  return testing::good_run("passive_edge.yaml", overrides);
}

double bytes_of(const ChildRun& run) {
  return run["dram_bytes.read"] + run["dram_bytes.write"];
}

}  // namespace

TEST_CASE("a higher rank takes more time, joules and bytes, and nothing else is learnt") {
  const ChildRun low = tuned({}), high = tuned({"training.lora_rank=64"}),
                 full = tuned({"training.lora_rank=0"});
  CHECK(high["step_time_s"] > low["step_time_s"]);
  CHECK(high["energy_j"] > low["energy_j"]);
  CHECK(bytes_of(high) > bytes_of(low));
  CHECK(full["step_time_s"] > low["step_time_s"]);
  CHECK_THAT(low["tokens_per_s"], Catch::Matchers::WithinRel(256 / low["step_time_s"], 1e-6));
  CHECK_THAT(low["energy_per_token_j"], Catch::Matchers::WithinRel(low["energy_per_sample_j"] / 256, 1e-6));
}

TEST_CASE("weights in 4 bits move fewer bytes and take more of the vector unit") {
  const ChildRun plain = tuned({}), packed = tuned({"training.base_weights={}"});
  CHECK(bytes_of(packed) < bytes_of(plain));
  CHECK(packed["energy_by_component_j.vector_unit"] > plain["energy_by_component_j.vector_unit"]);
}
