// SPDX-License-Identifier: MIT
// All operators of a model in order: inputs, outputs, and what is said of those that have no layer.
#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "workload/layer_kind.h"
#include "workload/onnx/emitter.h"

namespace kiln::workload::onnx {
namespace {

EmitRule emitter_of(std::string_view op) {
  for (const auto family :
       {window_emitter, product_emitter, norm_emitter, layout_emitter, elementwise_emitter})
    if (const EmitRule rule = family(op); rule != nullptr) return rule;
  return nullptr;
}

/// The layer that a `from` names: without the number of an output.
std::string layer_in(const std::string& name) {
  return name.substr(0, name.rfind(':'));
}

/// Lines whose values went another way, such as a transpose that became a key of a product. Then leaves out
/// what a layer reads where it is the layer before.
void drop_unread(NetworkConfig& network) {
  std::set<std::string> read;
  for (const std::string& output : network.outputs) read.insert(layer_in(output));
  std::vector<LayerConfig> kept;
  for (std::size_t i = network.layers.size(); i-- > 0;) {
    LayerConfig& layer = network.layers[i];
    if (read.count(layer.name) == 0) continue;
    for (const std::string& name : layer.from) read.insert(layer_in(name));
    kept.push_back(std::move(layer));
  }
  network.layers.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  std::string before = "input";
  for (LayerConfig& layer : network.layers) {
    if (layer.from.size() == 1 && layer.from[0] == before) layer.from.clear();
    before = layer.name;
  }
}

}  // namespace

/// Convolutions and what goes with them have the channels first; products, norms and recurrences last.
bool Emitter::goes_over_volume(ValueId id) const {
  static const std::set<std::string> kWindows = {"Conv", "MaxPool", "AveragePool", "GlobalAveragePool"};
  const auto found = consumers_.find(id);
  return found != consumers_.end() && kWindows.count(found->second.front()->op) > 0;
}

bool Emitter::channels_first(ValueId id) const {
  static const std::set<std::string> kPasses = {"Identity", "Cast", "QuantizeLinear", "DequantizeLinear"};
  static const std::set<std::string> kLast = {"MatMul", "LayerNormalization", "Transpose", "Gemm", "LSTM",
                                              "GRU",    "RMSNormalization",   "Attention"};
  constexpr int kFarthest = 16;
  for (int i = 0; i < kFarthest; ++i) {
    const auto found = consumers_.find(id);
    if (found == consumers_.end()) return true;
    for (const FlatNode* reader : found->second)
      if (kLast.count(reader->op) > 0) return false;
    const FlatNode* first = found->second.front();
    if (kPasses.count(first->op) == 0) return true;
    id = first->outputs[0];
  }
  return true;
}

void Emitter::add_main_input(ValueId id) {
  const Dims dims = sample(id);
  InputConfig& input = result_.network.input;
  bool written = true;  // the extents are those of the model, up to 1s
  if (dims.size() == 1) {
    const bool indices = !is_real(value(id).type);
    input = indices ? InputConfig{1, dims[0], 1} : InputConfig{dims[0], 1, 1};
  } else if (dims.size() <= 3 && channels_first(id)) {
    input = {dims[0], dims[1], dims.size() == 3 ? dims[2] : 1};
  } else if (dims.size() == 4 && goes_over_volume(id)) {
    input = {dims[0], dims[2], dims[3], dims[1]};
  } else {
    input = {dims.back(), dims[0], product_before(dims, static_cast<int>(dims.size()) - 1) / dims[0]};
    written = false;
  }
  const Shape shape = input.shape();
  builder_ = std::make_unique<NetworkBuilder>(result_.network.name, shape);
  Place here{"input", shape, -1};
  if (!written) {
    LayerConfig last;
    last.name = unique("channels_last");
    last.op = LayerOp::transpose;
    last.order = {1, 2, 0};
    here = add(last, {here});
  }
  places_[id] = here;
}

void Emitter::add_inputs() {
  bool main = true;
  for (const ValueId id : graph_.inputs) {
    if (readers_[static_cast<std::size_t>(id)] == 0 || value(id).fixed) continue;
    if (main) {
      add_main_input(id);
      main = false;
      continue;
    }
    LayerConfig config;
    config.name = unique(clean_name(value(id).name).empty() ? "more" : clean_name(value(id).name));
    config.op = LayerOp::input;
    config.shape = sample(id);
    const bool indices = !is_real(value(id).type) && config.shape.size() == 1;
    if (indices) config.shape.insert(config.shape.begin(), 1);
    if (config.shape.size() > 1 && (indices || channels_first(id))) config.axis = 0;
    places_[id] = add(config, {});
  }
  if (main) refuse("no operator reads an input of the model: there is nothing to train on");
}

void Emitter::emit(const FlatNode& node) {
  if (skipped_.count(&node) > 0) return;
  const EmitRule rule = emitter_of(node.op);
  if (rule == nullptr) refuse("has no layer in Kiln");
  const bool reads = !node.inputs.empty() || node.op == "Host";
  if (!reads || node.outputs.empty() || node.outputs[0] == kAbsent) refuse("has no input or no first output");
  for (const ValueId input : node.inputs)
    if (input != kAbsent && !value(input).dims)
      refuse(fmt::format("the shape of '{}' is not known", value(input).name));
  for (const auto* list : {&node.inputs, &node.outputs})
    for (const ValueId id : *list)
      if (id != kAbsent && value(id).dims && !value(id).fixed && elements_of(*value(id).dims) < 1)
        refuse(fmt::format("has a value of {}, which holds nothing", text_of(*value(id).dims)));
  rule(*this, node);
  check(node);
}

/// The network has to say of a value what the model says: a fault of an importer rule, or of the file.
void Emitter::check(const FlatNode& node) const {
  for (const ValueId output : node.outputs) {
    const auto found = output == kAbsent ? places_.end() : places_.find(output);
    if (found == places_.end()) continue;
    const Dims wanted = sample(output);
    if (found->second.shape.elements() != elements_of(wanted))
      refuse(fmt::format("gives {} in Kiln where the model has {}", found->second.shape.text(),
                         text_of(wanted)));
  }
}

/// Last states, and what only joins and reshapes them.
void Emitter::note_states() {
  static const std::set<std::string> kPasses = {"Concat",    "Unsqueeze", "Squeeze", "Reshape",
                                                "Transpose", "Identity",  "Cast"};
  for (const FlatNode& node : graph_.nodes) {
    const bool recurrent = node.op == "LSTM" || node.op == "GRU";
    if (recurrent)
      for (std::size_t i = 1; i < node.outputs.size(); ++i) states_.insert(node.outputs[i]);
    if (kPasses.count(node.op) == 0 || node.outputs.empty()) continue;
    bool any = false, all = true;
    for (const ValueId input : node.inputs) {
      if (input == kAbsent || value(input).fixed) continue;
      any = true;
      all = all && states_.count(input) > 0;
    }
    if (any && all) states_.insert(node.outputs[0]);
  }
  states_.erase(kAbsent);
}

/// Chooses what is trained among the model's outputs.
void Emitter::choose_outputs() {
  std::vector<ValueId> chosen;
  std::vector<std::string> names;
  for (const ValueId id : graph_.outputs) {
    const std::string& name = value(id).name;
    names.push_back(name);
    if (!options_.heads.empty()) {
      if (std::find(options_.heads.begin(), options_.heads.end(), name) != options_.heads.end())
        chosen.push_back(id);
      continue;
    }
    if (value(id).fixed)
      note(fmt::format("output '{}' is a constant and not trained", name));
    else if (value(id).type != ElementType::undefined && !is_real(value(id).type))
      note(fmt::format("output '{}' is not of floating point and not trained", name));
    else if (states_.count(id) > 0)
      note(fmt::format("output '{}' hands the last state of a recurrent layer on and is not trained", name));
    else
      chosen.push_back(id);
  }
  for (const std::string& wanted : options_.heads)
    if (std::find(names.begin(), names.end(), wanted) == names.end())
      throw base::ConfigError(
          {path_, 0, 0}, "heads",
          fmt::format("no output is called '{}'{}", wanted, base::suggestion(wanted, names)));
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  if (chosen.empty())
    throw base::ConfigError({path_, 0, 0}, "outputs", "the model has no output of floating point to train");
  graph_.outputs = chosen;
}

void Emitter::find_readers() {
  live_ = graph_.live_nodes();
  std::erase_if(live_, [&](int i) {  // what follows from the file alone is no layer
    const FlatNode& node = graph_.nodes[static_cast<std::size_t>(i)];
    return node.problem.empty() && std::all_of(node.outputs.begin(), node.outputs.end(), [&](ValueId output) {
             return output == kAbsent || value(output).fixed;
           });
  });
  readers_ = graph_.readers(live_);
  for (const int i : live_)
    for (const ValueId input : graph_.nodes[static_cast<std::size_t>(i)].inputs)
      if (input != kAbsent) consumers_[input].push_back(&graph_.nodes[static_cast<std::size_t>(i)]);
}

void Emitter::complain(const FlatNode& node, const std::string& why) {
  constexpr std::size_t kMost = 50;
  if (problems_.size() < kMost)
    problems_.push_back({{path_, 0, 0}, fmt::format("{} '{}'", node.op, node.name), why});
}

void Emitter::emit_all() {
  for (const int i : live_) {
    const FlatNode& node = graph_.nodes[static_cast<std::size_t>(i)];
    const bool follows = std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
      return input != kAbsent && !value(input).fixed && places_.count(input) == 0;
    });
    if (follows && !problems_.empty()) continue;  // one mistake, one message
    try {
      emit(node);
    } catch (const NodeError& error) {
      complain(node, error.message);
    } catch (const Misfit& misfit) {
      complain(node, fmt::format("{} ({})", misfit.message, misfit.key));
    } catch (const std::out_of_range& error) {
      complain(node, error.what());
    }
  }
}

