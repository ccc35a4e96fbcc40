// SPDX-License-Identifier: MIT
#include "learning/kernels/pool_kernel.h"

#include "learning/kernels/dnnl_support.h"

namespace kiln::learning {
namespace {

using dnnl::memory;
#if DNNL_VERSION_MAJOR >= 3
using Forward = dnnl::pooling_forward;
using Backward = dnnl::pooling_backward;
#else
using Forward = dnnl::pooling_v2_forward;
using Backward = dnnl::pooling_v2_backward;
#endif

dnnl::algorithm algorithm_of(const workload::Pool& pool) {
  if (pool.kind == workload::PoolKind::max) return dnnl::algorithm::pooling_max;
  return pool.count_padding ? dnnl::algorithm::pooling_avg_include_padding
                            : dnnl::algorithm::pooling_avg_exclude_padding;
}

}  // namespace

struct PoolKernel::Implementation {
  memory::desc in, out;
  Forward::primitive_desc description;
  Forward training, inference;
  Backward back;
  bool has_places;

  Implementation(const workload::Pool& pool, std::int64_t samples)
      : has_places(pool.kind == workload::PoolKind::max) {
    const workload::ConvShape& w = pool.window;
    in = map_description(samples, w.in_channels, directions(w, w.in_d, w.in_h, w.in_w));
    out = map_description(samples, w.in_channels, directions(w, w.out_d, w.out_h, w.out_w));
    const memory::dims strides = directions(w, w.stride_d, w.stride_h, w.stride_w),
                       kernel = directions(w, w.kernel_d, w.kernel_h, w.kernel_w),
                       dilations = directions(w, w.dilation_d - 1, w.dilation_h - 1, w.dilation_w - 1),
                       front = directions(w, w.pad_front, w.pad_top, w.pad_left);
    const memory::dims behind = padding_behind(w);
    const dnnl::algorithm algorithm = algorithm_of(pool);
    const auto forward = [&](dnnl::prop_kind kind) {
      return describe_forward<Forward>(kind, algorithm, in, out, strides, kernel, dilations, front, behind);
    };
    description = forward(dnnl::prop_kind::forward_training);
    training = Forward(description);
    inference = Forward(forward(dnnl::prop_kind::forward_inference));
    back = Backward(describe_backward<Backward>(description, algorithm, in, out, strides, kernel, dilations,
                                                front, behind));
  }
};

PoolKernel::PoolKernel(const workload::Pool& pool, std::int64_t samples)
    : implementation_(std::make_unique<Implementation>(pool, samples)) {}
PoolKernel::~PoolKernel() = default;

void PoolKernel::forward(const float* in, float* out, std::vector<std::byte>* places) {
  Implementation& i = *implementation_;
  std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, view_of(i.in, in)},
                                               {DNNL_ARG_DST, view_of(i.out, out)}};
  const bool keeps = places != nullptr && i.has_places;
  if (keeps) {
    const memory::desc workspace = i.description.workspace_desc();
    places->resize(workspace.get_size());
    arguments.emplace(DNNL_ARG_WORKSPACE, view_of(workspace, places->data()));
  }
  (keeps ? i.training : i.inference).execute(cpu_stream(), arguments);
  cpu_stream().wait();
}

void PoolKernel::backward(const float* error, float* input_error, const std::vector<std::byte>& places) {
  Implementation& i = *implementation_;
  std::unordered_map<int, memory> arguments = {{DNNL_ARG_DIFF_DST, view_of(i.out, error)},
                                               {DNNL_ARG_DIFF_SRC, view_of(i.in, input_error)}};
  if (i.has_places)
    arguments.emplace(DNNL_ARG_WORKSPACE, view_of(i.description.workspace_desc(), places.data()));
  i.back.execute(cpu_stream(), arguments);
  cpu_stream().wait();
}

}  // namespace kiln::learning
