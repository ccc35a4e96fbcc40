// SPDX-License-Identifier: MIT
#include "workload/network.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "base/error.h"
#include "base/text.h"
#include "workload/bounded.h"

namespace kiln::workload {
namespace {

struct Misfit {
  std::string key;
  std::string message;
};

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

std::int64_t window_outputs(std::int64_t in, std::int64_t kernel, std::int64_t stride, Padding padding) {
  if (padding == Padding::same) return ceil_div(in, stride);
  if (in < kernel)
    throw Misfit{"kernel",
                 fmt::format("kernel {} is larger than its input of {}; make it at most {}, or write "
                             "padding: same",
                             kernel, in, in)};
  return (in - kernel) / stride + 1;
}

void require(bool condition, const char* key, const std::string& message) {
  if (!condition) throw Misfit{key, message};
}

/// Resolves one layer after the other; a layer sees only earlier ones.
class Resolver {
 public:
  explicit Resolver(const NetworkConfig& config) : config_(config) {
    network_.name = config.name;
    network_.loss = config.loss;
    network_.input = {config.input.channels, config.input.height, config.input.width};
  }

  Network run() {
    for (const LayerConfig& layer : config_.layers) try_to_resolve(layer);
    if (problems_.empty()) refuse_unread_layers();
    if (!problems_.empty()) throw base::ConfigError(problems_);
    return std::move(network_);
  }