/// Throws when there is anything to say, and what to do about it.
void Emitter::refuse_problems() {
  if (problems_.empty()) return;
  problems_.push_back(
      {{path_, 0, 0},
       "",
       fmt::format("leave an operator out with --treat NAME=identity|elementwise|host (the name in "
                   "quotes above); supported are {}",
                   base::join(supported_operators(), ", "))});
  throw base::ConfigError(std::move(problems_));
}

void Emitter::name_outputs() {
  NetworkConfig& network = result_.network;
  for (const ValueId output : graph_.outputs) {
    const auto found = places_.find(output);
    if (found == places_.end() || found->second.layer < 0)
      throw base::ConfigError(
          {path_, 0, 0}, "outputs",
          fmt::format("output '{}' is no layer's: it is an input, or a constant", value(output).name));
    network.outputs.push_back(found->second.name);
  }
  std::sort(network.outputs.begin(), network.outputs.end());
  network.outputs.erase(std::unique(network.outputs.begin(), network.outputs.end()), network.outputs.end());
  drop_unread(network);
  if (network.outputs.size() == 1 && network.outputs[0] == network.layers.back().name)
    network.outputs.clear();
}

Imported Emitter::run() {
  note_states();
  choose_outputs();
  find_readers();
  const std::string stem = clean_name(std::filesystem::path(path_).stem().string());
  result_.network.name = stem.empty() ? "model" : stem;
  for (const int i : live_) {
    const FlatNode& node = graph_.nodes[static_cast<std::size_t>(i)];
    if (!node.problem.empty()) complain(node, node.problem);
  }
  refuse_problems();  // layers would only repeat what is missing
  try {
    add_inputs();
  } catch (const NodeError& error) {
    throw base::ConfigError({path_, 0, 0}, "", error.message);
  } catch (const Misfit& misfit) {
    throw base::ConfigError({path_, 0, 0}, misfit.key, misfit.message);
  } catch (const std::out_of_range& error) {
    throw base::ConfigError({path_, 0, 0}, "inputs", error.what());
  }
  emit_all();
  refuse_problems();
  name_outputs();
  if (shared_weights_ > 0)
    note(fmt::format("{} layers read weights that another one reads, too; each has its own here",
                     shared_weights_));
  result_.operators = static_cast<std::int64_t>(live_.size());
  return std::move(result_);
}

