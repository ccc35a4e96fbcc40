// SPDX-License-Identifier: MIT
// What a Hugging Face config.json says of a model: its family and its sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/record.h"

namespace kiln::workload::hf {

/// `model_type` of the file.
enum class ModelType {
  llama,
  mistral,
  mixtral,
  qwen2,
  qwen2_moe,
  qwen3,
  qwen3_moe,
  olmoe,
  granite,
  granitemoe,
  smollm3,
  gemma,
  gemma2,
  gemma3_text,
  phi,
  phi3,
  gpt2,
  gpt_neox,
  opt,
  bert,
  distilbert,
  roberta,
  vit,
  deit
};
std::span<const config::EnumName<ModelType>> enum_names(const ModelType*);

/// Under all names that the files have for it: gelu is also gelu_new, gelu_fast and gelu_pytorch_tanh.
enum class HiddenAct { silu, gelu, relu };
std::span<const config::EnumName<HiddenAct>> enum_names(const HiddenAct*);

/// What the tokens of a block see.
enum class AttentionSpan { full_attention, sliding_attention };
std::span<const config::EnumName<AttentionSpan>> enum_names(const AttentionSpan*);

/// Keys as in the file; those of GPT-2 (n_embd, n_layer, ...) are read into the others. What a file leaves
/// out has the default of its family's configuration class.
struct ModelConfig {
  ModelType model_type = ModelType::llama;
  std::vector<std::string> architectures;
  std::int64_t hidden_size = 4096;
  std::int64_t intermediate_size = 11008;
  std::int64_t num_hidden_layers = 32;
  std::int64_t num_attention_heads = 32;
  std::optional<std::int64_t> num_key_value_heads;
  std::optional<std::int64_t> head_dim;
  std::int64_t vocab_size = 32000;
  std::int64_t max_position_embeddings = 2048;
  std::int64_t type_vocab_size = 2;
  HiddenAct hidden_act = HiddenAct::silu;
  bool tie_word_embeddings = false;
  bool attention_bias = false;
  bool mlp_bias = false;
  bool qkv_bias = true;
  double norm_epsilon = 1e-6;
  double partial_rotary_factor = 1;
  bool qk_layernorm = false;
  std::int64_t unturned_interval = 0;          ///< one of so many blocks does not turn its heads; 0: none
  std::vector<std::int64_t> turned_blocks;     ///< by block: 0 where heads are not turned; empty: by interval
  bool parallel_residual = true;               ///< attention and feed-forward part beside each other
  bool norm_before = true;                     ///< in front of attention and feed-forward part, or behind
  bool biases = true;                          ///< of all linear layers
  std::optional<std::int64_t> embedding_size;  ///< features of the table, if other than hidden_size
  std::optional<std::int64_t>
      sliding_window;  ///< tokens that a token of a sliding block sees, itself the last
  bool use_sliding_window = true;
  std::vector<AttentionSpan> layer_types;  ///< by block; empty: by the rule of the family
  std::int64_t sliding_pattern = 1;        ///< of so many blocks the last one is not bounded; 1: all are
  std::int64_t max_window_layers = 28;     ///< Qwen 2 and 3: blocks from there on are bounded
  std::optional<double> attn_logit_softcapping;
  std::optional<double> final_logit_softcapping;
  std::int64_t image_size = 224;
  std::int64_t patch_size = 16;
  std::int64_t num_channels = 3;
  std::int64_t labels = 2;   ///< names in id2label, or num_labels
  std::int64_t experts = 0;  ///< of a mixture; 0: none
  std::int64_t experts_per_token = 2;
  std::int64_t expert_size = 0;         ///< features inside an expert; 0: intermediate_size
  std::int64_t shared_expert_size = 0;  ///< of the one that every token goes to; 0: none
  bool normalised_weights = false;      ///< weights of a token's experts sum to one
  std::int64_t sparse_step = 1;         ///< every so many blocks have experts, the others are dense
  std::vector<std::int64_t> dense_blocks;
  double embedding_multiplier = 1, residual_multiplier = 1, logits_scaling = 1;
  bool has_other_parts = false;  ///< the file describes more than this text model
  std::string quantised;         ///< how the file's weights are stored (awq, ...); empty: as numbers

  std::int64_t heads() const { return num_attention_heads; }
  std::int64_t key_heads() const { return num_key_value_heads.value_or(num_attention_heads); }
  std::int64_t head_width() const { return head_dim.value_or(hidden_size / num_attention_heads); }
  std::int64_t expert_width() const { return expert_size > 0 ? expert_size : intermediate_size; }
  /// Is the feed-forward part of block `block`, from 0, a mixture of experts?
  bool has_experts(std::int64_t block) const;
  /// Are queries and keys of block `block`, from 0, turned by position?
  bool turns(std::int64_t block) const;
  /// Tokens that a token of block `block`, from 0, sees; absent: all in front of it.
  std::optional<std::int64_t> window(std::int64_t block) const;
  /// Rows of the table of positions that no token has: padding has a row of its own.
  std::int64_t unused_positions() const;
  /// Does the file name a class that ends so (BertForMaskedLM)?
  bool is_made_for(std::string_view task) const;
  /// Is what it names a model without a head (LlamaModel, not GPT2LMHeadModel)?
  bool is_headless() const { return is_made_for("Model") && !is_made_for("HeadModel"); }

 private:
  bool slides(std::int64_t block) const;
};

/// Throws ConfigError with every key that is wrong, its place and what is allowed. `text` is JSON.
ModelConfig read_model_config(std::string_view text, const std::string& path);

}  // namespace kiln::workload::hf
