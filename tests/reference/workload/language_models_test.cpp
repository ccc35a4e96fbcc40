// SPDX-License-Identifier: MIT
// Shipped config.json files of public models: parameters equal the counts of their repositories, work the
// closed forms.
#include "support/catch.h"

#include "reference/workload/shipped.h"
#include "workload/hf/import.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

constexpr std::int64_t kTokens = 512;

Network model(const std::string& name) {
  const std::string file = std::string(KILN_SOURCE_DIR) + "/configs/models/" + name + ".json";
  return build_network(hf::import_file(file, {.sequence = kTokens}).network);
}

/// Of a decoder like Llama: features, blocks, heads, heads of keys, width of a head, inner features, words.
struct Sizes {
  const char* model;
  std::int64_t d, blocks, heads, key_heads, width, inner, words;
  double forward, lora;  ///< GFLOP per token at 512 tokens

  std::int64_t block() const { return 2 * d * heads * width + 2 * d * key_heads * width + 3 * d * inner; }
  /// Multiply-accumulates of scores and values of a block, all of them computed.
  std::int64_t attention() const { return 2 * kTokens * kTokens * heads * width; }
};

// Forward and LoRA on q_proj and v_proj: 2 and 4 operations per weight of block and head, 4 and 12 per pair
// of attention (no recomputation).
constexpr Sizes kModels[] = {{"llama_3.2_1b", 2048, 16, 32, 8, 64, 8192, 128256, 2.54, 5.14},
                             {"qwen2.5_0.5b", 896, 24, 14, 2, 64, 4864, 151936, 1.03, 2.11},
                             {"smollm2_135m", 576, 30, 9, 3, 64, 1536, 49152, 0.30, 0.64}};

double gflop_per_token(std::int64_t macs) {
  return 2.0 * static_cast<double>(macs) / static_cast<double>(kTokens) / 1e9;
}

}  // namespace

TEST_CASE("language and vision models have the parameters of their public files") {
  const base::CsvTable table = reference("language_models");
  REQUIRE(table.rows().size() == 16);
  for (const base::CsvRow& row : table.rows()) {
    INFO(row.text("model"));
    const Network network = model(row.text("model"));
    CHECK(network.name == row.text("model"));
    CHECK(network.parameters() == row.integer("parameters"));
  }
}

TEST_CASE("a token costs what the closed form says, forward, in full and with low-rank additions") {
  for (const Sizes& sizes : kModels) {
    INFO(sizes.model);
    const Network network = model(sizes.model);
    const std::int64_t weights = sizes.blocks * sizes.block() + sizes.d * sizes.words;
    const std::int64_t forward = kTokens * weights + sizes.blocks * sizes.attention();
    CHECK(network.forward_macs() == forward);
    CHECK_THAT(gflop_per_token(forward), Catch::Matchers::WithinAbs(sizes.forward, 0.005));

    TrainingConfig training;
    training.batch = 1;
    const StepGraph full = expand(network, training);
    CHECK(full.macs(Phase::forward) == forward);
    CHECK(full.macs(Phase::dgrad) + full.macs(Phase::wgrad) == 2 * forward);

    training.lora_rank = 8;
    training.lora_targets = {"q_proj", "v_proj"};
    const StepGraph lora = expand(network, training);
    std::int64_t wgrad = 0;
    for (const Op& op : lora.ops)
      if (op.phase == Phase::wgrad) wgrad += op.gemm.macs();
    const std::int64_t added =
        sizes.blocks * 8 * (2 * sizes.d + sizes.heads * sizes.width + sizes.key_heads * sizes.width);
    CHECK(lora.trainable_parameters() == added);
    CHECK(wgrad == kTokens * added);  // of the additions alone
    CHECK(lora.macs(Phase::forward) == forward + kTokens * added);
    const std::int64_t step = lora.macs(Phase::forward) + lora.macs(Phase::dgrad) + wgrad;
    // Nothing is passed below the additions of the first block: a block in `blocks` less, partly.
    CHECK_THAT(gflop_per_token(step), Catch::Matchers::WithinRel(sizes.lora, 0.03));
  }
}
