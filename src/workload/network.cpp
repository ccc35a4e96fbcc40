// SPDX-License-Identifier: MIT
#include "workload/network.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <stdexcept>

#include "base/error.h"
#include "base/text.h"
#include "workload/bounded.h"
#include "workload/layer_kind.h"

namespace kiln::workload {
namespace {

void require_countable(const Shape& shape) {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape.extents()) product = bounded_product({product, extent});
}

void add_norm(Layer& layer) {
  layer.parts.push_back({PartKind::scale, {layer.out.channels()}});
  layer.parts.push_back({PartKind::shift, {layer.out.channels()}});
}

void require_arity(const Layer& layer, const Arity& arity) {
  const auto count = static_cast<int>(layer.inputs.size());
  if (count >= arity.least && count <= arity.most) return;
  const std::string allowed = arity.most == kAnyNumber ? "takes two or more layers"
                              : arity.most == 0        ? "takes no layer"
                              : arity.least < arity.most
                                  ? fmt::format("takes {} to {} layers", arity.least, arity.most)
                              : arity.least == 2 ? "takes exactly two layers"
                                                 : "takes one layer";
  throw Misfit{"from", fmt::format("{}, {} given", allowed, count)};
}

/// What a layer has from its line before anything is inferred.
Layer layer_of(const LayerConfig& config) {
  Layer layer;
  layer.name = config.name;
  layer.op = config.op;
  layer.norm = config.norm;
  layer.act = config.act;
  layer.epsilon = config.epsilon;
  layer.trained = config.trained;
  return layer;
}

/// All layers of a configuration; notes every one that does not fit.
class Resolver {
 public:
  explicit Resolver(const NetworkConfig& config)
      : config_(config), builder_(config.name, config.input.shape(), config.loss) {}

  Network run() {
    for (const LayerConfig& layer : config_.layers) try_to_resolve(layer);
    if (!problems_.empty()) throw base::ConfigError(problems_);
    Network network = finish();
    refuse_unread_layers(network);
    if (!problems_.empty()) throw base::ConfigError(problems_);
    return network;
  }

 private:
  /// A layer that does not fit is noted and its readers are passed over: one mistake, one message.
  void try_to_resolve(const LayerConfig& layer) {
    try {
      previous_fits_ = !reads_unfit(layer);
      if (previous_fits_) builder_.add(layer);
    } catch (const Misfit& misfit) {
      complain(layer, "." + misfit.key, misfit.message);
      previous_fits_ = false;
    } catch (const std::out_of_range& too_large) {
      complain(layer, "", too_large.what());
      previous_fits_ = false;
    }
    if (!previous_fits_) unfit_.insert(layer.name);
  }

  void complain(const LayerConfig& layer, const std::string& key, std::string message) {
    problems_.push_back({layer.place, fmt::format("layers.{}{}", layer.name, key), std::move(message)});
  }

  bool reads_unfit(const LayerConfig& config) const {
    if (unfit_.count(config.tied) > 0 || unfit_.count(config.routing) > 0) return true;
    if (config.from.empty()) return !previous_fits_ && kind_of(config.op).arity(config).most > 0;
    return std::any_of(config.from.begin(), config.from.end(), [&](const std::string& name) {
      return unfit_.count(name) > 0 || unfit_.count(name.substr(0, name.rfind(':'))) > 0;
    });
  }

  Network finish() {
    try {
      return builder_.take(config_.outputs);
    } catch (const Misfit& misfit) {
      throw base::ConfigError({}, misfit.key, misfit.message);
    }
  }

  /// A layer nobody reads would get no gradient; only outputs feed the loss.
  void refuse_unread_layers(const Network& network) {
    std::set<int> read;
    for (const Layer& layer : network.layers)
      for (const ValueRef& input : layer.inputs) read.insert(input.layer);
    for (const ValueRef& output : network.outputs) read.insert(output.layer);
    for (int i = 0; i < static_cast<int>(network.layers.size()); ++i) {
      if (read.count(i) == 0)
        complain(config_.layers[static_cast<std::size_t>(i)], "",
                 "no later layer reads its output; name it in the `from` of one, or remove it");
    }
  }

