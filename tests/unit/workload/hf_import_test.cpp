// SPDX-License-Identifier: MIT
// config.json of Hugging Face models as networks: the layers of each family, and what is refused.
#include "support/catch.h"
#include "unit/workload/networks.h"
#include "workload/hf/import.h"
#include "workload/write_network.h"

using namespace kiln;
using namespace kiln::workload;
using kiln::testing::contains;

namespace {

const char* const kSizes =
    R"("hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 4,
"num_key_value_heads": 2, "vocab_size": 32, "max_position_embeddings": 64)";

std::string config_of(const std::string& type, const std::string& more = "") {
  return "{\"model_type\": \"" + type + "\",\n" + kSizes + (more.empty() ? "" : ",\n" + more) + "}";
}

hf::ImportOptions tokens(std::int64_t count) {
  return {.sequence = count};
}

hf::Imported imported(const std::string& json, const hf::ImportOptions& options = tokens(6)) {
  return hf::import_model(json, "m/config.json", options);
}

std::string lines(const std::string& json, const hf::ImportOptions& options = tokens(6)) {
  const std::string text = network_text(imported(json, options).network);
  return text.substr(text.find("layers:"));
}

std::string refusal(const std::string& json, const hf::ImportOptions& options = tokens(6)) {
  return config_error([&] { imported(json, options); });
}

std::int64_t parameters(const std::string& json, const hf::ImportOptions& options = tokens(6)) {
  return build_network(imported(json, options).network).parameters();
}

}  // namespace

TEST_CASE("a Llama becomes a line a layer, keys shared by groups of heads, the feed-forward part gated") {
  CHECK(lines(config_of("llama")) == R"(layers:
  - {name: embed_tokens, op: embedding, out: 8, entries: 32}
  - {name: layers.0.input_layernorm, op: rmsnorm, epsilon: 1e-06}
  - {name: layers.0.q_proj, op: linear, from: [layers.0.input_layernorm], out: 8, bias: false}
  - {name: layers.0.k_proj, op: linear, from: [layers.0.input_layernorm], out: 4, bias: false}
  - {name: layers.0.v_proj, op: linear, from: [layers.0.input_layernorm], out: 4, bias: false}
  - {name: layers.0.q_rotary, op: rotary, from: [layers.0.q_proj], heads: 4}
  - {name: layers.0.k_rotary, op: rotary, from: [layers.0.k_proj], heads: 2}
  - {name: layers.0.scores, op: attention_scores, from: [layers.0.q_rotary, layers.0.k_rotary], heads: 4, kv_heads: 2, causal: true}
  - {name: layers.0.attention, op: attention_values, from: [layers.0.scores, layers.0.v_proj]}
  - {name: layers.0.o_proj, op: linear, out: 8, bias: false}
  - {name: layers.0.attention_add, op: add, from: [layers.0.o_proj, embed_tokens]}
  - {name: layers.0.post_attention_layernorm, op: rmsnorm, epsilon: 1e-06}
  - {name: layers.0.gate_proj, op: linear, from: [layers.0.post_attention_layernorm], out: 16, bias: false, act: silu}
  - {name: layers.0.up_proj, op: linear, from: [layers.0.post_attention_layernorm], out: 16, bias: false}
  - {name: layers.0.gated, op: mul, from: [layers.0.gate_proj, layers.0.up_proj]}
  - {name: layers.0.down_proj, op: linear, out: 8, bias: false}
  - {name: layers.0.mlp_add, op: add, from: [layers.0.down_proj, layers.0.attention_add]}
  - {name: norm, op: rmsnorm, epsilon: 1e-06}
  - {name: lm_head, op: linear, out: 32, bias: false}
)");
}

