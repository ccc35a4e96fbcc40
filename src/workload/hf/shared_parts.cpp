// SPDX-License-Identifier: MIT
// What several families have.
#include "base/error.h"
#include "base/text.h"
#include "workload/hf/models.h"

namespace kiln::workload::hf {

Activation activation_of(HiddenAct act) {
  switch (act) {
    case HiddenAct::silu:
      return Activation::silu;
    case HiddenAct::gelu:
      return Activation::gelu;
    case HiddenAct::relu:
      return Activation::relu;
  }
  KILN_CHECK(false, "unknown activation {}", static_cast<int>(act));
}

void set_token_input(Writing& w) {
  w.lines.network().input = {1, w.options.sequence, 1};
}

std::string add_embedding(Writing& w, const std::string& name, std::int64_t entries) {
  LayerConfig& table = w.lines.add(name, LayerOp::embedding);
  table.entries = entries;
  table.out = w.model.hidden_size;
  return table.name;
}

std::string turned(Writing& w, const std::string& name, const std::string& from, std::int64_t heads) {
  LayerConfig& layer = w.lines.add(name, LayerOp::rotary, {from});
  layer.heads = static_cast<std::int32_t>(heads);
  const std::int64_t width = w.model.head_width();
  const auto share = static_cast<std::int64_t>(w.model.partial_rotary_factor * static_cast<double>(width));
  if (share < width) layer.turned = share;
  return layer.name;
}

std::string add_table(Writing& w) {
  set_token_input(w);
  return add_embedding(w, "embed_tokens", w.model.vocab_size);
}

void write_blocks(Writing& w, const std::string& name, const std::function<void(std::int64_t)>& write_block) {
  for (std::int64_t i = 0; i < w.model.num_hidden_layers; ++i) {
    w.lines.prefix = fmt::format("{}.{}.", name, i);
    write_block(i);
  }
  w.lines.prefix.clear();
}

LayerConfig& add_norm(Writing& w, const std::string& name, LayerOp op, std::vector<std::string> from) {
  LayerConfig& layer = w.lines.add(name, op, std::move(from));
  layer.epsilon = w.model.norm_epsilon;
  return layer;
}

void add_attention(Writing& w, const std::string& queries, const std::string& keys, const std::string& values,
                   const Sight& sight) {
  LayerConfig& scores = w.lines.add("scores", LayerOp::attention_scores, {queries, keys});
  scores.heads = static_cast<std::int32_t>(w.model.heads());
  if (w.model.key_heads() != w.model.heads())
    scores.kv_heads = static_cast<std::int32_t>(w.model.key_heads());
  scores.causal = sight.causal;
  if (sight.window && *sight.window < w.options.sequence) scores.window = sight.window;
  w.lines.add("attention", LayerOp::attention_values, {scores.name, values});
}

void learn_features(Writing& w, std::string_view features) {
  const ModelConfig& model = w.model;
  w.lines.network().loss = LossKind::mean_squared_error;
  const bool known = model.architectures.empty() || model.is_headless();
  w.notes.push_back(fmt::format(
      "{}: the loss is formed on the {}; --labels N sets a classifier",
      known ? "the file names no task"
            : "the head of " + base::shown(model.architectures.front()) + " is not in the network",
      features));
}

namespace {

void cap_logits(Writing& w) {
  if (!w.model.final_logit_softcapping) return;
  const double cap = *w.model.final_logit_softcapping;
  w.lines.add("logits_scaled", LayerOp::mul).value = 1 / cap;
  w.lines.add("logits_capped", LayerOp::activation).act = Activation::tanh;
  w.lines.add("logits", LayerOp::mul).value = cap;
}

}  // namespace

void add_language_head(Writing& w, const std::string& table, bool bias) {
  const ModelConfig& model = w.model;
  w.lines.prefix.clear();
  if (w.options.labels || model.is_made_for("ForSequenceClassification")) {
    w.lines.add("last_token", LayerOp::select).token = TokenPick::last;
    w.lines.linear("score", {}, w.options.labels.value_or(model.labels), false);
    return;
  }
  if (model.is_made_for("ForTokenClassification")) {
    w.lines.linear("score", {}, model.labels, true);
    return;
  }
  if (model.is_made_for("ForQuestionAnswering")) {
    w.lines.linear("qa_outputs", {}, 2, true);
    return;
  }
  if (model.is_headless()) return learn_features(w, "features of all tokens");
  LayerConfig& head = w.lines.linear("lm_head", {}, model.vocab_size, bias);
  if (model.tie_word_embeddings) {
    head.tied = table;
    head.bias = false;
    if (bias) w.lines.add("lm_head_bias", LayerOp::add).operand = {model.vocab_size};
  }
  cap_logits(w);
}

}  // namespace kiln::workload::hf
