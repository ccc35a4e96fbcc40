// SPDX-License-Identifier: MIT
// conv and depthwise.
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

const LayerKind& depthwise_kind() {
  static const ConvolutionKind kind(true);
  return kind;
}

}  // namespace kiln::workload
