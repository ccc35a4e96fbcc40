// SPDX-License-Identifier: MIT
// Matrix products, recurrent layers, attention and reductions as layers.
#include <algorithm>

#include "base/error.h"
#include "workload/onnx/emitter.h"
#include "workload/onnx/slice_of.h"

namespace kiln::workload::onnx {
namespace {

/// What a linear layer reads: the features are the channels. A map whose values all become features lies as
/// it is: the rows of the weights are in its order then.
Place features_of(Emitter& e, const FlatNode& node, ValueId id, std::int64_t features) {
  const Place& here = e.place(id);
  const Dims dims = e.sample(id);
  const int last = static_cast<int>(dims.size()) - 1;
  const bool single = here.shape.elements() == features;
  if (single && here.shape.channels() == features) return here;
  if (single) {
    LayerConfig flatten = e.layer(node, LayerOp::flatten);
    flatten.name += ".flat";
    return e.add(flatten, {here});
  }
  const bool written = here.shape.extents() == dims;
  const bool lies = here.shape.channels() == features &&
                    (written ? here.shape.channel_axis() == last : here.shape.lies_like(Shape(dims, last)));
  return lies ? here : e.shaped(id, last);
}

/// `turned`: weights are (in, out), not (out, in).
void linear(Emitter& e, const FlatNode& node, ValueId input, ValueId weights, std::int64_t in,
            std::int64_t out, ValueId bias, bool turned) {
  LayerConfig config = e.layer(node, LayerOp::linear, weights);
  config.out = out;
  config.bias = bias != kAbsent;
  const std::string table = e.table_of(weights);
  if (!table.empty() && bias == kAbsent)
    config.tied = table;
  else
    e.count(weights);
  if (bias != kAbsent) e.count(bias);
  const double alpha = node.op == "Gemm" ? node.attributes.real("alpha", 1) : 1;
  WeightSource source{config.name, PartKind::weight, weights, turned, alpha, 0};
  if (const Shape& map = e.place(input).shape; map.elements() == in && map.channels() != in) {
    source.map = map.extents();
    source.channel_axis = map.channel_axis();
  }
  if (config.tied.empty()) e.bind(std::move(source));
  if (bias != kAbsent) e.bind({config.name, PartKind::bias, bias, false, node.attributes.real("beta", 1), 0});
  e.set(node.outputs[0], e.add(config, {features_of(e, node, input, in)}));
}

void gemm(Emitter& e, const FlatNode& node) {
  if (node.attributes.integer("transA", 0) != 0) refuse("transA over samples is not supported");
  const Value& b = e.fixed(node, 1, "weights of a Gemm");
  const bool turned = node.attributes.integer("transB", 0) != 0;
  const std::int64_t in = (*b.dims)[turned ? 1 : 0], out = (*b.dims)[turned ? 0 : 1];
  ValueId bias = kAbsent;
  if (node.has(2)) {
    const Value& c = e.fixed(node, 2, "the addend of a Gemm");
    if (elements_of(*c.dims) != out)
      refuse(fmt::format("an addend of {} for {} outputs", text_of(*c.dims), out));
    bias = node.inputs[2];
  }
  linear(e, node, node.inputs[0], node.inputs[1], in, out, bias, !turned);
}

/// Weights stand in front: W X, over the axis before the last, which has to be the channels then.
void left_weights(Emitter& e, const FlatNode& node) {
  const Dims& w = *e.value(node.inputs[0]).dims;
  const ValueId x = node.inputs[1];
  const Dims dims = e.sample(x);
  if (w.size() < 2 || dims.size() < 2) refuse("multiplies a vector of weights");
  if (elements_of(w) != w.back() * w[w.size() - 2]) refuse("multiplies several matrices of weights");
  LayerConfig config = e.layer(node, LayerOp::linear, node.inputs[0]);
  config.out = w[w.size() - 2];
  config.bias = false;
  e.count(node.inputs[0]);
  e.bind({config.name, PartKind::weight, node.inputs[0], false, 1, 0});
  e.set(node.outputs[0], e.add(config, {e.shaped(x, static_cast<int>(dims.size()) - 2)}));
}

/// The input of a Transpose that changes the last two axes alone, when only this product reads it.
ValueId turned(Emitter& e, ValueId id) {
  const FlatNode* node = e.graph().producer(id);
  if (node == nullptr || node->op != "Transpose" || e.only_reader(id) == nullptr) return kAbsent;
  std::vector<std::int64_t> order = order_of(Shaper(e.graph(), *node));
  if (order.size() < 2) return kAbsent;
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return std::is_sorted(order.begin(), order.end()) ? node->inputs[0] : kAbsent;
}

void matmul(Emitter& e, const FlatNode& node) {
  if (e.is_fixed(node, 0)) return left_weights(e, node);
  const Dims& b = *e.value(node.inputs[1]).dims;
  if (e.is_fixed(node, 1)) {
    const bool one = b.size() >= 2 && elements_of(b) == b[b.size() - 1] * b[b.size() - 2];
    if (!one) refuse(fmt::format("weights of {}: several matrices, or a vector", text_of(b)));
    return linear(e, node, node.inputs[0], node.inputs[1], b[b.size() - 2], b.back(), kAbsent, true);
  }
  LayerConfig config = e.layer(node, LayerOp::matmul);
  const ValueId straight = turned(e, node.inputs[1]);
  config.transpose_b = straight != kAbsent;
  const Place left = e.shaped(node.inputs[0]);
  const Place right = e.shaped(straight != kAbsent ? straight : node.inputs[1]);
  e.set(node.outputs[0], e.add(config, {left, right}));
}

/// Whether its numbers do here what they do in the model: Kiln's GRU resets the state behind the product with
/// the recurrent weights, as cuDNN's and PyTorch's do.
bool is_standard_cell(const FlatNode& node) {
  for (const char* other : {"activations", "activation_alpha", "clip"})
    if (node.attributes.find(other) != nullptr) return false;
  if (node.op == "LSTM") return !node.has(7) && node.attributes.integer("input_forget", 0) == 0;
  return node.attributes.integer("linear_before_reset", 0) != 0;
}

/// One recurrent node: its layers share a name.
class Recurrent {
 public:
  Recurrent(Emitter& e, const FlatNode& node)
      : e_(e),
        node_(node),
        name_(e.layer(node, LayerOp::lstm, node.inputs[1]).name),
        way_(node.attributes.text("direction", "forward")) {}

