// SPDX-License-Identifier: MIT
// Encoders: BERT (Devlin et al. 2019) with norms behind the additions, ViT (Dosovitskiy et al. 2021) with
// norms in front.
#include "workload/hf/models.h"

namespace kiln::workload::hf {
namespace {

/// Queries, keys and values with biases, and their attention to all tokens.
void add_self_attention(Writing& w, const std::string& from) {
  const std::int64_t width = w.model.hidden_size;
  const std::string q = w.lines.linear("query", {from}, width, w.model.qkv_bias).name;
  const std::string k = w.lines.linear("key", {from}, width, w.model.qkv_bias).name;
  const std::string v = w.lines.linear("value", {from}, width, w.model.qkv_bias).name;
  add_attention(w, q, k, v, false);
  w.lines.linear("attention_output", {}, width, true);
}

void add_feed_forward(Writing& w) {
  w.lines.linear("intermediate", {}, w.model.intermediate_size, true).act = activation_of(w.model.hidden_act);
  w.lines.linear("output", {}, w.model.hidden_size, true);
}

/// The first token's features, once more through a layer.
void add_pooler(Writing& w) {
  w.lines.add("first_token", LayerOp::select);
  w.lines.linear("pooler", {}, w.model.hidden_size, true).act = Activation::tanh;
}

/// Word, position and type of each token.
void add_bert_embeddings(Writing& w) {
  const ModelConfig& model = w.model;
  set_token_input(w);
  add_embedding(w, "word_embeddings", model.vocab_size);
  LayerConfig& places = w.lines.add("position_embeddings", LayerOp::positions);
  places.entries = model.max_position_embeddings;
  const std::string sum = places.name;
  w.lines.add("token_types", LayerOp::input).shape = {w.options.sequence, 1};
  const std::string types = add_embedding(w, "token_type_embeddings", model.type_vocab_size);
  w.lines.add("embeddings", LayerOp::add, {sum, types});
  add_norm(w, "embeddings_norm", LayerOp::layernorm);
}

void add_bert_head(Writing& w) {
  const ModelConfig& model = w.model;
  const bool classifies = w.options.labels || model.is_made_for("ForSequenceClassification");
  const std::int64_t labels = w.options.labels.value_or(model.labels);
  if (!classifies &&
      (model.is_made_for("ForTokenClassification") || model.is_made_for("ForQuestionAnswering"))) {
    w.lines.linear("classifier", {}, labels, true);
    return;
  }
  if (!classifies && (model.is_made_for("ForMaskedLM") || model.is_made_for("LMHeadModel"))) {
    w.lines.linear("transform", {}, model.hidden_size, true).act = activation_of(model.hidden_act);
    add_norm(w, "transform_norm", LayerOp::layernorm);
    w.lines.linear("decoder", {}, model.vocab_size, false).tied = "word_embeddings";
    w.lines.add("decoder_bias", LayerOp::add).operand = {model.vocab_size};
    return;
  }
  add_pooler(w);
  if (classifies)
    w.lines.linear("classifier", {}, labels, true);
  else
    learn_features(w, "pooled features");
}

}  // namespace

void write_bert(Writing& w) {
  add_bert_embeddings(w);
  write_blocks(w, "layer", [&](std::int64_t) {
    const std::string before = w.lines.last();
    add_self_attention(w, before);
    w.lines.add("attention_add", LayerOp::add, {w.lines.last(), before});
    const std::string between = add_norm(w, "attention_norm", LayerOp::layernorm).name;
    add_feed_forward(w);
    w.lines.add("output_add", LayerOp::add, {w.lines.last(), between});
    add_norm(w, "output_norm", LayerOp::layernorm);
  });
  add_bert_head(w);
}

void write_vit(Writing& w) {
  const ModelConfig& model = w.model;
  w.lines.network().input = {model.num_channels, model.image_size, model.image_size};
  LayerConfig& patches = w.lines.add("patch_embeddings", LayerOp::conv);
  patches.out = model.hidden_size;
  patches.kernel = patches.stride = static_cast<std::int32_t>(model.patch_size);
  patches.padding.mode = Padding::Mode::valid;
  w.lines.add("embeddings", LayerOp::positions).class_tokens = 1;
  write_blocks(w, "layer", [&](std::int64_t) {
    const std::string before = w.lines.last();
    const std::string norm = add_norm(w, "layernorm_before", LayerOp::layernorm).name;
    add_self_attention(w, norm);
    const std::string between = w.lines.add("attention_add", LayerOp::add, {w.lines.last(), before}).name;
    add_norm(w, "layernorm_after", LayerOp::layernorm);
    add_feed_forward(w);
    w.lines.add("output_add", LayerOp::add, {w.lines.last(), between});
  });
  add_norm(w, "layernorm", LayerOp::layernorm);
  if (!w.options.labels && !model.is_made_for("ForImageClassification")) {
    add_pooler(w);
    return learn_features(w, "pooled features");
  }
  w.lines.add("class_token", LayerOp::select);
  w.lines.linear("classifier", {}, w.options.labels.value_or(model.labels), true);
}

}  // namespace kiln::workload::hf