std::vector<std::string> supported_operators() {
  static constexpr std::string_view kAll[] = {"Abs",
                                              "Add",
                                              "Attention",
                                              "AveragePool",
                                              "BatchNormalization",
                                              "Cast",
                                              "Clip",
                                              "Concat",
                                              "Conv",
                                              "ConvTranspose",
                                              "Cos",
                                              "DepthToSpace",
                                              "DequantizeLinear",
                                              "Div",
                                              "Dropout",
                                              "Elu",
                                              "Erf",
                                              "Exp",
                                              "Expand",
                                              "Flatten",
                                              "GRU",
                                              "Gather",
                                              "Gelu",
                                              "Gemm",
                                              "GlobalAveragePool",
                                              "GlobalMaxPool",
                                              "GroupNormalization",
                                              "HardSigmoid",
                                              "HardSwish",
                                              "Identity",
                                              "If",
                                              "InstanceNormalization",
                                              "LSTM",
                                              "LayerNormalization",
                                              "LeakyRelu",
                                              "Log",
                                              "LogSoftmax",
                                              "MatMul",
                                              "MaxPool",
                                              "Mean",
                                              "Mish",
                                              "Mul",
                                              "Neg",
                                              "Pad",
                                              "Pow",
                                              "QuantizeLinear",
                                              "RMSNormalization",
                                              "Reciprocal",
                                              "ReduceL2",
                                              "ReduceMax",
                                              "ReduceMean",
                                              "ReduceSum",
                                              "ReduceSumSquare",
                                              "Relu",
                                              "Reshape",
                                              "Resize",
                                              "Sigmoid",
                                              "Sin",
                                              "Slice",
                                              "Softmax",
                                              "Softplus",
                                              "SpaceToDepth",
                                              "Split",
                                              "Sqrt",
                                              "Squeeze",
                                              "Sub",
                                              "Sum",
                                              "Swish",
                                              "Tanh",
                                              "Tile",
                                              "Transpose",
                                              "Unsqueeze",
                                              "Upsample",
                                              "Where"};
  std::vector<std::string> names;
  for (const std::string_view op : kAll)
    if (op == "If" || emitter_of(op) != nullptr) names.emplace_back(op);
  return names;
}

}  // namespace kiln::workload::onnx