  void emit() {
    const std::vector<Place> from = inputs();
    std::vector<Place> ways;
    if (way_ != "reverse") ways.push_back(direction(false, from));
    if (way_ != "forward") ways.push_back(direction(true, from));
    if (node_.outputs[0] != kAbsent) e_.set(node_.outputs[0], joined(ways, ".both"));
    if (node_.outputs.size() < 2 || node_.outputs[1] == kAbsent || !e_.is_read(node_.outputs[1])) return;
    std::vector<Place> states;
    for (std::size_t i = 0; i < ways.size(); ++i) {
      const bool reverse = way_ == "reverse" || i == 1;
      LayerConfig config;
      config.op = LayerOp::select;
      config.name = name_ + (i == 0 ? ".state" : ".state_backward");
      config.token = reverse ? TokenPick::first : TokenPick::last;
      states.push_back(e_.add(config, {ways[i]}));
    }
    e_.set(node_.outputs[1], joined(states, ".states"));
  }

 private:
  bool both() const { return way_ == "bidirectional"; }

  /// The sequence, and states in front of the first step that depend on the data.
  std::vector<Place> inputs() {
    const Dims dims = e_.sample(node_.inputs[0]);
    std::vector<Place> from = {features_of(e_, node_, node_.inputs[0], dims.back())};
    if (dims.size() > 1 && from[0].shape.height() != dims[0])
      from[0] = e_.shaped(node_.inputs[0], static_cast<int>(dims.size()) - 1);
    for (const std::size_t i : {std::size_t{5}, std::size_t{6}}) {
      if (!node_.has(i) || e_.is_fixed(node_, i)) continue;
      if (both()) refuse("is bidirectional with initial states that depend on the data");
      from.push_back(e_.at(node_, i));
    }
    return from;
  }

