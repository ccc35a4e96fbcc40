// SPDX-License-Identifier: MIT
// One way to describe primitives for oneDNN 2 and 3. Only the sources of this folder include it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <dnnl.hpp>
#include <utility>

#include "workload/window.h"

namespace kiln::learning {

inline const dnnl::engine& cpu_engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

/// A stream of this thread.
inline dnnl::stream& cpu_stream() {
  thread_local dnnl::stream stream(cpu_engine());
  return stream;
}

/// The description of a forward primitive.
template <class Primitive, class... Arguments>
typename Primitive::primitive_desc describe_forward(Arguments&&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(cpu_engine(), std::forward<Arguments>(arguments)...);
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(std::forward<Arguments>(arguments)...),
                                            cpu_engine());
#endif
}

/// That of a backward primitive, `forward` being the description of its forward one.
template <class Primitive, class Forward, class... Arguments>
typename Primitive::primitive_desc describe_backward(const Forward& forward, Arguments&&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(cpu_engine(), std::forward<Arguments>(arguments)..., forward);
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(std::forward<Arguments>(arguments)...),
                                            cpu_engine(), forward);
#endif
}

inline dnnl::memory view_of(const dnnl::memory::desc& description, const void* values) {
  return dnnl::memory(description, cpu_engine(), const_cast<void*>(values));
}

/// (samples, channels, [depth,] height, width), channels innermost.
inline dnnl::memory::desc map_description(std::int64_t samples, std::int64_t channels,
                                          const dnnl::memory::dims& positions) {
  dnnl::memory::dims extents{samples, channels};
  extents.insert(extents.end(), positions.begin(), positions.end());
  using Tag = dnnl::memory::format_tag;
  return {extents, dnnl::memory::data_type::f32, positions.size() == 3 ? Tag::ndhwc : Tag::nhwc};
}

/// A number for each direction of a window: of a volume the depth first.
inline dnnl::memory::dims directions(const workload::ConvShape& w, std::int64_t depth, std::int64_t down,
                                     std::int64_t across) {
  if (w.volume) return {depth, down, across};
  return {down, across};
}

/// Slices, rows and columns of padding behind the input that the last window reaches over; what no window
/// reaches is left out by rounding down.
inline dnnl::memory::dims padding_behind(const workload::ConvShape& w) {
  const auto behind = [](int out, int stride, int reach, int in, int before) {
    return std::max(std::int64_t{0}, std::int64_t{out - 1} * stride + reach - in - before);
  };
  return directions(w, behind(w.out_d, w.stride_d, w.reach_d(), w.in_d, w.pad_front),
                    behind(w.out_h, w.stride_h, w.reach_h(), w.in_h, w.pad_top),
                    behind(w.out_w, w.stride_w, w.reach_w(), w.in_w, w.pad_left));
}

}  // namespace kiln::learning