TEST_CASE("families differ in biases, norms, ties and joint projections") {
  const std::int64_t llama = parameters(config_of("llama"));
  CHECK(parameters(config_of("llama", "\"tie_word_embeddings\": true")) == llama - 32 * 8);
  CHECK(parameters(config_of("llama", "\"head_dim\": 4")) == llama + 2 * (8 * 8 + 8 * 4));
  CHECK(parameters(config_of("mistral")) == llama);
  CHECK(parameters(config_of("qwen2")) == llama + 8 + 2 * 4);  // biases that the file does not state
  CHECK(parameters(config_of("qwen3", "\"head_dim\": 2")) == llama + 2 * 2);
  CHECK(parameters(config_of("gemma", "\"head_dim\": 2")) == llama - 32 * 8);
  CHECK(parameters(config_of("gemma2", "\"head_dim\": 2")) == llama - 32 * 8 + 2 * 8);
  CHECK(parameters(config_of("gemma3_text", "\"head_dim\": 2")) == llama - 32 * 8 + 2 * 8 + 2 * 2);
  CHECK(parameters(config_of("phi3")) == llama);
  CHECK_THAT(lines(config_of("phi3")),
             contains("qkv_proj, op: linear, from: [layers.0.input_layernorm], out: 16, bias: false}") &&
                 contains("sizes: [8, 4, 4]") && contains("split: 2"));
  CHECK_THAT(lines(config_of("phi", "\"partial_rotary_factor\": 0.5, \"head_dim\": 2")), contains("dense"));
  CHECK_THAT(lines(config_of("gemma2")), contains("value: 2.8284271247461903") &&
                                             contains("post_feedforward_layernorm") && contains("act: tanh"));
}

TEST_CASE("SmolLM3 leaves heads of every fourth block as they are, or those that the file lists") {
  std::string deep = config_of("smollm3");
  deep.replace(deep.find("\"num_hidden_layers\": 1"), 22, "\"num_hidden_layers\": 8");
  const std::string by_interval = lines(deep);
  for (const char* turned : {"layers.0.q_rotary", "layers.2.k_rotary", "layers.4.q_rotary"})
    CHECK_THAT(by_interval, contains(turned));
  for (const char* left : {"layers.3.q_rotary", "layers.3.k_rotary", "layers.7.q_rotary"})
    CHECK_THAT(by_interval, !contains(left));
  CHECK_THAT(lines(config_of("smollm3", "\"no_rope_layers\": [0]")), !contains("rotary"));
}

TEST_CASE("GPT-NeoX adds both halves of a block at once, or one after the other, with the same parameters") {
  const auto neox = [](const std::string& more) {
    std::string json = config_of("gpt_neox", "\"rotary_pct\": 1.0" + more);
    return json.replace(json.find("\"num_key_value_heads\": 2,"), 25, "");
  };
  CHECK_THAT(lines(neox("")),
             contains("{name: layers.0.post_attention_layernorm, op: layernorm, from: [embed_in]") &&
                 contains("from: [layers.0.dense_4h_to_h, embed_in, layers.0.dense]"));
  const std::string chain = neox(", \"use_parallel_residual\": false");
  CHECK_THAT(lines(chain), contains("from: [layers.0.dense_4h_to_h, layers.0.attention_add]"));
  CHECK(parameters(chain) == parameters(neox("")));
}

TEST_CASE("RoBERTa has two rows of positions that no token takes") {
  const std::string json = config_of("roberta", "\"type_vocab_size\": 1");
  CHECK_THAT(refusal(json, tokens(63)), contains("at most 62"));
  CHECK(lines(config_of("xlm-roberta", "\"type_vocab_size\": 1"), tokens(62)) == lines(json, tokens(62)));
}

TEST_CASE("a DeiT with a teacher learns from the mean of two classifiers") {
  const auto deit = [](const std::string& task) {
    return R"({"model_type": "deit", "hidden_size": 8, "num_attention_heads": 2, "image_size": 8,
"patch_size": 4, "num_hidden_layers": 1, "intermediate_size": 16, "num_labels": 5, "architectures": ["DeiT)" +
           task + "\"]}";
  };
  const std::string taught = deit("ForImageClassificationWithTeacher");
  CHECK(parameters(taught) == parameters(deit("ForImageClassification")) + 8 * 5 + 5);
  CHECK(build_network(imported(taught).network).layers.back().out.elements() == 5);
}

TEST_CASE("encoders have the head that the file or the user names") {
  const std::string bert = config_of("bert", "\"num_key_value_heads\": 4");
  const auto with = [](const std::string& task, const std::string& more = "") {
    std::string json = config_of("bert", "\"architectures\": [\"Bert" + task + "\"]" + more);
    return json.replace(json.find("\"num_key_value_heads\": 2,"), 25, "");
  };
  const std::int64_t base = parameters(with("Model"));
  CHECK(parameters(with("ForMaskedLM")) == base + 2 * 8 + 32);  // a transform as large as the pooler
  CHECK(parameters(with("ForSequenceClassification",
                        ", \"id2label\": {\"0\": \"a\", \"1\": \"b\", \"2\": \"c\"}")) == base + 3 * 8 + 3);
  CHECK(parameters(with("ForMaskedLM"), {.sequence = 6, .labels = 5}) == base + 5 * 8 + 5);
  CHECK(imported(with("Model")).network.loss == LossKind::mean_squared_error);
  CHECK(imported(with("Model")).notes.size() == 1);
  CHECK_THAT(lines(with("Model")), contains("position_embeddings, op: positions, entries: 64"));
  const std::string vit =
      R"({"model_type": "vit", "hidden_size": 8, "num_attention_heads": 2, "image_size": 8,
"patch_size": 4, "num_hidden_layers": 1, "intermediate_size": 16, "architectures": ["ViTForImageClassification"]})";
  CHECK(parameters(vit) ==
        3 * 16 * 8 + 8 + 8 + 5 * 8 + (4 * 64 + 2 * 8 * 16 + 16 + 9 * 8) + 2 * 8 + 2 * 8 + 2);
  CHECK(build_network(imported(vit).network).layers.back().out.elements() == 2);
}

