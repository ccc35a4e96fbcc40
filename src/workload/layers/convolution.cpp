// SPDX-License-Identifier: MIT
// conv, depthwise and conv_transpose.
#include <algorithm>

#include "base/error.h"
#include "workload/layers/kinds.h"
#include "workload/layers/weighted.h"

namespace kiln::workload {
namespace {

std::vector<std::int64_t> weights_of(const Shape& in, std::int64_t out, const Convolution& convolution) {
  const ConvShape& window = convolution.window;
  std::vector<std::int64_t> extents{out, in.channels() / convolution.groups};
  if (is_volume(in)) extents.push_back(window.kernel_d);
  extents.insert(extents.end(), {window.kernel_h, window.kernel_w});
  return extents;
}

class ConvolutionKind : public WeightedKind {
 public:
  explicit ConvolutionKind(bool depthwise) : depthwise_(depthwise) {}

  void infer(const Inference& at) const override {
    const LayerConfig& config = at.config;
    const Shape& in = at.input(0);
    const std::int64_t out = depthwise_ ? in.channels() : config.out;
    require(out > 0, "out", "a convolution needs its number of output channels");
    require(!depthwise_ || config.out == 0 || config.out == in.channels(), "out",
            fmt::format("a depthwise layer keeps its {} channels", in.channels()));
    Convolution convolution;
    convolution.window = infer_window(at, in);
    convolution.groups = depthwise_ ? static_cast<std::int32_t>(in.channels()) : config.groups;
    require(in.channels() % convolution.groups == 0 && out % convolution.groups == 0, "groups",
            fmt::format("{} does not divide {} input and {} output channels", convolution.groups,
                        in.channels(), out));
    convolution.window.out_channels = static_cast<std::int32_t>(out);
    // A convolution with a group per channel is depthwise however it is written.
    convolution.depthwise =
        depthwise_ || (convolution.groups > 1 && convolution.groups == in.channels() && out == in.channels());
    at.own(PartKind::weight, weights_of(in, out, convolution));
    if (config.bias.value_or(config.norm == Norm::none)) at.own(PartKind::bias, {out});
    at.set_output(windowed(in, out, convolution.window));
    at.layer.operation = convolution;
  }

  ChannelUse channels(const LayerConfig& config) const override {
    if (depthwise_) return ChannelUse::kept;
    return config.groups == 1 ? ChannelUse::taken : ChannelUse::fixed;
  }
  bool has_matrices(const Layer& layer) const override {
    return !depthwise_ && std::get<Convolution>(layer.operation).groups == 1;
  }

 private:
  bool depthwise_;
};

/// The adjoint of a convolution: the window slides over the result.
class TransposedKind : public WeightedKind {
 public:
  void infer(const Inference& at) const override {
    const LayerConfig& config = at.config;
    const Shape& in = at.input(0);
    require(!is_volume(in), "from",
            fmt::format("a transposed convolution goes over rows and columns, not over a volume of {}",
                        in.text()));
    require(config.out > 0, "out", "a transposed convolution needs its number of output channels");
    require(in.channels() % config.groups == 0 && config.out % config.groups == 0, "groups",
            fmt::format("{} does not divide {} input and {} output channels", config.groups, in.channels(),
                        config.out));
    Shape result = Shape::map(config.out, extent(at, in.height(), true), extent(at, in.width(), false));
    // The convolution back: it reads the result and gives the input.
    TransposedConvolution transposed{infer_window(at, result), config.groups};
    const ConvShape& back = transposed.window;
    require(back.out_h == in.height() && back.out_w == in.width(), "output_padding",
            "adds more than the stride leaves open; it has to be below the stride");
    transposed.window.out_channels = static_cast<std::int32_t>(in.channels());
    at.own(PartKind::weight, {in.channels(), config.out / config.groups, back.kernel_h, back.kernel_w});
    if (config.bias.value_or(config.norm == Norm::none)) at.own(PartKind::bias, {config.out});
    const bool sequence = in.rank() == 2 && result.width() == 1;
    at.set_output(sequence && !in.is_map() ? Shape::tokens(result.height(), config.out) : result);
    at.layer.operation = transposed;
  }

