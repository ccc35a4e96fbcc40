// SPDX-License-Identifier: MIT
#include "workload/hf/model_defaults.h"

namespace kiln::workload::hf {
namespace {

/// Gemma's classes: wide heads, one table at both ends.
ModelConfig gemma_defaults(std::int64_t hidden, std::int64_t blocks, std::int64_t heads,
                           std::int64_t key_heads) {
  ModelConfig model;
  model.hidden_size = hidden;
  model.num_hidden_layers = blocks;
  model.num_attention_heads = heads;
  model.num_key_value_heads = key_heads;
  model.head_dim = 256;
  model.vocab_size = 256000;
  model.max_position_embeddings = 8192;
  model.hidden_act = HiddenAct::gelu;
  model.tie_word_embeddings = true;
  return model;
}

/// Of the classes whose feed-forward parts are mixtures of experts.
ModelConfig mixture_defaults(ModelType type) {
  ModelConfig model;
  switch (type) {
    case ModelType::mixtral:
      model.intermediate_size = 14336;
      model.num_key_value_heads = 8;
      model.max_position_embeddings = 131072;
      model.experts = 8;
      model.normalised_weights = true;
      break;
    case ModelType::qwen2_moe:
    case ModelType::qwen3_moe: {
      const bool is_third = type == ModelType::qwen3_moe;
      model.vocab_size = 151936;
      model.hidden_size = 2048;
      model.intermediate_size = is_third ? 6144 : 5632;
      model.num_hidden_layers = 24;
      model.num_attention_heads = is_third ? 32 : 16;
      model.num_key_value_heads = is_third ? 4 : 16;
      model.max_position_embeddings = 32768;
      model.use_sliding_window = false;
      model.sliding_window = 4096;
      model.experts = is_third ? 128 : 60;
      model.experts_per_token = is_third ? 8 : 4;
      model.expert_size = is_third ? 768 : 1408;
      model.shared_expert_size = is_third ? 0 : 5632;
      break;
    }
    case ModelType::olmoe:
      model.vocab_size = 50304;
      model.hidden_size = model.intermediate_size = 2048;
      model.num_hidden_layers = model.num_attention_heads = 16;
      model.max_position_embeddings = 4096;
      model.norm_epsilon = 1e-5;
      model.experts = 64;
      model.experts_per_token = 8;
      break;
    case ModelType::granitemoe:
      model.experts = 8;
      model.normalised_weights = true;  // softmax over the chosen: the same
      break;
    default:
      break;
  }
  return model;
}

/// What the configuration classes of the transformers library take for keys that a file leaves out.
ModelConfig decoder_defaults(ModelType type) {
  ModelConfig model;
  switch (type) {
    case ModelType::mistral:
      model.intermediate_size = 14336;
      model.num_key_value_heads = 8;
      model.max_position_embeddings = 131072;
      model.sliding_window = 4096;
      break;
    case ModelType::qwen2:
    case ModelType::qwen3:
      model.vocab_size = 151936;
      model.intermediate_size = 22016;
      model.max_position_embeddings = 32768;
      model.use_sliding_window = false;
      model.sliding_window = 4096;
      if (type == ModelType::qwen3) model.head_dim = 128;
      break;
    case ModelType::gemma:
      model = gemma_defaults(3072, 28, 16, 16);
      model.intermediate_size = 24576;
      break;
    case ModelType::gemma2:
      model = gemma_defaults(2304, 26, 8, 4);
      model.intermediate_size = 9216;
      model.attn_logit_softcapping = 50;
      model.final_logit_softcapping = 30;
      model.sliding_window = 4096;
      model.sliding_pattern = 2;
      break;
    case ModelType::gemma3_text:
      model = gemma_defaults(2304, 26, 8, 4);
      model.intermediate_size = 9216;
      model.vocab_size = 262208;
      model.max_position_embeddings = 131072;
      model.sliding_window = 4096;
      model.sliding_pattern = 6;
      break;
    case ModelType::phi:
      model.vocab_size = 51200;
      model.hidden_size = 2048;
      model.intermediate_size = 8192;
      model.num_hidden_layers = 24;
      model.hidden_act = HiddenAct::gelu;
      model.norm_epsilon = 1e-5;
      model.partial_rotary_factor = 0.5;
      break;
    case ModelType::phi3:
      model.vocab_size = 32064;
      model.hidden_size = 3072;
      model.intermediate_size = 8192;
      model.max_position_embeddings = 4096;
      model.norm_epsilon = 1e-5;
      break;
    case ModelType::smollm3:
      model.vocab_size = 128256;
      model.hidden_size = 2048;
      model.num_hidden_layers = 36;
      model.num_attention_heads = 16;
      model.num_key_value_heads = 4;
      model.max_position_embeddings = 32768;
      model.tie_word_embeddings = true;
      model.use_sliding_window = false;
      model.unturned_interval = 4;
      break;
    case ModelType::gpt_neox:
      model.vocab_size = 50432;
      model.hidden_size = 6144;
      model.intermediate_size = 24576;
      model.num_hidden_layers = 44;
      model.num_attention_heads = 64;
      model.hidden_act = HiddenAct::gelu;
      model.norm_epsilon = 1e-5;
      model.partial_rotary_factor = 0.25;
      model.attention_bias = true;
      break;
    default:
      return mixture_defaults(type);
  }
  return model;
}

/// Those of the size of BERT base, with one table at both ends.
ModelConfig base_defaults(ModelType type) {
  ModelConfig model;
  model.hidden_size = 768;
  model.intermediate_size = 3072;
  model.num_hidden_layers = model.num_attention_heads = 12;
  model.vocab_size = 30522;
  model.max_position_embeddings = 512;
  model.hidden_act = HiddenAct::gelu;
  model.norm_epsilon = 1e-12;
  model.tie_word_embeddings = true;
  if (type == ModelType::roberta) model.vocab_size = 50265;
  if (type == ModelType::gpt2) {
    model.intermediate_size = 0;  // four times the hidden size
    model.vocab_size = 50257;
    model.max_position_embeddings = 1024;
    model.norm_epsilon = 1e-5;
  }
  if (type == ModelType::opt) {
    model.vocab_size = 50272;
    model.max_position_embeddings = 2048;
    model.hidden_act = HiddenAct::relu;
    model.norm_epsilon = 1e-5;
  }
  return model;
}

bool is_of_base_size(ModelType type) {
  switch (type) {
    case ModelType::gpt2:
    case ModelType::opt:
    case ModelType::bert:
    case ModelType::distilbert:
    case ModelType::roberta:
    case ModelType::vit:
    case ModelType::deit:
      return true;
    default:
      return false;
  }
}

}  // namespace

ModelConfig defaults_of(ModelType type) {
  ModelConfig model = is_of_base_size(type) ? base_defaults(type) : decoder_defaults(type);
  model.model_type = type;
  return model;
}

}  // namespace kiln::workload::hf
