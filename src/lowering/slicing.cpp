// SPDX-License-Identifier: MIT
#include "lowering/slicing.h"

#include <algorithm>
#include <cmath>

namespace kiln::lowering {

using workload::Op;
using workload::OpKind;
using workload::Phase;
using workload::Tensor;
using workload::TensorClass;

std::span<const config::EnumName<Mapping>> enum_names(const Mapping*) {
  static constexpr config::EnumName<Mapping> kNames[] = {
      {Mapping::data, "data"}, {Mapping::channel, "channel"}, {Mapping::layer_wise, "layer_wise"}};
  return kNames;
}

std::span<const config::EnumName<SampleCut>> enum_names(const SampleCut*) {
  static constexpr config::EnumName<SampleCut> kNames[] = {{SampleCut::rows, "rows"},
                                                           {SampleCut::samples, "samples"}};
  return kNames;
}

std::uint64_t Share::scaled(std::uint64_t bytes, std::int64_t units) const {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(bytes) * static_cast<Wide>(units) /
                                    static_cast<Wide>(total));
}

Share Share::part(std::int64_t index, std::int64_t parts) const {
  // Refine the unit so that the parts of a part are again parts of the whole.
  return {begin * parts + size() * index, begin * parts + size() * (index + 1), total * parts};
}

Share share_of(std::int64_t total, int tiles, int tile) {
  return {total * tile / tiles, total * (tile + 1) / tiles, total};
}

bool is_per_sample(TensorClass cls) {
  return cls == TensorClass::input || cls == TensorClass::activation || cls == TensorClass::saved ||
         cls == TensorClass::error;
}

bool repeats_are_samples(const workload::StepGraph& graph, const Op& op) {
  const auto is = [&](workload::TensorId id, TensorClass cls) {
    return graph.tensors[static_cast<std::size_t>(id)].cls == cls;
  };
  return op.kind == OpKind::gemm && op.gemm.repeats > 1 &&
         std::none_of(op.reads.begin(), op.reads.end(),
                      [&](auto id) { return is(id, TensorClass::weight); }) &&
         std::none_of(op.writes.begin(), op.writes.end(),
                      [&](auto id) { return is(id, TensorClass::weight_gradient); });
}

std::int64_t units_of(const workload::StepGraph& graph, const Op& op, Mapping mapping, SampleCut cut) {
  const bool whole_samples = mapping == Mapping::data && cut == SampleCut::samples;
  if (repeats_are_samples(graph, op) && !whole_samples) return op.gemm.repeats;
  if (mapping == Mapping::channel) {
    if (op.kind == OpKind::gemm) return std::max<std::int64_t>(1, op.gemm.n);
    if (op.kind == OpKind::depthwise) return std::max<std::int64_t>(1, op.gemm.repeats);
  }
  std::int64_t samples = 0, units = 1, channels = 1;
  for (const auto* list : {&op.writes, &op.reads}) {
    for (const workload::TensorId id : *list) {
      const Tensor& tensor = graph.tensors[static_cast<std::size_t>(id)];
      if (!is_per_sample(tensor.cls) || tensor.samples < samples) continue;
      samples = tensor.samples;
      const workload::Positions some = workload::positions_of(op, id);
      units = std::max(units, tensor.samples * (some.all() ? tensor.rows() : some.count));
      channels = std::max(channels, tensor.row_elements());
    }
    if (samples > 0) break;  // results decide; operations without per-sample results go by what they read
  }
  if (mapping == Mapping::channel) return channels;
  if (samples == 0) return std::max<std::int64_t>(1, op.vector.elements);
  if (whole_samples) return samples;
  // A recurrence goes step by step through whole samples, though its tensors have a row per step.
  if (op.kind == OpKind::gemm && op.gemm.repeats > 1) {
    GemmShape shape{op.gemm.m, op.gemm.n, op.gemm.k, op.gemm.repeats};
    units = std::min(units, divided_extent(graph, op, mapping, shape));
  }
  return units;
}