  Place direction(bool reverse, const std::vector<Place>& from) {
    LayerConfig config;
    config.op = node_.op == "LSTM" ? LayerOp::lstm : LayerOp::gru;
    config.name = both() ? name_ + (reverse ? ".backward" : ".forward") : name_;
    config.out = e_.value(node_.inputs[2]).dims->back();
    config.reverse = reverse;
    if (!node_.has(3)) config.bias = false;
    if (is_standard_cell(node_)) bind(config, reverse && both() ? 1 : 0);
    return e_.add(config, from);
  }

  /// Gates lie in the order in which ONNX has them: input, output, forget, cell; update, reset, hidden.
  void bind(const LayerConfig& config, int way) {
    const std::vector<int> order =
        config.op == LayerOp::lstm ? std::vector{0, 2, 3, 1} : std::vector{1, 0, 2};
    const int gates = static_cast<int>(order.size()), ways = both() ? 2 : 1;
    const auto part = [&](PartKind kind, std::size_t input, int sets, int set) {
      if (!node_.has(input)) return;
      WeightSource source{config.name, kind, node_.inputs[input]};
      source.blocks = ways * sets * gates;
      for (const int gate : order) source.taken.push_back((way * sets + set) * gates + gate);
      e_.bind(std::move(source));
    };
    part(PartKind::weight, 1, 1, 0);
    part(PartKind::recurrent_weight, 2, 1, 0);
    part(PartKind::bias, 3, 2, 0);
    part(PartKind::recurrent_bias, 3, 2, 1);
  }

  Place joined(const std::vector<Place>& parts, const char* suffix) {
    if (parts.size() == 1) return parts[0];
    LayerConfig config;
    config.op = LayerOp::concat;
    config.name = name_ + suffix;
    config.axis = -1;
    return e_.add(config, parts);
  }

  Emitter& e_;
  const FlatNode& node_;
  std::string name_, way_;
};

void recurrent(Emitter& e, const FlatNode& node) {
  e.fixed(node, 1, "weights");
  e.fixed(node, 2, "recurrent weights");
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}})
    if (node.has(i)) e.count(node.inputs[i]);
  if (node.has(7)) e.note("peephole weights of an LSTM are not modelled");
  if (!is_standard_cell(node))
    e.note(
        "the cell is another than Kiln's (a GRU with linear_before_reset: 0, other activations, a clip, "
        "peepholes), of about the same cost: it begins with random weights");
  if (node.has(4)) e.note("lengths of sequences are not modelled: every step is computed");
  Recurrent(e, node).emit();
}

/// Opset 23 with (N, T, H h).
void attention(Emitter& e, const FlatNode& node) {
  if (e.sample(node.inputs[0]).size() != 2) refuse("reads queries of (samples, tokens, features) only");
  if (node.has(3)) e.note("the mask of an Attention is not modelled: the whole product is computed");
  if (node.has(4) || node.has(5)) refuse("has a cache of keys and values, which training has not");
  LayerConfig scores = e.layer(node, LayerOp::attention_scores);
  const std::string name = scores.name;
  scores.name += ".scores";
  const auto heads = [&](std::string_view attribute) {
    const std::int64_t number = node.attributes.integer(attribute, 1);
    if (number < 1 || number > 4096) refuse(fmt::format("{} of {}", attribute, number));
    return static_cast<std::int32_t>(number);
  };
  scores.heads = heads("q_num_heads");
  const std::int32_t kv_heads = heads("kv_num_heads");
  if (kv_heads != scores.heads) scores.kv_heads = kv_heads;
  scores.causal = node.attributes.integer("is_causal", 0) != 0;
  const Place made = e.add(scores, {e.shaped(node.inputs[0], 1), e.shaped(node.inputs[1], 1)});
  LayerConfig values;
  values.op = LayerOp::attention_values;
  values.name = name;
  e.set(node.outputs[0], e.add(values, {made, e.shaped(node.inputs[2], 1)}));
}

