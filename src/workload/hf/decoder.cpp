// SPDX-License-Identifier: MIT
// Decoders with RMS norms. Llama (Touvron et al. 2023), Mistral, Qwen2 and 3, Gemma 1 to 3, Granite, SmolLM3
// and Phi-3 differ in biases, in norms of queries and keys, in the number of norms of a block, in whether
// projections are one layer and in which blocks turn their heads.
#include <cmath>

#include "workload/hf/models.h"

namespace kiln::workload::hf {
namespace {

bool is_gemma(ModelType type) {
  return type == ModelType::gemma || type == ModelType::gemma2 || type == ModelType::gemma3_text;
}

/// Norms behind attention and feed-forward part, too.
bool has_four_norms(ModelType type) {
  return type == ModelType::gemma2 || type == ModelType::gemma3_text;
}

bool has_head_norms(ModelType type) {
  return type == ModelType::qwen3 || type == ModelType::qwen3_moe || type == ModelType::gemma3_text;
}

/// Outputs of the projections that attention reads.
struct Projections {
  std::string queries, keys, values;
};

/// An RMS norm of each head, with one scale for all of them: heads become rows for it.
std::string normed_heads(Writing& w, const std::string& name, const std::string& from, std::int64_t heads) {
  const std::int64_t tokens = w.options.sequence, width = w.model.head_width();
  w.lines.add(name + "_heads", LayerOp::reshape, {from}).shape = {tokens * heads, width};
  add_norm(w, name, LayerOp::rmsnorm);
  w.lines.add(name + "_tokens", LayerOp::reshape).shape = {tokens, heads * width};
  return w.lines.last();
}

/// Qwen2 has biases at all but the output, which its file does not say.
Projections separate_projections(Writing& w, const std::string& from) {
  const ModelConfig& model = w.model;
  const bool is_second_qwen =
      model.model_type == ModelType::qwen2 || model.model_type == ModelType::qwen2_moe;
  const bool bias = model.attention_bias || is_second_qwen;
  const std::int64_t queries = model.heads() * model.head_width(),
                     keys = model.key_heads() * model.head_width();
  Projections made;
  made.queries = w.lines.linear("q_proj", {from}, queries, bias).name;
  made.keys = w.lines.linear("k_proj", {from}, keys, bias).name;
  made.values = w.lines.linear("v_proj", {from}, keys, bias).name;
  return made;
}

/// Phi-3: one matrix for all three.
Projections joint_projections(Writing& w, const std::string& from) {
  const std::int64_t width = w.model.head_width(), queries = w.model.heads() * width,
                     keys = w.model.key_heads() * width;
  LayerConfig& joint = w.lines.linear("qkv_proj", {from}, queries + 2 * keys, w.model.attention_bias);
  std::string parts = joint.name;
  if (queries == keys) {
    joint.split = 3;
  } else {
    LayerConfig& split = w.lines.add("qkv", LayerOp::split);
    split.sizes = {queries, keys, keys};
    parts = split.name;
  }
  return {parts + ":0", parts + ":1", parts + ":2"};
}

void write_attention(Writing& w, const std::string& from, std::int64_t block) {
  const ModelConfig& model = w.model;
  Projections parts =
      model.model_type == ModelType::phi3 ? joint_projections(w, from) : separate_projections(w, from);
  if (has_head_norms(model.model_type)) {
    parts.queries = normed_heads(w, "q_norm", parts.queries, model.heads());
    parts.keys = normed_heads(w, "k_norm", parts.keys, model.key_heads());
  }
  if (model.model_type == ModelType::olmoe) {  // over all heads at once
    parts.queries = add_norm(w, "q_norm", LayerOp::rmsnorm, {parts.queries}).name;
    parts.keys = add_norm(w, "k_norm", LayerOp::rmsnorm, {parts.keys}).name;
  }
  if (model.turns(block)) {
    parts.queries = turned(w, "q_rotary", parts.queries, model.heads());
    parts.keys = turned(w, "k_rotary", parts.keys, model.key_heads());
  }
  add_attention(w, parts.queries, parts.keys, parts.values, {.window = model.window(block)});
  w.lines.linear("o_proj", {}, model.hidden_size, model.attention_bias);
}

/// Phi-3: gate and values are one matrix.
void write_joint_gated(Writing& w, const std::string& from) {
  const ModelConfig& model = w.model;
  const std::string joint = w.lines.linear("gate_up_proj", {from}, 2 * model.intermediate_size, false).name;
  w.lines.network().layers.back().split = 2;
  LayerConfig& act = w.lines.add("act", LayerOp::activation, {joint + ":0"});
  act.act = activation_of(model.hidden_act);
  w.lines.add("gated", LayerOp::mul, {act.name, joint + ":1"});
  w.lines.linear("down_proj", {}, model.hidden_size, model.mlp_bias);
}

void write_feed_forward(Writing& w, const std::string& from, std::int64_t block) {
  if (w.model.has_experts(block)) return write_experts(w, from);
  if (w.model.model_type == ModelType::phi3) return write_joint_gated(w, from);
  write_gated(w, "", from, w.model.intermediate_size);
}

/// Granite: what a block adds is scaled down.
void scale_residual(Writing& w, const char* name) {
  if (w.model.residual_multiplier != 1) w.lines.add(name, LayerOp::mul).value = w.model.residual_multiplier;
}

void write_block(Writing& w, std::int64_t block) {
  const bool four = has_four_norms(w.model.model_type);
  const std::string before = w.lines.last();
  const std::string first = add_norm(w, "input_layernorm", LayerOp::rmsnorm).name;
  write_attention(w, first, block);
  if (four) add_norm(w, "post_attention_layernorm", LayerOp::rmsnorm);
  scale_residual(w, "attention_scaled");
  const std::string between = w.lines.add("attention_add", LayerOp::add, {w.lines.last(), before}).name;
  const std::string second =
      add_norm(w, four ? "pre_feedforward_layernorm" : "post_attention_layernorm", LayerOp::rmsnorm).name;
  write_feed_forward(w, second, block);
  if (four) add_norm(w, "post_feedforward_layernorm", LayerOp::rmsnorm);
  scale_residual(w, "mlp_scaled");
  w.lines.add("mlp_add", LayerOp::add, {w.lines.last(), between});
}

void note_windows(Writing& w) {
  const ModelConfig& model = w.model;
  std::int64_t bounded = 0;
  for (std::int64_t block = 0; block < model.num_hidden_layers; ++block)
    if (model.window(block).value_or(w.options.sequence) < w.options.sequence) ++bounded;
  if (bounded > 0)
    w.notes.push_back(fmt::format("in {} of {} blocks a token sees {} of {} tokens (sliding_window)", bounded,
                                  model.num_hidden_layers, *model.sliding_window, w.options.sequence));
  if (model.attn_logit_softcapping)
    w.notes.push_back("the caps of the scores (attn_logit_softcapping) are not in the network");
}

}  // namespace

void write_decoder(Writing& w) {
  const std::string table = add_table(w);
  if (is_gemma(w.model.model_type))
    w.lines.add("embed_scaled", LayerOp::mul).value = std::sqrt(static_cast<double>(w.model.hidden_size));
  if (w.model.embedding_multiplier != 1)
    w.lines.add("embed_scaled", LayerOp::mul).value = w.model.embedding_multiplier;
  write_blocks(w, "layers", [&](std::int64_t block) { write_block(w, block); });
  add_norm(w, "norm", LayerOp::rmsnorm);
  if (w.model.logits_scaling != 1)  // before the head in place of behind it: the same logits
    w.lines.add("norm_scaled", LayerOp::mul).value = 1 / w.model.logits_scaling;
  add_language_head(w, table, false);
  note_windows(w);
}

}  // namespace kiln::workload::hf