Extent extent_of(const workload::StepGraph& graph, const Op& op, const Tensor& tensor, Mapping mapping,
                 bool written) {
  if (mapping == Mapping::data) {
    if (is_per_sample(tensor.cls)) return Extent::slice;
    if (tensor.cls == TensorClass::weight_gradient || tensor.cls == TensorClass::statistics)
      return Extent::worker_copy;
    return Extent::whole;
  }
  // Channel mapping: a GEMM needs all of what it sums over; everything else is local to the channels.
  const bool contracted =
      op.kind == OpKind::gemm && !repeats_are_samples(graph, op) && !written && is_per_sample(tensor.cls);
  if (contracted && !(op.phase == Phase::wgrad && tensor.cls == TensorClass::error)) return Extent::whole;
  return Extent::slice;
}

bool moves_rows(const Op& op, const Tensor& tensor) {
  return op.kind == OpKind::gather && !tensor.parts.empty();
}

namespace {

/// Of the positions of a sample, or of the experts' factors in a block.
Share touched(const Op& op, const Tensor& tensor) {
  if (const workload::Part* factor = workload::factor_of(op, tensor))
    return {factor->offset, factor->offset + factor->elements(), tensor.elements()};
  const workload::Positions some = workload::positions_of(op, tensor.id);
  if (some.all()) return {};
  return {some.first, some.first + some.count, tensor.rows()};
}

}  // namespace

bool touches_all(const Op& op, const Tensor& tensor) {
  return touched(op, tensor).whole();
}

std::uint64_t moved_from(const Op& op, const Tensor& tensor) {
  return touched(op, tensor).offset(static_cast<std::uint64_t>(tensor.bytes()));
}

std::int64_t moved_bytes(const Op& op, const Tensor& tensor) {
  const auto all =
      static_cast<std::int64_t>(touched(op, tensor).bytes(static_cast<std::uint64_t>(tensor.bytes())));
  if (!moves_rows(op, tensor)) return all;
  const std::int64_t rows = op.actions.front().elements;  // of all tokens
  return std::min(
      all, static_cast<std::int64_t>(std::ceil(static_cast<double>(rows) * tensor.bits_per_element / 8)));
}

namespace {

/// Rows of a result come from other rows of what is read.
bool moves_between_rows(const Op& op) {
  const workload::Operation& first = op.actions.front().operation;
  return (op.conv && op.conv->line_reach() > 1) || std::holds_alternative<workload::Dispatch>(first) ||
         std::holds_alternative<workload::CombineExperts>(first);
}

}  // namespace

bool reaches_over_cuts(const workload::StepGraph& graph, const Op& op, int tiles, SampleCut cut) {
  return cut == SampleCut::rows && graph.batch % tiles != 0 && moves_between_rows(op);
}

std::int64_t& divided_extent(const workload::StepGraph& graph, const Op& op, Mapping mapping,
                             GemmShape& shape) {
  if (repeats_are_samples(graph, op)) return shape.repeats;
  if (mapping == Mapping::channel) return op.kind == OpKind::depthwise ? shape.repeats : shape.n;
  return op.phase == Phase::wgrad ? shape.k : shape.m;
}

std::int64_t halo_rows(const Op& op, const Share& share, std::int64_t samples) {
  if (!op.conv || op.conv->line_reach() <= op.conv->line_stride() || share.empty()) return 0;
  const std::int64_t per_sample = share.total / std::max<std::int64_t>(1, samples);
  if (per_sample <= 1) return 0;
  const std::int64_t overlap = op.conv->line_reach() - op.conv->line_stride();
  std::int64_t cuts = 0;
  for (const std::int64_t edge : {share.begin, share.end})
    if (edge % per_sample != 0) ++cuts;
  return cuts * ((overlap + 1) / 2);
}

}  // namespace kiln::lowering