 private:
  /// A layer that does not fit is noted and its readers are passed over: one mistake, one message.
  void try_to_resolve(const LayerConfig& layer) {
    try {
      previous_fits_ = resolve(layer);
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
    if (unfit_.count(config.tied) > 0) return true;
    if (config.from.empty()) return !previous_fits_;
    return std::any_of(config.from.begin(), config.from.end(),
                       [&](const std::string& name) { return unfit_.count(name) > 0; });
  }

  /// False when an input of the layer did not fit.
  bool resolve(const LayerConfig& config) {
    if (reads_unfit(config)) return false;
    Layer layer;
    layer.name = config.name;
    layer.op = config.op;
    layer.norm = config.norm;
    layer.act = config.act;
    require(!config.name.empty() && config.name != "input", "name", "must be a name other than 'input'");
    require(index_.count(config.name) == 0, "name",
            fmt::format("'{}' is used by an earlier layer", config.name));
    for (const std::string& name : config.from) layer.inputs.push_back(lookup(name, "from"));
    if (layer.inputs.empty()) layer.inputs.push_back(static_cast<int>(network_.layers.size()) - 1);
    layer.in = shape_of(layer.inputs[0]);
    require_inputs(layer);
    require_whole_outputs(layer);
    infer(config, layer);
    bounded_product({layer.out.channels, layer.out.height, layer.out.width});
    if (config.norm == Norm::batch) {
      require(has_weights(layer.op), "norm", "only convolutions and linear layers take a batch norm");
      layer.norm_parameters = 2 * layer.out.channels;
    }
    index_[config.name] = static_cast<int>(network_.layers.size());
    network_.layers.push_back(std::move(layer));
    return true;
  }

  static bool has_weights(LayerOp op) {
    return op == LayerOp::conv || op == LayerOp::depthwise || op == LayerOp::linear;
  }

  int lookup(const std::string& name, const char* key) const {
    if (name == "input") return kNetworkInput;
    const auto found = index_.find(name);
    if (found != index_.end()) return found->second;
    std::vector<std::string> known{"input"};
    for (const Layer& layer : network_.layers) known.push_back(layer.name);
    const std::string near = base::nearest_name(name, known);
    throw Misfit{key, fmt::format("no earlier layer is called '{}'{}", name,
                                  near.empty() ? "" : fmt::format("; did you mean '{}'?", near))};
  }

  const Shape& shape_of(int index) const {
    return index == kNetworkInput ? network_.input : network_.layers[index].out;
  }

  static void require_inputs(const Layer& layer) {
    const bool two = layer.op == LayerOp::mul || layer.op == LayerOp::attention_values;
    if (two)
      require(layer.inputs.size() == 2, "from", "takes exactly two layers");
    else if (layer.op == LayerOp::add)
      require(layer.inputs.size() >= 2, "from", "takes two or more layers");
    else
      require(layer.inputs.size() == 1, "from", "takes one layer");
  }

  void require_whole_outputs(const Layer& layer) const {
    if (layer.op == LayerOp::attention_scores || layer.op == LayerOp::attention_values) return;
    for (const int input : layer.inputs)
      require(input == kNetworkInput || network_.layers[input].split == 1, "from",
              "only attention reads a split output");
  }

  void infer(const LayerConfig& config, Layer& layer) const {
    switch (layer.op) {
      case LayerOp::conv:
      case LayerOp::depthwise:
        return infer_convolution(config, layer);
      case LayerOp::linear:
        return infer_linear(config, layer);
      case LayerOp::lstm:
        return infer_lstm(config, layer);
      case LayerOp::embedding:
      case LayerOp::positions:
        return infer_table(config, layer);
      case LayerOp::layernorm:
        layer.out = layer.in;
        layer.norm_parameters = 2 * layer.in.channels;
        return;
      case LayerOp::attention_scores:
      case LayerOp::attention_values:
        return infer_attention(config, layer);
      case LayerOp::max_pool:
      case LayerOp::average_pool:
      case LayerOp::global_pool:
        return infer_pool(config, layer);
      case LayerOp::add:
      case LayerOp::mul:
        return infer_elementwise(layer);
      case LayerOp::flatten:
        layer.out = {layer.in.elements(), 1, 1};
        return;
      case LayerOp::select:
        layer.out = {layer.in.channels, 1, 1};
        layer.token = config.token;
        return;
    }
  }

  static void infer_window(const LayerConfig& config, Layer& layer) {
    constexpr std::int64_t kWidest = 1 << 24;
    require(std::max({layer.in.channels, layer.in.height, layer.in.width}) <= kWidest, "from",
            fmt::format("a window slides over at most {} channels, rows and columns", kWidest));
    ConvShape& window = layer.window;
    window.kernel_h = config.kernel;
    window.kernel_w = config.kernel_w.value_or(config.kernel);
    window.stride_h = config.stride;
    window.stride_w = config.stride_w.value_or(config.stride);
    layer.out.height = window_outputs(layer.in.height, window.kernel_h, window.stride_h, config.padding);
    layer.out.width = window_outputs(layer.in.width, window.kernel_w, window.stride_w, config.padding);
    window.in_h = static_cast<std::int32_t>(layer.in.height);
    window.in_w = static_cast<std::int32_t>(layer.in.width);
    window.out_h = static_cast<std::int32_t>(layer.out.height);
    window.out_w = static_cast<std::int32_t>(layer.out.width);
    window.in_channels = static_cast<std::int32_t>(layer.in.channels);
    window.out_channels = static_cast<std::int32_t>(layer.out.channels);
  }

  static void infer_convolution(const LayerConfig& config, Layer& layer) {
    const bool depthwise = layer.op == LayerOp::depthwise;
    infer_window(config, layer);
    layer.out.channels = depthwise ? layer.in.channels : config.out;
    require(layer.out.channels > 0, "out", "a convolution needs its number of output channels");
    if (depthwise) {
      require(config.out == 0 || config.out == layer.in.channels, "out",
              fmt::format("a depthwise layer keeps its {} channels", layer.in.channels));
    }
    layer.groups = depthwise ? static_cast<std::int32_t>(layer.in.channels) : config.groups;
    require(layer.in.channels % layer.groups == 0 && layer.out.channels % layer.groups == 0, "groups",
            fmt::format("{} does not divide {} input and {} output channels", layer.groups, layer.in.channels,
                        layer.out.channels));
    layer.window.out_channels = static_cast<std::int32_t>(layer.out.channels);
    layer.weight_parameters = bounded_product(
        {layer.out.channels, layer.window.kernel_h, layer.window.kernel_w, layer.in.channels / layer.groups});
    layer.bias_parameters = config.bias.value_or(config.norm == Norm::none) ? layer.out.channels : 0;
    layer.macs = bounded_product({layer.weight_parameters, layer.out.height, layer.out.width});
  }

  void infer_linear(const LayerConfig& config, Layer& layer) const {
    require(config.out > 0, "out", "a linear layer needs its number of outputs");
    require(config.out % config.split == 0, "split",
            fmt::format("{} does not divide out: {}", config.split, config.out));
    layer.out = {config.out, layer.in.height, layer.in.width};
    layer.split = config.split;
    const std::int64_t weights = bounded_product({layer.in.channels, config.out});
    if (config.tied.empty()) {
      layer.weight_parameters = weights;
    } else {
      layer.tied_to = lookup(config.tied, "tied");
      require(
          layer.tied_to >= 0 && network_.layers[layer.tied_to].op == LayerOp::embedding &&
              network_.layers[layer.tied_to].weight_parameters == weights,
          "tied",
          fmt::format("must name an embedding of {} entries and {} features", config.out, layer.in.channels));
      require(!config.bias.value_or(true), "bias", "a tied layer has no bias; write bias: false");
    }
    layer.bias_parameters = config.bias.value_or(true) ? config.out : 0;
    layer.macs = bounded_product({weights, layer.in.height, layer.in.width});
  }

  static void infer_lstm(const LayerConfig& config, Layer& layer) {
    require(config.out > 0, "out", "an lstm needs its hidden size");
    require(layer.in.width == 1, "from", "an lstm reads a sequence (width 1)");
    constexpr std::int64_t kGates = 4,
                           kBiasVectors = 2;  // input-to-hidden and hidden-to-hidden bias, as in PyTorch
    layer.out = {config.out, layer.in.height, 1};
    layer.weight_parameters = bounded_product({kGates, config.out, layer.in.channels + config.out});
    layer.bias_parameters = kGates * config.out * kBiasVectors;
    layer.macs = bounded_product({layer.weight_parameters, layer.in.height});
  }

  static void infer_table(const LayerConfig& config, Layer& layer) {
    if (layer.op == LayerOp::embedding) {
      require(config.entries > 0 && config.out > 0, "entries", "an embedding needs entries and out");
      require(layer.in.channels == 1 && layer.in.width == 1, "from",
              "an embedding reads one index per token");
      layer.out = {config.out, layer.in.height, 1};
      layer.weight_parameters = bounded_product({config.entries, config.out});
      return;
    }
    layer.class_tokens = config.class_tokens;
    layer.out = {layer.in.channels, layer.in.positions() + config.class_tokens, 1};
    layer.weight_parameters = bounded_product({layer.out.height + config.class_tokens, layer.out.channels});
  }

  void infer_attention(const LayerConfig& config, Layer& layer) const {
    const int projection = layer.inputs.back();
    require(projection >= 0 && network_.layers[projection].split == 3, "from",
            "attention reads queries, keys and values from a linear layer with `split: 3`");
    const Shape qkv = shape_of(projection);
    const std::int64_t width = qkv.channels / 3, tokens = qkv.height;
    layer.heads = config.heads;
    if (layer.op == LayerOp::attention_scores) {
      require(width % config.heads == 0, "heads",
              fmt::format("{} does not divide {} features", config.heads, width));
      layer.out = {tokens, bounded_product({tokens, config.heads}),
                   1};  // one row of scores per head and query
    } else {
      const int scores = layer.inputs[0];
      require(scores >= 0 && network_.layers[scores].op == LayerOp::attention_scores, "from",
              "the first layer must be attention_scores");
      layer.heads = network_.layers[scores].heads;
      layer.out = {width, tokens, 1};
    }
    layer.macs = bounded_product({tokens, tokens, width});
  }

  static void infer_pool(const LayerConfig& config, Layer& layer) {
    layer.out.channels = layer.in.channels;
    if (layer.op == LayerOp::global_pool) {
      LayerConfig whole = config;
      whole.kernel = static_cast<std::int32_t>(layer.in.height);
      whole.kernel_w = static_cast<std::int32_t>(layer.in.width);
      whole.stride = 1;
      whole.stride_w = 1;
      whole.padding = Padding::valid;
      return infer_window(whole, layer);
    }
    infer_window(config, layer);
  }

  void infer_elementwise(Layer& layer) const {
    layer.out = layer.in;
    for (const int input : layer.inputs) {
      const Shape& other = shape_of(input);
      const bool per_channel = layer.op == LayerOp::mul && other == Shape{layer.in.channels, 1, 1};
      require(
          other == layer.in || per_channel, "from",
          fmt::format("shapes differ: {}x{}x{} and {}x{}x{} (channels x height x width)", layer.in.channels,
                      layer.in.height, layer.in.width, other.channels, other.height, other.width));
    }
  }

  /// A layer nobody reads would get no gradient; only the last layer feeds the loss.
  void refuse_unread_layers() {
    std::set<int> read;
    for (const Layer& layer : network_.layers) read.insert(layer.inputs.begin(), layer.inputs.end());
    for (int i = 0; i + 1 < static_cast<int>(network_.layers.size()); ++i) {
      if (read.count(i) == 0)
        complain(config_.layers[static_cast<std::size_t>(i)], "",
                 "no later layer reads its output; name it in the `from` of one, or remove it");
    }
  }

  const NetworkConfig& config_;
  Network network_;
  std::map<std::string, int> index_;
  std::set<std::string> unfit_;
  bool previous_fits_ = true;
  std::vector<base::Problem> problems_;
};

}  // namespace

bool Layer::is_weighted() const {
  return op == LayerOp::conv || op == LayerOp::depthwise || op == LayerOp::linear || op == LayerOp::lstm;
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
