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

/// What files of public models state, and their published parameters; what is left out has defaults.
struct Stated {
  const char* json;
  std::int64_t parameters;
};

constexpr Stated kStated[] = {
    {R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 4096,
"intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
"vocab_size": 128256, "max_position_embeddings": 131072, "rope_scaling": {"factor": 8.0, "rope_type": "llama3"},
"tie_word_embeddings": false})",  // Llama 3.1 8B
     8030261248},
    {R"({"model_type": "mistral", "vocab_size": 32000, "max_position_embeddings": 32768, "sliding_window": 4096})",
     7241732096},  // Mistral 7B 0.1
    {R"({"model_type": "gemma2", "hidden_size": 2304, "num_hidden_layers": 26, "query_pre_attn_scalar": 256})",
     2614341888},  // Gemma 2 2B
    // Gemma 3 4B: 4,300,079,472 with 416,866,032 of its vision encoder and 2,950,272 of what joins them
    {R"({"model_type": "gemma3", "architectures": ["Gemma3ForConditionalGeneration"], "vision_config": {},
"text_config": {"model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10240,
"num_hidden_layers": 34, "sliding_window": 1024}})",
     3880263168},
    {R"({"model_type": "phi3", "num_attention_heads": 24, "num_key_value_heads": 8, "vocab_size": 200064,
"partial_rotary_factor": 0.75, "tie_word_embeddings": true})",  // Phi-4-mini
     3836021760},
    {R"({"model_type": "opt", "hidden_size": 1024, "ffn_dim": 4096, "num_hidden_layers": 24,
"num_attention_heads": 16, "word_embed_proj_dim": 512, "do_layer_norm_before": false})",  // OPT 350M
     331196416},
    {R"({"model_type": "granite", "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 40,
"num_key_value_heads": 8, "vocab_size": 49155, "tie_word_embeddings": true, "logits_scaling": 8.0})",
     2533531648},                                   // Granite 3.1 2B
    {R"({"model_type": "distilbert", "architectures": ["DistilBertForSequenceClassification"], "n_layers": 6,
"id2label": {"0": "NEGATIVE", "1": "POSITIVE"}})",  // a classifier of sentiment
     66955010}};

double gflop_per_token(std::int64_t macs) {
  return 2.0 * static_cast<double>(macs) / static_cast<double>(kTokens) / 1e9;
}

}  // namespace

TEST_CASE("language and vision models have the parameters of their public files") {
  const base::CsvTable table = reference("language_models");
  REQUIRE(table.rows().size() == 22);
  for (const base::CsvRow& row : table.rows()) {
    INFO(row.text("model"));
    const Network network = model(row.text("model"));
    CHECK(network.name == row.text("model"));
    CHECK(network.parameters() == row.integer("parameters"));
  }
}

TEST_CASE("files of public models have the published parameters, with what they leave out") {
  for (const Stated& stated : kStated) {
    INFO(stated.json);
    const NetworkConfig network = hf::import_model(stated.json, "config.json", {.sequence = 64}).network;
    CHECK(build_network(network).parameters() == stated.parameters);
  }
}

TEST_CASE("beyond its window Gemma 3 computes a band of scores in five of six blocks, and all in the sixth") {
  const std::string file = std::string(KILN_SOURCE_DIR) + "/configs/models/gemma_3_1b.json";
  constexpr std::int64_t kWindow = 512, kBlocks = 26, kGlobal = 4, kHeads = 4, kHeadWidth = 256;
  const auto scores = [&](std::int64_t sequence) {
    std::int64_t macs = 0;
    for (const Layer& layer : build_network(hf::import_file(file, {.sequence = sequence}).network).layers)
      if (std::holds_alternative<MatrixProduct>(layer.operation)) macs += layer.macs;
    return macs / (2 * kHeads * kHeadWidth);
  };
  CHECK(scores(kWindow) == kBlocks * kWindow * kWindow);
  for (const std::int64_t sequence : {513, 1024, 4096})
    CHECK(scores(sequence) == kGlobal * sequence * sequence + (kBlocks - kGlobal) * sequence * kWindow);
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
