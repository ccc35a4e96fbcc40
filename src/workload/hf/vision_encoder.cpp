// SPDX-License-Identifier: MIT
// Encoders of images with norms in front: ViT (Dosovitskiy et al. 2021); DeiT (Touvron et al. 2021) with a
// second token that learns from a teacher.
#include "workload/hf/models.h"

namespace kiln::workload::hf {
namespace {

void add_patches(Writing& w) {
  const ModelConfig& model = w.model;
  w.lines.network().input = {model.num_channels, model.image_size, model.image_size};
  LayerConfig& patches = w.lines.add("patch_embeddings", LayerOp::conv);
  patches.out = model.hidden_size;
  patches.kernel = patches.stride = static_cast<std::int32_t>(model.patch_size);
  patches.padding.mode = Padding::Mode::valid;
  w.lines.add("embeddings", LayerOp::positions).class_tokens = model.model_type == ModelType::deit ? 2 : 1;
}

std::string add_token_classifier(Writing& w, const std::string& name, const std::string& from,
                                 std::int64_t token, std::int64_t labels) {
  LayerConfig& slice = w.lines.add(name + "_token", LayerOp::slice, {from});
  slice.axis = 0;
  slice.begin = token;
  slice.end = token + 1;
  return w.lines.linear(name, {}, labels, true).name;
}

/// The mean of what the class token and the teacher's token say.
void add_two_classifiers(Writing& w, std::int64_t labels) {
  const std::string from = w.lines.last();
  const std::string own = add_token_classifier(w, "cls_classifier", from, 0, labels);
  const std::string taught = add_token_classifier(w, "distillation_classifier", from, 1, labels);
  w.lines.add("logits_sum", LayerOp::add, {own, taught});
  w.lines.add("logits", LayerOp::mul).value = 0.5;
}

void add_vision_head(Writing& w) {
  const ModelConfig& model = w.model;
  const std::int64_t labels = w.options.labels.value_or(model.labels);
  if (!w.options.labels && model.is_made_for("ForImageClassificationWithTeacher"))
    return add_two_classifiers(w, labels);
  if (!w.options.labels && !model.is_made_for("ForImageClassification")) {
    add_pooler(w);
    return learn_features(w, "pooled features");
  }
  w.lines.add("class_token", LayerOp::select);
  w.lines.linear("classifier", {}, labels, true);
}

}  // namespace

void write_vit(Writing& w) {
  add_patches(w);
  write_blocks(w, "layer", [&](std::int64_t) {
    const std::string before = w.lines.last();
    const std::string norm = add_norm(w, "layernorm_before", LayerOp::layernorm).name;
    add_self_attention(w, norm, bert_names());
    const std::string between = w.lines.add("attention_add", LayerOp::add, {w.lines.last(), before}).name;
    add_norm(w, "layernorm_after", LayerOp::layernorm);
    add_encoder_layers(w, bert_names());
    w.lines.add("output_add", LayerOp::add, {w.lines.last(), between});
  });
  add_norm(w, "layernorm", LayerOp::layernorm);
  add_vision_head(w);
}

}  // namespace kiln::workload::hf
