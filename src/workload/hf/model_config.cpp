// SPDX-License-Identifier: MIT
#include "workload/hf/model_config.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "config/find_field.h"
#include "config/load.h"
#include "workload/hf/model_defaults.h"

namespace kiln::workload::hf {

std::span<const config::EnumName<ModelType>> enum_names(const ModelType*) {
  static constexpr config::EnumName<ModelType> names[] = {{ModelType::llama, "llama"},
                                                          {ModelType::mistral, "mistral"},
                                                          {ModelType::mixtral, "mixtral"},
                                                          {ModelType::qwen2, "qwen2"},
                                                          {ModelType::qwen2_moe, "qwen2_moe"},
                                                          {ModelType::qwen3, "qwen3"},
                                                          {ModelType::qwen3_moe, "qwen3_moe"},
                                                          {ModelType::olmoe, "olmoe"},
                                                          {ModelType::granite, "granite"},
                                                          {ModelType::granitemoe, "granitemoe"},
                                                          {ModelType::smollm3, "smollm3"},
                                                          {ModelType::gemma, "gemma"},
                                                          {ModelType::gemma2, "gemma2"},
                                                          {ModelType::gemma3_text, "gemma3_text"},
                                                          {ModelType::phi, "phi"},
                                                          {ModelType::phi3, "phi3"},
                                                          {ModelType::gpt2, "gpt2"},
                                                          {ModelType::gpt_neox, "gpt_neox"},
                                                          {ModelType::opt, "opt"},
                                                          {ModelType::bert, "bert"},
                                                          {ModelType::distilbert, "distilbert"},
                                                          {ModelType::roberta, "roberta"},
                                                          {ModelType::roberta, "xlm-roberta"},
                                                          {ModelType::vit, "vit"},
                                                          {ModelType::deit, "deit"}};
  return names;
}

std::span<const config::EnumName<HiddenAct>> enum_names(const HiddenAct*) {
  static constexpr config::EnumName<HiddenAct> names[] = {
      {HiddenAct::silu, "silu"},     {HiddenAct::silu, "swish"},     {HiddenAct::gelu, "gelu"},
      {HiddenAct::gelu, "gelu_new"}, {HiddenAct::gelu, "gelu_fast"}, {HiddenAct::gelu, "gelu_pytorch_tanh"},
      {HiddenAct::gelu, "gelu_10"},  {HiddenAct::relu, "relu"}};
  return names;
}

std::span<const config::EnumName<AttentionSpan>> enum_names(const AttentionSpan*) {
  static constexpr config::EnumName<AttentionSpan> names[] = {
      {AttentionSpan::full_attention, "full_attention"},
      {AttentionSpan::sliding_attention, "sliding_attention"}};
  return names;
}

bool ModelConfig::is_made_for(std::string_view task) const {
  return std::any_of(architectures.begin(), architectures.end(),
                     [&](const std::string& name) { return name.ends_with(task); });
}

bool ModelConfig::has_experts(std::int64_t block) const {
  const bool is_dense = std::find(dense_blocks.begin(), dense_blocks.end(), block) != dense_blocks.end();
  return experts > 0 && (block + 1) % sparse_step == 0 && !is_dense;
}

bool ModelConfig::turns(std::int64_t block) const {
  if (block < static_cast<std::int64_t>(turned_blocks.size()))
    return turned_blocks[static_cast<std::size_t>(block)] != 0;
  return unturned_interval == 0 || (block + 1) % unturned_interval != 0;
}

/// The rules of the configuration classes of the transformers library, where a file does not list its blocks.
bool ModelConfig::slides(std::int64_t block) const {
  if (!layer_types.empty())
    return layer_types[static_cast<std::size_t>(block)] == AttentionSpan::sliding_attention;
  switch (model_type) {
    case ModelType::qwen2:
    case ModelType::qwen3:
      return block >= max_window_layers;
    case ModelType::qwen2_moe:
      return block % 2 == 0 && block < max_window_layers;
    case ModelType::smollm3:
      return !turns(block);
    default:
      return sliding_pattern == 1 || (block + 1) % sliding_pattern != 0;
  }
}

std::optional<std::int64_t> ModelConfig::window(std::int64_t block) const {
  return use_sliding_window && slides(block) ? sliding_window : std::nullopt;
}

std::int64_t ModelConfig::unused_positions() const {
  return model_type == ModelType::roberta ? 2 : 0;
}

namespace {

constexpr double kMostWide = 1 << 17, kMostRows = 1 << 22, kMostTokens = 1 << 24;

void describe_sizes(config::Record<ModelConfig>& record) {
  const config::Spec wide{.doc = "Channels or features", .min = 1, .max = kMostWide};
  const config::Spec layers{.doc = "Blocks", .min = 1, .max = 512};
  const config::Spec heads{.doc = "Heads", .min = 1, .max = 4096};
  const config::Spec tokens{.doc = "Positions", .min = 1, .max = kMostTokens};
  record.field("model_type", &ModelConfig::model_type, {.doc = "Family", .required = true})
      .field("architectures", &ModelConfig::architectures, {.doc = "Classes: the last part is the task"})
      .field("hidden_size", &ModelConfig::hidden_size, wide)
      .field("n_embd", &ModelConfig::hidden_size, wide)
      .field("intermediate_size", &ModelConfig::intermediate_size, wide)
      .field("n_inner", &ModelConfig::intermediate_size, wide)
      .field("ffn_dim", &ModelConfig::intermediate_size, wide)
      .field("dim", &ModelConfig::hidden_size, wide)
      .field("hidden_dim", &ModelConfig::intermediate_size, wide)
      .field("word_embed_proj_dim", &ModelConfig::embedding_size, wide)
      .field("n_layers", &ModelConfig::num_hidden_layers, layers)
      .field("n_heads", &ModelConfig::num_attention_heads, heads)
      .field("num_hidden_layers", &ModelConfig::num_hidden_layers, layers)
      .field("n_layer", &ModelConfig::num_hidden_layers, layers)
      .field("num_attention_heads", &ModelConfig::num_attention_heads, heads)
      .field("n_head", &ModelConfig::num_attention_heads, heads)
      .field("num_key_value_heads", &ModelConfig::num_key_value_heads, heads)
      .field("head_dim", &ModelConfig::head_dim, {.doc = "Channels of a head", .min = 1, .max = 4096})
      .field("vocab_size", &ModelConfig::vocab_size, {.doc = "Rows of the table", .min = 1, .max = kMostRows})
      .field("max_position_embeddings", &ModelConfig::max_position_embeddings, tokens)
      .field("n_positions", &ModelConfig::max_position_embeddings, tokens)
      .field("type_vocab_size", &ModelConfig::type_vocab_size, {.doc = "Token types", .min = 1, .max = 1024})
      .field("image_size", &ModelConfig::image_size, {.doc = "Rows and columns", .min = 1, .max = 16384})
      .field("patch_size", &ModelConfig::patch_size, {.doc = "Rows and columns", .min = 1, .max = 1024})
      .field("num_labels", &ModelConfig::labels,
             {.doc = "Classes, unless id2label names them", .min = 1, .max = 1 << 20})
      .field("num_channels", &ModelConfig::num_channels, {.doc = "Of an image", .min = 1, .max = 1024});
}

void describe_kinds(config::Record<ModelConfig>& record) {
  const config::Spec epsilon{.doc = "Added to a variance", .min = 0, .max = 1};
  const config::Spec pattern{
      .doc = "Of so many blocks the last one is not bounded by sliding_window", .min = 1, .max = 512};
  const config::Spec cap{.doc = "Scores or logits x become cap * tanh(x / cap)", .min = 1e-6, .max = 1e6};
  for (const char* name : {"hidden_act", "hidden_activation", "activation_function", "activation"})
    record.field(name, &ModelConfig::hidden_act, {.doc = "Activation of the feed-forward part"});
  for (const char* name : {"rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon"})
    record.field(name, &ModelConfig::norm_epsilon, epsilon);
  record.field("tie_word_embeddings", &ModelConfig::tie_word_embeddings, {.doc = "One table at both ends"})
      .field("attention_bias", &ModelConfig::attention_bias, {.doc = "Biases of the four projections"})
      .field("mlp_bias", &ModelConfig::mlp_bias, {.doc = "Biases of the feed-forward part"})
      .field("qkv_bias", &ModelConfig::qkv_bias, {.doc = "Biases of queries, keys and values"})
      .field("partial_rotary_factor", &ModelConfig::partial_rotary_factor,
             {.doc = "Share of a head's channels that is turned", .min = 0.01, .max = 1})
      .field("rotary_pct", &ModelConfig::partial_rotary_factor,
             {.doc = "Share of a head's channels that is turned", .min = 0.01, .max = 1})
      .field("no_rope_layer_interval", &ModelConfig::unturned_interval,
             {.doc = "One of so many blocks does not turn its heads", .min = 1, .max = 512})
      .field("no_rope_layers", &ModelConfig::turned_blocks,
             {.doc = "By block: 0 where heads are not turned", .min = 0, .max = 1})
      .field("use_parallel_residual", &ModelConfig::parallel_residual,
             {.doc = "Attention and feed-forward part beside each other"})
      .field("do_layer_norm_before", &ModelConfig::norm_before, {.doc = "Norms in front of the parts"})
      .field("enable_bias", &ModelConfig::biases, {.doc = "Biases of all linear layers"})
      .field("qk_layernorm", &ModelConfig::qk_layernorm, {.doc = "Norms of queries and keys"})
      .field("sliding_window", &ModelConfig::sliding_window,
             {.doc = "Tokens that are attended to", .min = 1, .max = kMostTokens})
      .field("use_sliding_window", &ModelConfig::use_sliding_window, {.doc = "Whether they are bounded"})
      .field("layer_types", &ModelConfig::layer_types,
             {.doc = "By block: sliding_attention where sliding_window bounds it, or full_attention"})
      .field("sliding_window_pattern", &ModelConfig::sliding_pattern, pattern)
      .field("_sliding_window_pattern", &ModelConfig::sliding_pattern, pattern)
      .field("max_window_layers", &ModelConfig::max_window_layers,
             {.doc = "Blocks from there on are bounded (qwen2_moe: every second one up to there)",
              .min = 0,
              .max = 4096})
      .field("attn_logit_softcapping", &ModelConfig::attn_logit_softcapping, cap)
      .field("final_logit_softcapping", &ModelConfig::final_logit_softcapping, cap);
}

void describe_experts(config::Record<ModelConfig>& record) {
  const config::Spec experts{.doc = "Experts of a block", .min = 1, .max = 1024};
  const config::Spec wide{.doc = "Features inside an expert", .min = 0, .max = kMostWide};
  const config::Spec factor{.doc = "Values are multiplied by it", .min = 1e-6, .max = 1e6};
  for (const char* name : {"num_local_experts", "num_experts"})
    record.field(name, &ModelConfig::experts, experts);
  record
      .field("num_experts_per_tok", &ModelConfig::experts_per_token,
             {.doc = "Experts that a token goes to", .min = 1, .max = 1024})
      .field("moe_intermediate_size", &ModelConfig::expert_size, wide)
      .field("shared_expert_intermediate_size", &ModelConfig::shared_expert_size, wide)
      .field("norm_topk_prob", &ModelConfig::normalised_weights,
             {.doc = "Weights of a token's experts are divided by their sum"})
      .field("decoder_sparse_step", &ModelConfig::sparse_step,
             {.doc = "Every so many blocks have experts", .min = 1, .max = 512})
      .field("mlp_only_layers", &ModelConfig::dense_blocks,
             {.doc = "Blocks without experts", .min = 0, .max = 512})
      .field("embedding_multiplier", &ModelConfig::embedding_multiplier, factor)
      .field("residual_multiplier", &ModelConfig::residual_multiplier, factor)
      .field("logits_scaling", &ModelConfig::logits_scaling, factor);
}

void check_sizes(const ModelConfig& model, config::Checker& check) {
  if (!model.head_dim && model.hidden_size % model.heads() != 0)
    check.fail("num_attention_heads",
               fmt::format("{} does not divide hidden_size: {}", model.heads(), model.hidden_size));
  if (model.heads() % model.key_heads() != 0)
    check.fail("num_key_value_heads",
               fmt::format("{} does not divide num_attention_heads: {}", model.key_heads(), model.heads()));
  if (model.experts > 0 && model.experts_per_token > model.experts)
    check.fail("num_experts_per_tok",
               fmt::format("{} of {} experts", model.experts_per_token, model.experts));
  const auto types = static_cast<std::int64_t>(model.layer_types.size());
  if (types > 0 && types < model.num_hidden_layers)
    check.fail("layer_types",
               fmt::format("names {} of {} blocks (num_hidden_layers)", types, model.num_hidden_layers));
  if (model.image_size % model.patch_size != 0)
    check.fail("patch_size",
               fmt::format("{} does not divide image_size: {}", model.patch_size, model.image_size));
}

const config::Record<ModelConfig>& record() {
  static const auto made = [] {
    config::Record<ModelConfig> record("model_config", "config.json of a model");
    describe_sizes(record);
    describe_kinds(record);
    describe_experts(record);
    record.check(check_sizes);
    return record;
  }();
  return made;
}

bool is_null(const config::Node* value) {
  return value != nullptr && (value->kind == config::Node::Kind::null ||
                              (value->is_scalar() && !value->quoted && value->scalar == "null"));
}

/// Keys that Kiln reads; a file has many more, and writes null for what it leaves open.
config::Node known_keys(const config::Node& file) {
  config::Node known = file;
  known.map.clear();
  known.key_places.clear();
  for (std::size_t i = 0; i < file.map.size(); ++i) {
    const auto& [key, value] = file.map[i];
    const bool is_read = config::find_own_field(record(), key) != nullptr;
    if (is_read && !is_null(&value)) known.insert(key, value, file.key_places[i]);
  }
  return known;
}

/// The part of a file that describes its text model; newer models of several senses nest it.
const config::Node& text_part(const config::Node& file) {
  const config::Node* text = file.find("text_config");
  return text != nullptr && text->is_map() && text->find("model_type") != nullptr ? *text : file;
}

/// Since version 5 of the transformers library what concerns rotary positions is a map of its own.
void unfold_rotary(const config::Node& text, config::Node& keys) {
  const config::Node* rotary = text.find("rope_parameters");
  if (rotary == nullptr || !rotary->is_map()) return;
  const config::Node* share = rotary->find("partial_rotary_factor");
  if (share != nullptr && keys.find("partial_rotary_factor") == nullptr)
    keys.insert("partial_rotary_factor", *share, share->place);
}

/// "awq", "gptq", "bitsandbytes", ...
std::string storage_of(const config::Node& file) {
  const config::Node* storage = file.find("quantization_config");
  if (storage == nullptr || !storage->is_map()) return {};
  const config::Node* method = storage->find("quant_method");
  return method != nullptr && method->is_scalar() ? base::shown(method->scalar) : "a method without name";
}

ModelConfig read_into(ModelConfig model, const config::Node& keys) {
  config::Reader reader;
  record().read(keys, model, reader);
  if (!reader.problems().empty()) throw base::ConfigError(reader.problems());
  return model;
}

}  // namespace

ModelConfig read_model_config(std::string_view text, const std::string& path) {
  const config::Node file = config::parse_yaml(path, text);  // of which JSON is a part
  if (!file.is_map() || text_part(file).find("model_type") == nullptr)
    throw base::ConfigError({path, 0, 0}, "model_type",
                            "is missing: this is no config.json of a Hugging Face model");
  config::Node keys = known_keys(text_part(file));
  unfold_rotary(text_part(file), keys);
  config::Node family;
  family.kind = config::Node::Kind::map;
  if (const config::Node* type = keys.find("model_type")) family.insert("model_type", *type, type->place);
  ModelConfig model = read_into(defaults_of(read_into({}, family).model_type), keys);
  if (is_null(text_part(file).find("sliding_window"))) model.sliding_window.reset();
  if (model.intermediate_size == 0) model.intermediate_size = 4 * model.hidden_size;
  if (const config::Node* labels = file.find("id2label"); labels != nullptr && labels->is_map())
    model.labels = std::max<std::int64_t>(1, static_cast<std::int64_t>(labels->map.size()));
  model.has_other_parts = &text_part(file) != &file;
  model.quantised = storage_of(file);
  return model;
}

}  // namespace kiln::workload::hf
