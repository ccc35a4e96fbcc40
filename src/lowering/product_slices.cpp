// SPDX-License-Identifier: MIT
#include "lowering/product_slices.h"

#include <algorithm>

#include "base/ceil_div.h"

namespace kiln::lowering {

using workload::Op;
using workload::Role;
using workload::Tensor;

bool is_of_keys(const Op& op, workload::TensorId tensor) {
  const auto is = [&](const workload::Operand& o) {
    const bool numbered = o.role == Role::data || o.role == Role::addend || o.role == Role::input_error;
    return o.tensor == tensor && numbered && o.number > 0;
  };
  return std::any_of(op.inputs.begin(), op.inputs.end(), is) ||
         std::any_of(op.outputs.begin(), op.outputs.end(), is);
}

namespace {

/// Different second factors of an operation's products, of all samples.
std::int64_t second_factors(const Op& op) {
  const workload::Operation& first = op.actions.front().operation;
  if (const auto* product = std::get_if<workload::MatrixProduct>(&first))
    return op.gemm.repeats / product->one.repeats * product->b_products;
  if (const auto* attention = std::get_if<workload::TiledAttention>(&first))
    return op.gemm.repeats / attention->heads * attention->key_heads;
  return op.gemm.repeats;
}

/// What lies together in a tile's slice.
enum class SliceAxis {
  rows,    ///< lines, in the order of memory
  heads,   ///< channels of some heads, of all rows of a sample
  columns  ///< channels, of all rows of all samples
};

/// Do products lie one behind the other (scores), and not side by side in every row (queries)?
bool lies_by_product(const Op& op, const Tensor& tensor) {
  const workload::Shape& shape = tensor.shape;
  if (shape.rank() < 3 || shape.channel_axis() < shape.rank() - 2) return false;
  std::int64_t products = tensor.samples;
  for (int axis = 0; axis + 2 < shape.rank(); ++axis) products *= shape.extent(axis);
  return products == op.gemm.repeats || products == second_factors(op);
}

SliceAxis slice_axis(const workload::StepGraph& graph, const Op& op, const Tensor& tensor, Mapping mapping) {
  if (repeats_are_samples(graph, op)) return lies_by_product(op, tensor) ? SliceAxis::rows : SliceAxis::heads;
  return mapping == Mapping::channel ? SliceAxis::columns : SliceAxis::rows;
}

/// Of a share by rows or by (sample, head).
bool has_whole_samples(const Share& share, std::int64_t samples) {
  return share.begin * samples % share.total == 0 && share.end * samples % share.total == 0;
}

}  // namespace

Share slice_of(const workload::StepGraph& graph, const Op& op, const Tensor& tensor, const Share& share) {
  if (!repeats_are_samples(graph, op) || !is_of_keys(op, tensor.id)) return share;
  const std::int64_t factors = second_factors(op);
  return {share.begin * factors / share.total, base::ceil_div(share.end * factors, share.total), factors};
}

bool finds_own_slice(const workload::StepGraph& graph, const Tensor& tensor, const ScheduledOp& writer,
                     const ScheduledOp& reader, int tiles, int tile) {
  if (writer.mapping != reader.mapping || reader.needs_neighbours) return false;
  const Op &wrote = graph.ops[static_cast<std::size_t>(writer.op)],
           &reads = graph.ops[static_cast<std::size_t>(reader.op)];
  const Share made = slice_of(graph, wrote, tensor, share_of(writer.units, tiles, tile)),
              wanted = slice_of(graph, reads, tensor, share_of(reader.units, tiles, tile));
  if (!made.same_fraction(wanted)) return false;
  const SliceAxis from = slice_axis(graph, wrote, tensor, writer.mapping),
                  to = slice_axis(graph, reads, tensor, reader.mapping);
  if (from == to) return true;
  if (writer.mapping == Mapping::data) return has_whole_samples(wanted, tensor.samples);
  // Of one sample, some heads are some columns.
  return tensor.samples == 1 && from != SliceAxis::rows && to != SliceAxis::rows;
}

}  // namespace kiln::lowering