  const NetworkConfig& config_;
  NetworkBuilder builder_;
  std::set<std::string> unfit_;
  bool previous_fits_ = true;
  std::vector<base::Problem> problems_;
};

}  // namespace

void require(bool condition, const char* key, const std::string& message) {
  if (!condition) throw Misfit{key, message};
}

const Layer* Inference::source(std::size_t number) const {
  const int at = layer.inputs[number].layer;
  return at == kNetworkInput ? nullptr : &network.layers[at];
}

void Inference::require_whole(std::size_t number) const {
  const Layer* from = source(number);
  if (from == nullptr || from->outputs.size() == 1) return;
  require(
      number < config.from.size() && config.from[number] != from->name, "from",
      fmt::format("'{}' has {} outputs, and only attention reads a split output by its bare name; name one, "
                  "for example '{}:0'",
                  from->name, from->outputs.size(), from->name));
}

ValueRef Inference::find(const std::string& name, const char* key) const {
  if (name == "input") return {};
  const auto named = [&](const std::string& wanted) {
    const auto found = index.find(wanted);
    return found == index.end() ? kNetworkInput : found->second;
  };
  if (const int whole = named(name); whole != kNetworkInput) return {whole, 0};
  const std::size_t colon = name.rfind(':');
  if (colon != std::string::npos) {
    const int layer_index = named(name.substr(0, colon));
    int output = -1;
    const char *first = name.data() + colon + 1, *last = name.data() + name.size();
    const auto [end, error] = std::from_chars(first, last, output);
    if (layer_index != kNetworkInput && error == std::errc() && end == last) {
      const std::size_t outputs = network.layers[layer_index].outputs.size();
      require(output >= 0 && output < static_cast<int>(outputs), key,
              fmt::format("'{}': the layer has outputs 0 to {}", name, outputs - 1));
      return {layer_index, output};
    }
  }
  std::vector<std::string> known{"input"};
  for (const Layer& earlier : network.layers) known.push_back(earlier.name);
  const std::string near = base::nearest_name(name, known);
  throw Misfit{key, fmt::format("no earlier layer is called '{}'{}", name,
                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near))};
}

int Inference::axis(const Shape& shape, int fallback) const {
  if (!config.axis) return fallback;
  const int axis = *config.axis < 0 ? *config.axis + shape.rank() : *config.axis;
  require(axis >= 0 && axis < shape.rank(), "axis",
          fmt::format("{} is no axis of a value of {}; allowed: 0 to {}, or -{} to -1", *config.axis,
                      shape.text(), shape.rank() - 1, shape.rank()));
  return axis;
}

void Inference::own(PartKind kind, std::vector<std::int64_t> extents) const {
  std::int64_t product = 1;
  for (const std::int64_t extent : extents) product = bounded_product({product, extent});
  if (product > 0) layer.parts.push_back({kind, std::move(extents)});
}

void Inference::set_output(Shape shape) const {
  layer.out = shape;
  layer.outputs = {std::move(shape)};
}

std::int64_t forward_macs(const Operation& operation) {
  if (const auto* recurrent = std::get_if<Recurrence>(&operation))
    return forward_macs(RecurrentInput{*recurrent}) + forward_macs(RecurrentStep{*recurrent});
  const Gemm gemm = gemm_of(operation, Derivative::none, 1);
  return bounded_product({gemm.m, gemm.n, gemm.k, gemm.repeats});
}

NetworkBuilder::NetworkBuilder(std::string name, Shape input, LossKind loss) {
  network_.name = std::move(name);
  network_.input = std::move(input);
  network_.loss = loss;
}