TEST_CASE("a text model inside a larger one is imported with a note") {
  const hf::Imported model = imported(
      "{\"model_type\": \"gemma3\", \"vision_config\": {}, \"text_config\": " + config_of("gemma3_text") +
      "}");
  CHECK(model.notes.size() == 1);
  CHECK(imported(config_of("mistral", "\"sliding_window\": 4")).notes.size() == 1);
  CHECK(imported(config_of("mistral", "\"sliding_window\": null")).notes.empty());
}

namespace {

std::string eight_blocks(const std::string& type, const std::string& more) {
  return "{\"model_type\": \"" + type +
         "\", \"hidden_size\": 8, \"intermediate_size\": 16, \"num_hidden_layers\": 8, "
         "\"num_attention_heads\": 4, \"num_key_value_heads\": 2, \"vocab_size\": 32, "
         "\"max_position_embeddings\": 64" +
         more + "}";
}

/// By block: tokens that a token sees; 0: all.
std::vector<std::int64_t> windows(const std::string& type, const std::string& more,
                                  std::int64_t sequence = 40) {
  std::vector<std::int64_t> found;
  for (const LayerConfig& layer : imported(eight_blocks(type, more), tokens(sequence)).network.layers)
    if (layer.op == LayerOp::attention_scores) found.push_back(layer.window.value_or(0));
  return found;
}

using Windows = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("which blocks a sliding window bounds is the file's word, else the rule of the family") {
  const std::string bounded = ", \"sliding_window\": 32";
  CHECK(windows("mistral", bounded) == Windows(8, 32));
  CHECK(windows("phi3", bounded) == Windows(8, 32));
  CHECK(windows("gemma2", bounded) == Windows{32, 0, 32, 0, 32, 0, 32, 0});
  CHECK(windows("gemma3_text", bounded) == Windows{32, 32, 32, 32, 32, 0, 32, 32});
  CHECK(windows("gemma3_text", bounded + ", \"sliding_window_pattern\": 3") ==
        Windows{32, 32, 0, 32, 32, 0, 32, 32});
  CHECK(windows("gemma3_text", bounded + R"(, "layer_types": ["full_attention", "sliding_attention",
"full_attention", "full_attention", "full_attention", "full_attention", "full_attention", "sliding_attention"])") ==
        Windows{0, 32, 0, 0, 0, 0, 0, 32});
  CHECK(windows("qwen2", bounded + ", \"max_window_layers\": 6") == Windows(8, 0));
  const std::string used = bounded + ", \"use_sliding_window\": true";
  CHECK(windows("qwen2", used + ", \"max_window_layers\": 6") == Windows{0, 0, 0, 0, 0, 0, 32, 32});
  CHECK(windows("qwen3", used) == Windows(8, 0));  // from block 28 on
  CHECK(windows("qwen2_moe", used + ", \"max_window_layers\": 4") == Windows{32, 0, 32, 0, 0, 0, 0, 0});
  CHECK(windows("smollm3", used) == Windows{0, 0, 0, 32, 0, 0, 0, 32});
}

TEST_CASE("a window changes nothing of sequences that it covers, and none is none") {
  for (const char* type : {"mistral", "gemma2", "gemma3_text"}) {
    INFO(type);
    CHECK(windows(type, ", \"sliding_window\": 32", 32) == Windows(8, 0));
    CHECK(windows(type, ", \"sliding_window\": null") == Windows(8, 0));
    CHECK(windows(type, "") == Windows(8, 0));  // 4096 where the file does not say
  }
  CHECK_THAT(imported(config_of("mistral", "\"sliding_window\": 4")).notes.front(),
             contains("in 1 of 1 blocks a token sees 4 of 6 tokens"));
}

