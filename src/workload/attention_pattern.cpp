// SPDX-License-Identifier: MIT
#include "workload/attention_pattern.h"

#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "workload/layer_kind.h"
#include "workload/network.h"

namespace kiln::workload {
namespace {

using Order = std::vector<std::int32_t>;

/// One factor of a product of heads: where it comes from, in what shape.
struct Factor {
  std::string source;
  std::int64_t rows = 0, heads = 0, width = 0;
  double scale = 1;
};

class Finder {
 public:
  explicit Finder(const NetworkConfig& network) : network_(network) {
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      const LayerConfig& layer = network.layers[i];
      index_[layer.name] = i;
      from_.push_back(layer.from);
      if (layer.from.empty() && i > 0 && kind_of(layer.op).arity(layer).most > 0)
        from_.back() = {network.layers[i - 1].name};
      for (const std::string& name : from_.back()) ++readers_[name.substr(0, name.rfind(':'))];
    }
    for (const std::string& name : network.outputs) ++readers_[name];
  }

  /// The attention that ends in this layer, and the names of what it replaces.
  std::optional<LayerConfig> attention(const LayerConfig& last, std::set<std::string>& replaced) {
    used_.clear();
    if (last.op != LayerOp::reshape || last.shape.size() != 2) return {};
    const LayerConfig* merged = inner(input_of(last, 0));
    if (!is_transpose(merged, {1, 0, 2})) return {};
    const LayerConfig* values = inner(input_of(*merged, 0));
    if (!is_product(values)) return {};
    const LayerConfig* softmax = inner(input_of(*values, 0));
    if (softmax == nullptr || softmax->op != LayerOp::softmax || softmax->causal || !is_last(softmax->axis))
      return {};
    double scale = 1;
    const LayerConfig* scores = scaled(input_of(*softmax, 0), scale);
    if (!is_product(scores) && !is_product_of_rows(scores)) return {};
    const Order turned = scores->transpose_b ? Order{1, 0, 2} : Order{1, 2, 0};
    const auto q = factor(input_of(*scores, 0), {1, 0, 2}), k = factor(input_of(*scores, 1), turned),
               v = factor(input_of(*values, 1), {1, 0, 2});
    if (!q || !k || !v || !fits(*q, *k, *v, scale) || last.shape != made_by(*q, *v)) return {};
    if (!is_sequence(*q) || !is_sequence(*k) || !is_sequence(*v)) return {};
    replaced.insert(used_.begin(), used_.end());
    LayerConfig one;
    one.place = last.place;
    one.name = last.name;
    one.op = LayerOp::attention;
    one.from = {q->source, k->source, v->source};
    one.heads = static_cast<std::int32_t>(q->heads);
    return one;
  }

 private:
  static bool is_last(const std::optional<std::int32_t>& axis) { return !axis || *axis == 2 || *axis == -1; }
  static bool is_transpose(const LayerConfig* layer, const Order& order) {
    return layer != nullptr && layer->op == LayerOp::transpose && layer->order == order;
  }
  static bool is_product(const LayerConfig* layer) {
    return layer != nullptr && layer->op == LayerOp::matmul && !layer->transpose_a && !layer->transpose_b;
  }
  static bool is_product_of_rows(const LayerConfig* layer) {
    return layer != nullptr && layer->op == LayerOp::matmul && !layer->transpose_a && layer->transpose_b;
  }
  static bool fits(const Factor& q, const Factor& k, const Factor& v, double scale) {
    const double wanted = 1 / std::sqrt(static_cast<double>(q.width)), found = q.scale * k.scale * scale;
    return q.heads == k.heads && q.heads == v.heads && q.width == k.width && k.rows == v.rows &&
           v.scale == 1 && std::abs(found - wanted) < 1e-4 * wanted && q.source != k.source &&
           q.source != v.source && k.source != v.source;
  }
  static std::vector<std::int64_t> made_by(const Factor& q, const Factor& v) {
    return {q.rows, q.heads * v.width};
  }

  /// A row lies behind the other, so that cutting it into heads moves nothing; in a map channels are in
  /// front.
  bool is_sequence(const Factor& factor) {
    if (!shapes_) shapes_ = build_network(network_);
    const std::size_t colon = factor.source.rfind(':');
    const std::string name = index_.count(factor.source) > 0 ? factor.source : factor.source.substr(0, colon);
    if (index_.count(name) == 0) return false;
    const auto output = name == factor.source ? 0 : std::stoul(factor.source.substr(colon + 1));
    const std::vector<Shape>& outputs = shapes_->layers[index_.at(name)].outputs;
    return output < outputs.size() &&
           outputs[output] == Shape::tokens(factor.rows, factor.heads * factor.width);
  }

  std::string input_of(const LayerConfig& layer, std::size_t number) const {
    const std::vector<std::string>& from = from_[index_.at(layer.name)];
    return number < from.size() ? from[number] : "";
  }

  /// A layer that nothing else reads.
  const LayerConfig* inner(const std::string& name) {
    const auto found = index_.find(name);
    if (found == index_.end() || readers_[name] != 1) return nullptr;
    used_.insert(name);
    return &network_.layers[found->second];
  }

  /// What fixed numbers multiply or divide on the way to `name`.
  const LayerConfig* scaled(const std::string& name, double& scale) {
    const LayerConfig* layer = inner(name);
    while (layer != nullptr && layer->value && (layer->op == LayerOp::mul || layer->op == LayerOp::div) &&
           layer->act == Activation::none) {
      scale *= layer->op == LayerOp::mul ? *layer->value : 1 / *layer->value;
      layer = inner(input_of(*layer, 0));
    }
    return layer;
  }

  /// Rows of (heads, width), turned by `order`.
  std::optional<Factor> factor(const std::string& name, const Order& order) {
    Factor found;
    const LayerConfig* turned = scaled(name, found.scale);
    if (!is_transpose(turned, order)) return {};
    const LayerConfig* shaped = scaled(input_of(*turned, 0), found.scale);
    if (shaped == nullptr || shaped->op != LayerOp::reshape || shaped->shape.size() != 3) return {};
    found.source = input_of(*shaped, 0);
    found.rows = shaped->shape[0];
    found.heads = shaped->shape[1];
    found.width = shaped->shape[2];
    return found;
  }

  const NetworkConfig& network_;
  std::map<std::string, std::size_t> index_;
  std::vector<std::vector<std::string>> from_;
  std::map<std::string, int> readers_;
  std::set<std::string> used_;
  std::optional<Network> shapes_;
};

}  // namespace

NetworkConfig gather_attention(const NetworkConfig& network,
                               const std::function<bool(const std::string&)>& wanted) {
  NetworkConfig result = network;
  Finder finder(network);
  std::set<std::string> replaced;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    if (!wanted(network.layers[i].name)) continue;
    if (auto found = finder.attention(network.layers[i], replaced)) result.layers[i] = std::move(*found);
  }
  if (replaced.empty()) return result;
  // What reads the layer in front of it by default may lose it.
  for (std::size_t i = 1; i < result.layers.size(); ++i) {
    LayerConfig& layer = result.layers[i];
    if (layer.from.empty() && kind_of(layer.op).arity(layer).most > 0)
      layer.from = {network.layers[i - 1].name};
  }
  std::erase_if(result.layers, [&](const LayerConfig& layer) { return replaced.count(layer.name) > 0; });
  return result;
}

}  // namespace kiln::workload
