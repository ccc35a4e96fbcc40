// SPDX-License-Identifier: MIT
#include "learning/kernels/convolution_kernel.h"

#include <optional>

#include "base/error.h"
#include "learning/kernels/dnnl_support.h"

namespace kiln::learning {
namespace {

using dnnl::memory;
using workload::Derivative;
using Forward = dnnl::convolution_forward;
using BackwardData = dnnl::convolution_backward_data;
using BackwardWeights = dnnl::convolution_backward_weights;

/// The three operands, and the window, in the library's terms.
struct Geometry {
  memory::desc source, result, weights, plain_weights;
  memory::dims strides, dilations, front, back;

  Geometry(const workload::Convolution& convolution, std::int64_t samples) {
    const workload::ConvShape& w = convolution.window;
    source = map_description(samples, w.in_channels, directions(w, w.in_d, w.in_h, w.in_w));
    result = map_description(samples, w.out_channels, directions(w, w.out_d, w.out_h, w.out_w));
    const std::int64_t groups = convolution.groups;
    const auto f32 = memory::data_type::f32;
    const memory::dims kernel = directions(w, w.kernel_d, w.kernel_h, w.kernel_w);
    memory::dims extents = {w.out_channels / groups, w.in_channels / groups};
    extents.insert(extents.end(), kernel.begin(), kernel.end());
    if (groups > 1) extents.insert(extents.begin(), groups);
    weights = memory::desc(extents, f32, memory::format_tag::any);
    using Tag = memory::format_tag;
    const Tag plain =
        w.volume ? (groups > 1 ? Tag::goidhw : Tag::oidhw) : (groups > 1 ? Tag::goihw : Tag::oihw);
    plain_weights = memory::desc(extents, f32, plain);
    strides = directions(w, w.stride_d, w.stride_h, w.stride_w);
    dilations = directions(w, w.dilation_d - 1, w.dilation_h - 1, w.dilation_w - 1);
    front = directions(w, w.pad_front, w.pad_top, w.pad_left);
    back = padding_behind(w);
  }

  Forward::primitive_desc forward() const {
    return describe_forward<Forward>(dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct,
                                     source, weights, result, strides, dilations, front, back);
  }
};

}  // namespace

struct ConvolutionKernel::Implementation {
  Geometry geometry;
  Derivative derivative;
  dnnl::primitive primitive;
  memory::desc weights;  ///< as the primitive wants or leaves them
  memory ordered;        ///< weights in that order
  std::optional<dnnl::reorder> reorder;
  std::uint64_t version = 0;

  Implementation(const workload::Convolution& convolution, Derivative which, std::int64_t samples)
      : geometry(convolution, samples), derivative(which) {
    const Geometry& g = geometry;
    const auto algorithm = dnnl::algorithm::convolution_direct;
    const Forward::primitive_desc forward = g.forward();
    if (which == Derivative::none) {
      primitive = Forward(forward);
      weights = forward.weights_desc();
    } else if (which == Derivative::input) {
      const auto back = describe_backward<BackwardData>(forward, algorithm, g.source, g.weights, g.result,
                                                        g.strides, g.dilations, g.front, g.back);
      primitive = BackwardData(back);
      weights = back.weights_desc();
    } else {
      KILN_CHECK(which == Derivative::parameters, "a convolution has no derivative {}",
                 static_cast<int>(which));
      const auto back = describe_backward<BackwardWeights>(forward, algorithm, g.source, g.weights, g.result,
                                                           g.strides, g.dilations, g.front, g.back);
      primitive = BackwardWeights(back);
      weights = back.diff_weights_desc();
    }
    if (weights == g.plain_weights) return;
    ordered = memory(weights, cpu_engine());
    const memory plain = view_of(g.plain_weights, nullptr);
    reorder = which == Derivative::parameters ? dnnl::reorder(ordered, plain) : dnnl::reorder(plain, ordered);
  }

  /// The weights in the library's order.
  memory ordered_weights(const float* plain, std::uint64_t now) {
    const memory given = view_of(geometry.plain_weights, plain);
    if (!reorder) return given;
    if (version != now || now == 0) reorder->execute(cpu_stream(), const_cast<memory&>(given), ordered);
    version = now;
    return ordered;
  }
};

ConvolutionKernel::ConvolutionKernel(const workload::Convolution& convolution, Derivative derivative,
                                     std::int64_t samples)
    : implementation_(std::make_unique<Implementation>(convolution, derivative, samples)) {}
ConvolutionKernel::~ConvolutionKernel() = default;

void ConvolutionKernel::run(const float* a, const float* b, float* out, std::uint64_t weights_version) {
  Implementation& i = *implementation_;
  const Geometry& g = i.geometry;
  dnnl::stream& stream = cpu_stream();
  if (i.derivative == Derivative::none) {
    i.primitive.execute(stream, {{DNNL_ARG_SRC, view_of(g.source, a)},
                                 {DNNL_ARG_WEIGHTS, i.ordered_weights(b, weights_version)},
                                 {DNNL_ARG_DST, view_of(g.result, out)}});
  } else if (i.derivative == Derivative::input) {
    i.primitive.execute(stream, {{DNNL_ARG_DIFF_DST, view_of(g.result, a)},
                                 {DNNL_ARG_WEIGHTS, i.ordered_weights(b, weights_version)},
                                 {DNNL_ARG_DIFF_SRC, view_of(g.source, out)}});
  } else {
    memory plain = view_of(g.plain_weights, out);
    memory& gradient = i.reorder ? i.ordered : plain;
    i.primitive.execute(stream, {{DNNL_ARG_SRC, view_of(g.source, a)},
                                 {DNNL_ARG_DIFF_DST, view_of(g.result, b)},
                                 {DNNL_ARG_DIFF_WEIGHTS, gradient}});
    if (i.reorder) i.reorder->execute(stream, gradient, plain);
  }
  stream.wait();
}

}  // namespace kiln::learning
