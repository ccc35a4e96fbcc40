// SPDX-License-Identifier: MIT
// Encoders: BERT (Devlin et al. 2019), RoBERTa (Liu et al. 2019) and DistilBERT (Sanh et al. 2019) with norms
// behind the additions.
#include "workload/hf/models.h"

namespace kiln::workload::hf {
namespace {

constexpr EncoderNames kBertNames{"query",          "key",          "value",  "attention_output",
                                  "attention_norm", "intermediate", "output", "output_norm"};
constexpr EncoderNames kDistilbertNames{"q_lin",         "k_lin", "v_lin", "out_lin",
                                        "sa_layer_norm", "lin1",  "lin2",  "output_layer_norm"};

/// Word and position of each token, its type where there are some.
void add_text_embeddings(Writing& w) {
  const ModelConfig& model = w.model;
  set_token_input(w);
  add_embedding(w, "word_embeddings", model.vocab_size);
  LayerConfig& places = w.lines.add("position_embeddings", LayerOp::positions);
  places.entries = model.max_position_embeddings;
  if (model.model_type != ModelType::distilbert) {
    const std::string sum = places.name;
    w.lines.add("token_types", LayerOp::input).shape = {w.options.sequence, 1};
    const std::string types = add_embedding(w, "token_type_embeddings", model.type_vocab_size);
    w.lines.add("embeddings", LayerOp::add, {sum, types});
  }
  add_norm(w, "embeddings_norm", LayerOp::layernorm);
}

void add_masked_head(Writing& w) {
  const ModelConfig& model = w.model;
  w.lines.linear("transform", {}, model.hidden_size, true).act = activation_of(model.hidden_act);
  add_norm(w, "transform_norm", LayerOp::layernorm);
  w.lines.linear("decoder", {}, model.vocab_size, false).tied = "word_embeddings";
  w.lines.add("decoder_bias", LayerOp::add).operand = {model.vocab_size};
}

/// What lies between a sequence's features and its classifier; DistilBERT's is no tanh.
void add_sequence_features(Writing& w) {
  add_pooler(w);
  if (w.model.model_type != ModelType::distilbert) return;
  w.lines.network().layers.back().name = "pre_classifier";
  w.lines.network().layers.back().act = Activation::relu;
}

void add_text_head(Writing& w) {
  const ModelConfig& model = w.model;
  const bool classifies = w.options.labels || model.is_made_for("ForSequenceClassification");
  const std::int64_t labels = w.options.labels.value_or(model.labels);
  if (!classifies &&
      (model.is_made_for("ForTokenClassification") || model.is_made_for("ForQuestionAnswering"))) {
    w.lines.linear("classifier", {}, labels, true);
    return;
  }
  if (!classifies && (model.is_made_for("ForMaskedLM") || model.is_made_for("LMHeadModel") ||
                      model.is_made_for("ForCausalLM")))
    return add_masked_head(w);
  if (!classifies && model.model_type == ModelType::distilbert)
    return learn_features(w, "features of all tokens");
  add_sequence_features(w);
  if (classifies)
    w.lines.linear("classifier", {}, labels, true);
  else
    learn_features(w, "pooled features");
}

}  // namespace

void add_self_attention(Writing& w, const std::string& from, const EncoderNames& names) {
  const std::int64_t width = w.model.hidden_size;
  const std::string q = w.lines.linear(names.query, {from}, width, w.model.qkv_bias).name;
  const std::string k = w.lines.linear(names.key, {from}, width, w.model.qkv_bias).name;
  const std::string v = w.lines.linear(names.value, {from}, width, w.model.qkv_bias).name;
  add_attention(w, q, k, v, {.causal = false});
  w.lines.linear(names.attention_output, {}, width, true);
}

void add_encoder_layers(Writing& w, const EncoderNames& names) {
  w.lines.linear(names.intermediate, {}, w.model.intermediate_size, true).act =
      activation_of(w.model.hidden_act);
  w.lines.linear(names.output, {}, w.model.hidden_size, true);
}

const EncoderNames& bert_names() {
  return kBertNames;
}

void add_pooler(Writing& w) {
  w.lines.add("first_token", LayerOp::select);
  w.lines.linear("pooler", {}, w.model.hidden_size, true).act = Activation::tanh;
}

void write_bert(Writing& w) {
  const EncoderNames& names = w.model.model_type == ModelType::distilbert ? kDistilbertNames : kBertNames;
  add_text_embeddings(w);
  write_blocks(w, "layer", [&](std::int64_t) {
    const std::string before = w.lines.last();
    add_self_attention(w, before, names);
    w.lines.add("attention_add", LayerOp::add, {w.lines.last(), before});
    const std::string between = add_norm(w, names.attention_norm, LayerOp::layernorm).name;
    add_encoder_layers(w, names);
    w.lines.add("output_add", LayerOp::add, {w.lines.last(), between});
    add_norm(w, names.output_norm, LayerOp::layernorm);
  });
  add_text_head(w);
}

}  // namespace kiln::workload::hf