const Layer& NetworkBuilder::add(const LayerConfig& config) {
  require(!config.name.empty() && config.name != "input", "name", "must be a name other than 'input'");
  require(index_.count(config.name) == 0, "name",
          fmt::format("'{}' is used by an earlier layer", config.name));
  Layer layer = layer_of(config);
  const LayerKind& kind = kind_of(layer.op);
  const Arity arity = kind.arity(config);
  const Inference inference{config, network_, index_, layer};
  for (const std::string& name : config.from) layer.inputs.push_back(inference.find(name, "from"));
  if (layer.inputs.empty() && arity.most > 0)
    layer.inputs.push_back({static_cast<int>(network_.layers.size()) - 1, 0});
  if (!layer.inputs.empty()) {
    layer.in = inference.input(0);
    require_countable(layer.in);
  }
  require_arity(layer, arity);
  for (std::size_t i = 0; !kind.reads_parts() && i < layer.inputs.size(); ++i) inference.require_whole(i);
  kind.infer(inference);
  for (const Shape& output : layer.outputs) require_countable(output);
  if (config.norm == Norm::batch) {
    require(kind.takes_norm(), "norm", "only convolutions and linear layers take a batch norm");
    add_norm(layer);
  }
  layer.parts = packed(std::move(layer.parts));
  layer.macs = forward_macs(layer.operation);
  index_[config.name] = static_cast<int>(network_.layers.size());
  network_.layers.push_back(std::move(layer));
  return network_.layers.back();
}

Network NetworkBuilder::take(const std::vector<std::string>& outputs) {
  const LayerConfig none;
  Layer unused;
  const Inference names{none, network_, index_, unused};
  const auto add = [&](const ValueRef& output, const std::string& name) {
    const auto& known = network_.outputs;
    require(std::find(known.begin(), known.end(), output) == known.end(), "outputs",
            fmt::format("'{}' stands there twice", name));
    network_.outputs.push_back(output);
  };
  const auto all_of = [&](int layer) {
    const Layer& own = network_.layers[layer];
    for (std::size_t i = 0; i < own.outputs.size(); ++i) add({layer, static_cast<int>(i)}, own.name);
  };
  for (const std::string& name : outputs) {
    const ValueRef output = names.find(name, "outputs");
    require(output.layer != kNetworkInput && network_.layers[output.layer].op != LayerOp::input, "outputs",
            fmt::format("'{}' is an input; a loss is formed on layers", name));
    if (network_.layers[output.layer].name == name)
      all_of(output.layer);
    else
      add(output, name);
  }
  if (outputs.empty() && !network_.layers.empty()) {
    require(network_.layers.back().op != LayerOp::input, "outputs",
            "the last layer is an input; name the layers that the loss is formed on");
    all_of(static_cast<int>(network_.layers.size()) - 1);
  }
  return std::move(network_);
}

std::vector<int> Network::output_layers() const {
  std::vector<int> distinct;
  for (const ValueRef& output : outputs)
    if (std::find(distinct.begin(), distinct.end(), output.layer) == distinct.end())
      distinct.push_back(output.layer);
  return distinct;
}

bool Layer::is_weighted() const {
  return kind_of(op).is_weighted();
}

const Shape& Network::shape_of(const ValueRef& value) const {
  return value.layer == kNetworkInput ? input
                                      : layers[value.layer].outputs[static_cast<std::size_t>(value.output)];
}

std::int64_t Network::parameters() const {
  std::int64_t sum = 0;
  for (const Layer& layer : layers) sum += layer.parameters();
  return sum;
}

std::int64_t Network::forward_macs() const {
  std::int64_t sum = 0;
  for (const Layer& layer : layers) sum += layer.macs;
  return sum;
}

int Network::find(const std::string& layer, const std::string& key) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].name == layer) return static_cast<int>(i);
    names.push_back(layers[i].name);
  }
  const std::string near = base::nearest_name(layer, names);
  throw base::ConfigError({}, key,
                          fmt::format("network '{}' has no layer '{}'{}", name, layer,
                                      near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

std::vector<int> Network::weighted_layers() const {
  std::vector<int> indices;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].is_weighted()) indices.push_back(static_cast<int>(i));
  return indices;
}

Network build_network(const NetworkConfig& config) {
  return Resolver(config).run();
}

}  // namespace kiln::workload
