// SPDX-License-Identifier: MIT
// Decoders with layer norms and biases: GPT-2 (Radford et al. 2019), OPT (Zhang et al. 2022), GPT-NeoX (Black
// et al. 2022; Pythia), Phi.
#include "workload/hf/models.h"

namespace kiln::workload::hf {
namespace {

/// Phi: both halves read one norm, and the block adds all up.
void write_parallel_block(Writing& w) {
  const ModelConfig& model = w.model;
  const std::string before = w.lines.last();
  const std::string norm = add_norm(w, "input_layernorm", LayerOp::layernorm).name;
  const std::int64_t keys = model.key_heads() * model.head_width();
  std::string q = w.lines.linear("q_proj", {norm}, model.hidden_size, true).name;
  std::string k = w.lines.linear("k_proj", {norm}, keys, true).name;
  const std::string v = w.lines.linear("v_proj", {norm}, keys, true).name;
  q = turned(w, "q_rotary", q, model.heads());
  k = turned(w, "k_rotary", k, model.key_heads());
  add_attention(w, q, k, v);
  const std::string attention = w.lines.linear("dense", {}, model.hidden_size, true).name;
  w.lines.linear("fc1", {norm}, model.intermediate_size, true).act = activation_of(model.hidden_act);
  const std::string mlp = w.lines.linear("fc2", {}, model.hidden_size, true).name;
  w.lines.add("add", LayerOp::add, {attention, mlp, before});
}

/// A product with the activation of the model, and one back.
void write_two_layers(Writing& w, const char* up, const char* down, std::vector<std::string> from) {
  const ModelConfig& model = w.model;
  w.lines.linear(up, std::move(from), model.intermediate_size, model.biases).act =
      activation_of(model.hidden_act);
  w.lines.linear(down, {}, model.hidden_size, model.biases);
}

void write_neox_attention(Writing& w) {
  const ModelConfig& model = w.model;
  add_norm(w, "input_layernorm", LayerOp::layernorm);
  LayerConfig& joint = w.lines.linear("query_key_value", {}, 3 * model.hidden_size, model.attention_bias);
  joint.split = 3;
  const std::string parts = joint.name;
  const std::string q = turned(w, "q_rotary", parts + ":0", model.heads());
  const std::string k = turned(w, "k_rotary", parts + ":1", model.heads());
  add_attention(w, q, k, parts + ":2");
  w.lines.linear("dense", {}, model.hidden_size, model.attention_bias);
}

/// In place of a sum with what came before: both halves of a block beside each other, or one after the other.
void write_neox_block(Writing& w) {
  const std::string before = w.lines.last();
  write_neox_attention(w);
  const std::string attention = w.lines.last();
  std::string read = before;
  if (!w.model.parallel_residual) read = w.lines.add("attention_add", LayerOp::add, {attention, before}).name;
  add_norm(w, "post_attention_layernorm", LayerOp::layernorm, {read});
  write_two_layers(w, "dense_h_to_4h", "dense_4h_to_h", {});
  std::vector<std::string> sum{w.lines.last(), read};
  if (w.model.parallel_residual) sum.push_back(attention);
  w.lines.add("mlp_add", LayerOp::add, std::move(sum));
}

/// A part of a block of OPT: a norm in front of it, or behind the sum (350M).
void write_opt_part(Writing& w, const char* norm, const char* sum, const std::function<void()>& write_part) {
  const std::string before = w.lines.last();
  if (w.model.norm_before) add_norm(w, norm, LayerOp::layernorm);
  write_part();
  w.lines.add(sum, LayerOp::add, {w.lines.last(), before});
  if (!w.model.norm_before) add_norm(w, norm, LayerOp::layernorm);
}

void write_opt_attention(Writing& w) {
  const std::string from = w.lines.last();
  const std::int64_t width = w.model.hidden_size;
  const std::string q = w.lines.linear("q_proj", {from}, width, w.model.biases).name;
  const std::string k = w.lines.linear("k_proj", {from}, width, w.model.biases).name;
  const std::string v = w.lines.linear("v_proj", {from}, width, w.model.biases).name;
  add_attention(w, q, k, v);
  w.lines.linear("out_proj", {}, width, w.model.biases);
}

/// The table of OPT is narrower than the blocks where the file says so (350M).
std::string add_opt_tables(Writing& w, bool narrow) {
  const ModelConfig& model = w.model;
  set_token_input(w);
  LayerConfig& words = w.lines.add("embed_tokens", LayerOp::embedding);
  words.entries = model.vocab_size;
  words.out = model.embedding_size.value_or(model.hidden_size);
  const std::string table = words.name;
  if (narrow) w.lines.linear("project_in", {}, model.hidden_size, false);
  w.lines.add("embed_positions", LayerOp::positions).entries = model.max_position_embeddings + 2;
  return table;
}

}  // namespace

void write_gpt_neox(Writing& w) {
  set_token_input(w);
  const std::string table = add_embedding(w, "embed_in", w.model.vocab_size);
  write_blocks(w, "layers", [&](std::int64_t) { write_neox_block(w); });
  add_norm(w, "final_layer_norm", LayerOp::layernorm);
  add_language_head(w, table, false);
}

void write_opt(Writing& w) {
  const ModelConfig& model = w.model;
  const bool narrow = model.embedding_size.value_or(model.hidden_size) != model.hidden_size;
  const std::string table = add_opt_tables(w, narrow);
  write_blocks(w, "layers", [&](std::int64_t) {
    write_opt_part(w, "self_attn_layer_norm", "attention_add", [&] { write_opt_attention(w); });
    write_opt_part(w, "final_layer_norm", "mlp_add", [&] { write_two_layers(w, "fc1", "fc2", {}); });
  });
  if (model.norm_before) add_norm(w, "final_layer_norm", LayerOp::layernorm);
  if (narrow) w.lines.linear("project_out", {}, *model.embedding_size, false);
  add_language_head(w, table, false);
}

void write_phi(Writing& w) {
  const std::string table = add_table(w);
  write_blocks(w, "layers", [&](std::int64_t) { write_parallel_block(w); });
  add_norm(w, "final_layernorm", LayerOp::layernorm);
  add_language_head(w, table, true);
  if (w.model.qk_layernorm)
    w.notes.push_back("norms of queries and keys (qk_layernorm) are not in the network");
}

void write_gpt2(Writing& w) {
  const ModelConfig& model = w.model;
  set_token_input(w);
  add_embedding(w, "wte", model.vocab_size);
  w.lines.add("wpe", LayerOp::positions).entries = model.max_position_embeddings;
  write_blocks(w, "h", [&](std::int64_t) {
    const std::string before = w.lines.last();
    add_norm(w, "ln_1", LayerOp::layernorm);
    const std::string joint = w.lines.linear("c_attn", {}, 3 * model.hidden_size, true).name;
    w.lines.network().layers.back().split = 3;
    add_attention(w, joint + ":0", joint + ":1", joint + ":2");
    w.lines.linear("attn_c_proj", {}, model.hidden_size, true);
    const std::string between = w.lines.add("attn_add", LayerOp::add, {w.lines.last(), before}).name;
    add_norm(w, "ln_2", LayerOp::layernorm);
    w.lines.linear("c_fc", {}, model.intermediate_size, true).act = activation_of(model.hidden_act);
    w.lines.linear("mlp_c_proj", {}, model.hidden_size, true);
    w.lines.add("mlp_add", LayerOp::add, {w.lines.last(), between});
  });
  add_norm(w, "ln_f", LayerOp::layernorm);
  add_language_head(w, "wte", false);
}

}  // namespace kiln::workload::hf