TEST_CASE("kinds of blocks that are not known, and too few of them, are refused") {
  CHECK_THAT(refusal(config_of("gemma2", "\"layer_types\": [\"linear_attention\"]")),
             contains("layer_types") && contains("sliding_attention"));
  CHECK_THAT(refusal(eight_blocks("gemma2", ", \"layer_types\": [\"full_attention\"]")),
             contains("names 1 of 8 blocks"));
}

TEST_CASE("a classifier on the last token takes the place of the output layer") {
  const Network network = build_network(imported(config_of("llama"), {.sequence = 6, .labels = 3}).network);
  CHECK(network.layers.back().out == Shape::vector(3));
}

TEST_CASE("a decoder has the head that its class names: reward and embedding models have no output layer") {
  const std::int64_t llama = parameters(config_of("llama")), blocks = llama - 32 * 8;
  const auto with = [](const std::string& name, const std::string& more = "") {
    return config_of("llama", "\"architectures\": [\"Llama" + name + "\"]" + more);
  };
  CHECK(parameters(with("ForCausalLM")) == llama);
  CHECK(parameters(with("ForSequenceClassification", ", \"id2label\": {\"0\": \"good\"}")) == blocks + 8);
  CHECK(parameters(with("ForTokenClassification", ", \"num_labels\": 5")) == blocks + 5 * 8 + 5);
  CHECK(parameters(with("ForQuestionAnswering")) == blocks + 2 * 8 + 2);
  CHECK(parameters(with("Model")) == blocks);
  CHECK(imported(with("Model")).network.loss == LossKind::mean_squared_error);
  CHECK_THAT(imported(with("Model")).notes.at(0), contains("names no task") && contains("--labels"));
  CHECK(parameters(with("Model"), {.sequence = 6, .labels = 3}) == blocks + 3 * 8);
  const std::string gpt2 = config_of("gpt2", "\"architectures\": [\"GPT2LMHeadModel\"]");
  CHECK(imported(gpt2).notes.empty());
  CHECK_THAT(imported(config_of("bert", "\"architectures\": [\"BertForPreTraining\"]")).notes.at(0),
             contains("the head of BertForPreTraining is not in the network"));
}

TEST_CASE("weights stored quantised and nested keys of rotary positions are not passed over") {
  const std::string stored = "\"quantization_config\": {\"quant_method\": \"awq\", \"bits\": 4}";
  REQUIRE(imported(config_of("llama", stored)).notes.size() == 1);
  CHECK_THAT(imported(config_of("llama", stored)).notes.at(0), contains("awq") && contains("base_weights"));
  const std::string wide = "\"head_dim\": 8, ";
  const auto turned = [&](const std::string& more) { return lines(config_of("llama", wide + more)); };
  const std::string flat = turned("\"partial_rotary_factor\": 0.5");
  CHECK_THAT(flat, contains("turned: 4"));
  CHECK(turned("\"rope_parameters\": {\"rope_theta\": 1e4, \"partial_rotary_factor\": 0.5}") == flat);
  CHECK(turned("\"rope_parameters\": {\"rope_theta\": 1e4}") == turned("\"rope_theta\": 1e4"));
}

TEST_CASE("what is not known, out of range or no model is refused with place and remedy") {
  CHECK_THAT(refusal(config_of("mistrel")),
             contains("m/config.json:1:16") && contains("model_type") && contains("mistral"));
  CHECK_THAT(refusal("{\"hidden_size\": 8}"), contains("is no config.json of a Hugging Face model"));
  CHECK_THAT(refusal("[1, 2]"), contains("config.json"));
  CHECK_THAT(refusal(config_of("llama", "\"hidden_act\": \"maxout\"")),
             contains("hidden_act") && contains("silu"));
  CHECK_THAT(refusal(config_of("llama", "\"head_dim\": 0")), contains("head_dim"));
  CHECK_THAT(refusal(config_of("llama", "\"rms_norm_eps\": \"small\"")), contains("rms_norm_eps"));
  CHECK_THAT(refusal(config_of("llama"), tokens(65)),
             contains("max_position_embeddings") && contains("at most 64"));
  std::string heads = config_of("llama");
  heads.replace(heads.find("\"num_attention_heads\": 4"), 24, "\"num_attention_heads\": 3");
  CHECK_THAT(refusal(heads), contains("does not divide hidden_size: 8"));
  CHECK_THAT(refusal("{\"model_type\": \"llama\", \"hidden_size\": "), contains("m/config.json"));
}