 private:
  /// Rows or columns of the result.
  static std::int64_t extent(const Inference& at, std::int64_t in, bool down) {
    const LayerConfig& config = at.config;
    const std::int64_t stride = down ? config.stride : config.stride_w.value_or(config.stride);
    const std::int64_t kernel = down ? config.kernel : config.kernel_w.value_or(config.kernel);
    const std::int64_t dilation = down ? config.dilation : config.dilation_w.value_or(config.dilation);
    if (config.padding.mode == Padding::Mode::same) return in * stride;
    const auto& more = config.output_padding;
    require(more.empty() || more.size() == 2, "output_padding", "is [down, across]");
    const auto [top, left, bottom, right] = config.padding.edges;
    const std::int64_t cut = down ? top + bottom : left + right;
    const std::int64_t extra = more.empty() ? 0 : more[down ? 0 : 1];
    const std::int64_t out = (in - 1) * stride + dilation * (kernel - 1) + 1 + extra - cut;
    require(out >= 1, "padding", fmt::format("cuts all of the {} rows or columns away", out + cut));
    return out;
  }
};

}  // namespace

bool is_volume(const Shape& shape) {
  return shape.is_map() && shape.rank() == 4;
}

namespace {

/// Front and back.
std::array<std::int32_t, 2> depth_padding(const Inference& at, const Shape& in) {
  const LayerConfig& config = at.config;
  const std::vector<std::int32_t>& given = config.padding_d;
  const bool is_given = config.padding.mode == Padding::Mode::given;
  require(given.empty() || is_given, "padding_d", "stands beside a padding of rows and columns: padding: N");
  require(given.size() <= 2, "padding_d", "is [front, back]");
  if (!is_volume(in)) return {0, 0};
  if (given.size() == 2) return {given[0], given[1]};
  if (given.size() == 1) return {given[0], given[0]};
  const auto& edges = config.padding.edges;
  const bool alike = std::all_of(edges.begin(), edges.end(), [&](auto edge) { return edge == edges[0]; });
  require(!is_given || alike, "padding_d",
          "is needed: the edges of rows and columns differ, so they do not say that of the depth");
  return {edges[0], edges[0]};
}

void set_depth(const Inference& at, const Shape& in, ConvShape& window) {
  const LayerConfig& config = at.config;
  const bool written = config.kernel_d || config.stride_d || config.dilation_d || !config.padding_d.empty();
  require(is_volume(in) || !written, "kernel_d",
          fmt::format("and other keys of the depth are for volumes; a value of {} has none", in.text()));
  if (!is_volume(in)) return;
  window.volume = true;
  window.kernel_d = config.kernel_d.value_or(config.kernel);
  window.stride_d = config.stride_d.value_or(config.stride);
  window.dilation_d = config.dilation_d.value_or(config.dilation);
  window.in_d = static_cast<std::int32_t>(in.extent(1));
  window.in_h = static_cast<std::int32_t>(in.extent(2));
  window.in_w = static_cast<std::int32_t>(in.extent(3));
}

/// What a window that does not fit is larger than.
std::string misfit(const ConvShape& window) {
  struct Side {
    std::int32_t kernel, dilation, in;
  };
  const Side side = window.out_d == 0   ? Side{window.kernel_d, window.dilation_d, window.in_d}
                    : window.out_h == 0 ? Side{window.kernel_h, window.dilation_h, window.in_h}
                                        : Side{window.kernel_w, window.dilation_w, window.in_w};
  return fmt::format("kernel {}{} is larger than its input of {}; make it at most {}, or write padding: same",
                     side.kernel, side.dilation > 1 ? ", dilated," : "", side.in, side.in);
}

}  // namespace

ConvShape infer_window(const Inference& at, const Shape& in, bool round_up) {
  constexpr std::int64_t kWidest = 1 << 24;
  require(std::max({in.channels(), in.height(), in.width()}) <= kWidest, "from",
          fmt::format("a window slides over at most {} channels, rows and columns", kWidest));
  const LayerConfig& config = at.config;
  const auto narrow = [](std::int64_t extent) { return static_cast<std::int32_t>(extent); };
  ConvShape window;
  window.kernel_h = config.kernel;
  window.kernel_w = config.kernel_w.value_or(config.kernel);
  window.stride_h = config.stride;
  window.stride_w = config.stride_w.value_or(config.stride);
  window.dilation_h = config.dilation;
  window.dilation_w = config.dilation_w.value_or(config.dilation);
  window.in_channels = window.out_channels = narrow(in.channels());
  window.in_h = narrow(in.height());
  window.in_w = narrow(in.width());
  set_depth(at, in, window);
  const bool fits = place_window(config.padding, depth_padding(at, in), round_up, window);
  require(fits, "kernel", misfit(window));
  return window;
}

Shape windowed(const Shape& in, std::int64_t channels, const ConvShape& window) {
  if (is_volume(in)) return {{channels, window.out_d, window.out_h, window.out_w}, 0};
  const bool sequence = in.rank() == 2 && !in.is_map() && window.out_w == 1;
  return sequence ? Shape::tokens(window.out_h, channels) : Shape::map(channels, window.out_h, window.out_w);
}

const LayerKind& convolution_kind() {
  static const ConvolutionKind kind(false);
  return kind;
}

const LayerKind& conv_transpose_kind() {
  static const TransposedKind kind;
  return kind;
}

const LayerKind& depthwise_kind() {
  static const ConvolutionKind kind(true);
  return kind;
}

}  // namespace kiln::workload