/// Axes of one sample that a reduction goes over.
std::vector<std::int32_t> reduced_axes(Emitter& e, const FlatNode& node) {
  const Shaper shaper(e.graph(), node);
  std::vector<std::int64_t> axes = shaper.integers("axes", 1);
  const ValueId id = node.inputs[0];
  std::vector<std::int32_t> own;
  if (axes.empty())
    for (int i = 0; i < shaper.rank(0); ++i)
      if (e.graph().sample_axis(id, i) >= 0) axes.push_back(i);
  for (const std::int64_t axis : axes) own.push_back(e.sample_axis(id, axis));
  std::sort(own.begin(), own.end());
  return own;
}

/// Are these all rows and columns of a map?
bool all_positions(const Shape& shape, const std::vector<std::int32_t>& axes) {
  return shape.is_map() && static_cast<int>(axes.size()) == shape.rank() - 1 && axes[0] == 1;
}

Place mean(Emitter& e, const FlatNode& node, const Place& from, const std::vector<std::int32_t>& axes,
           const char* suffix) {
  const bool all = all_positions(from.shape, axes);
  LayerConfig config = e.layer(node, all ? LayerOp::global_pool : LayerOp::reduce_mean);
  config.name += suffix;
  if (!all) config.axes = axes;
  return e.add(config, {from});
}

void reduce_mean(Emitter& e, const FlatNode& node) {
  const std::vector<std::int32_t> axes = reduced_axes(e, node);
  e.set(node.outputs[0], mean(e, node, e.shaped(node.inputs[0]), axes, ""));
}

Place scaled(Emitter& e, const FlatNode& node, const Place& from, double value, const char* suffix) {
  LayerConfig config = e.layer(node, LayerOp::mul);
  config.name += suffix;
  config.value = value;
  return e.add(config, {from});
}

Place applied(Emitter& e, const FlatNode& node, const Place& from, Activation act, const char* suffix) {
  LayerConfig config = e.layer(node, LayerOp::activation);
  config.name += suffix;
  config.act = act;
  return e.add(config, {from});
}

/// A sum is the mean of n times n; of squares, and their root, likewise.
void reduce_sum(Emitter& e, const FlatNode& node) {
  const std::vector<std::int32_t> axes = reduced_axes(e, node);
  Place from = e.shaped(node.inputs[0]);
  double count = 1;
  for (const std::int32_t axis : axes) count *= static_cast<double>(from.shape.extent(axis));
  const bool squares = node.op == "ReduceSumSquare" || node.op == "ReduceL2";
  if (squares) from = applied(e, node, from, Activation::square, ".squares");
  Place sum = scaled(e, node, mean(e, node, from, axes, ".mean"), count, node.op == "ReduceL2" ? ".sum" : "");
  if (node.op == "ReduceL2") sum = applied(e, node, sum, Activation::square_root, "");
  e.set(node.outputs[0], sum);
}

void reduce_max(Emitter& e, const FlatNode& node) {
  const std::vector<std::int32_t> axes = reduced_axes(e, node);
  const Place from = e.shaped(node.inputs[0]);
  if (!all_positions(from.shape, axes)) refuse("goes over something else than rows and columns of a map");
  e.set(node.outputs[0], largest(e, node, from));
}

}  // namespace

EmitRule product_emitter(std::string_view op) {
  if (op == "Gemm") return gemm;
  if (op == "MatMul") return matmul;
  if (op == "LSTM" || op == "GRU") return recurrent;
  if (op == "Attention") return attention;
  if (op == "ReduceMean") return reduce_mean;
  if (op == "ReduceSum" || op == "ReduceSumSquare" || op == "ReduceL2") return reduce_sum;
  if (op == "ReduceMax") return reduce_max;
  return nullptr;
}

}  // namespace kiln::workload::onnx
