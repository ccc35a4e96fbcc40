// SPDX-License-Identifier: MIT
// Feed-forward parts of decoders: one gated one, or a mixture of them (Mixtral, Jiang et al. 2024; Qwen2 and
// 3; OLMoE, Muennighoff et al. 2024; Granite 3).
#include "workload/hf/models.h"

namespace kiln::workload::hf {
namespace {

LayerConfig& add_experts(Writing& w, const char* name, std::vector<std::string> from, std::int64_t out,
                         const std::string& routing) {
  LayerConfig& layer = w.lines.add(name, LayerOp::moe_experts, std::move(from));
  layer.out = out;
  layer.routing = routing;
  return layer;
}

/// Qwen2: an expert that every token goes to, as far as a gate of its own lets it.
std::string write_shared_expert(Writing& w, const std::string& from) {
  LayerConfig& gate = w.lines.linear("shared_expert_gate", {from}, 1, false);
  gate.act = Activation::sigmoid;
  const std::string share = gate.name;
  write_gated(w, "shared_expert.", from, w.model.shared_expert_size);
  return w.lines.add("shared_expert_weighted", LayerOp::mul, {w.lines.last(), share}).name;
}

}  // namespace

void write_gated(Writing& w, const std::string& name, const std::string& from, std::int64_t features) {
  const ModelConfig& model = w.model;
  LayerConfig& layer = w.lines.linear(name + "gate_proj", {from}, features, model.mlp_bias);
  layer.act = activation_of(model.hidden_act);
  const std::string gate = layer.name;
  const std::string up = w.lines.linear(name + "up_proj", {from}, features, model.mlp_bias).name;
  w.lines.add(name + "gated", LayerOp::mul, {gate, up});
  w.lines.linear(name + "down_proj", {}, model.hidden_size, model.mlp_bias);
}

void write_experts(Writing& w, const std::string& from) {
  const ModelConfig& model = w.model;
  w.lines.linear("gate", {from}, model.experts, false);
  w.lines.add("gate_probabilities", LayerOp::softmax);
  LayerConfig& choice = w.lines.add("top_k", LayerOp::top_k);
  choice.top = static_cast<std::int32_t>(model.experts_per_token);
  choice.renormalise = model.normalised_weights;
  choice.skew = w.options.expert_skew;
  choice.capacity_factor = w.options.expert_capacity;
  const std::string routing = choice.name;
  LayerConfig& rows = w.lines.add("dispatch", LayerOp::moe_dispatch, {from});
  rows.routing = routing;
  const std::string sorted = rows.name;
  LayerConfig& gate_layer = add_experts(w, "experts_gate_proj", {sorted}, model.expert_width(), routing);
  gate_layer.act = activation_of(model.hidden_act);
  const std::string gate = gate_layer.name;
  const std::string up = add_experts(w, "experts_up_proj", {sorted}, model.expert_width(), routing).name;
  w.lines.add("experts_gated", LayerOp::mul, {gate, up});
  const std::string down = add_experts(w, "experts_down_proj", {}, model.hidden_size, routing).name;
  w.lines.add("combine", LayerOp::moe_combine, {down, routing}).routing = routing;
  if (model.shared_expert_size == 0) return;
  const std::string mixture = w.lines.last();
  w.lines.add("experts_add", LayerOp::add, {mixture, write_shared_expert(w, from)});
}

}  // namespace kiln::workload::hf
