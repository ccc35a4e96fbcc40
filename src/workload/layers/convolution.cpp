// SPDX-License-Identifier: MIT
// conv, depthwise and conv_transpose.
#include <algorithm>

#include "base/error.h"
#include "workload/layers/kinds.h"
#include "workload/layers/weighted.h"

namespace kiln::workload {
namespace {

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
    at.own(PartKind::weight, {out, in.channels() / convolution.groups, convolution.window.kernel_h,
                              convolution.window.kernel_w});
    if (config.bias.value_or(config.norm == Norm::none)) at.own(PartKind::bias, {out});
    at.set_output(windowed(in, out, convolution.window));
    at.layer.operation = convolution;
  }

  ChannelUse channels(const LayerConfig& config) const override {
    if (depthwise_) return ChannelUse::kept;
    return config.groups == 1 ? ChannelUse::taken : ChannelUse::fixed;
  }
  bool has_matrix(const Layer& layer) const override {
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
  const bool fits = place_window(config.padding, round_up, window);
  const bool across = fits || window.out_h > 0;
  require(
      fits, "kernel",
      fmt::format("kernel {}{} is larger than its input of {}; make it at most {}, or write padding: same",
                  across ? window.kernel_w : window.kernel_h,
                  (across ? window.dilation_w : window.dilation_h) > 1 ? ", dilated," : "",
                  across ? window.in_w : window.in_h, across ? window.in_w : window.in_h));
  return window;
}

Shape windowed(const Shape& in, std::int64_t channels, const ConvShape& window) {
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
