// SPDX-License-Identifier: MIT
// Last layer and loss in chunks of positions: of a large vocabulary, logits and their errors are what a step
// needs most memory for, and no position needs those of another (as Liger Kernel, Hsu et al. 2024).
#include <utility>

#include "base/error.h"
#include "workload/layer_kind.h"
#include "workload/layers/emission.h"
#include "workload/step_state.h"

namespace kiln::workload {
namespace {

/// Why the loss on this network cannot be formed in chunks; empty if it can.
std::string obstacle(const Network& network) {
  const int last = static_cast<int>(network.layers.size()) - 1;
  const Layer& head = network.layers.back();
  if (network.outputs != std::vector<ValueRef>{{last, 0}})
    return "the loss is on other outputs than the last layer's";
  if (head.op != LayerOp::linear || head.outputs.size() != 1)
    return fmt::format("its last layer {} is no linear layer of one output", head.name);
  if (head.norm != Norm::none)
    return fmt::format("the norm of its last layer {} is over all positions", head.name);
  if (head.out.rows() != head.out.positions())
    return fmt::format("{} goes over a map, not a sequence", head.name);
  return "";
}

Shape with_positions(const Shape& shape, std::int64_t positions) {
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (axis != shape.channel_axis() && shape.extent(axis) == shape.positions())
      return shape.with_extent(axis, positions);
  return shape;
}

/// The head on some of its positions.
Layer part_of(Layer head, std::int64_t positions) {
  for (Shape* shape : {&head.in, &head.out, &head.outputs.front()})
    *shape = with_positions(*shape, positions);
  std::get<Dense>(head.operation).positions = positions;
  return head;
}

void emit_chunk(StepState& s, int head) {
  s.value(s.network.layers.back().inputs[0]).error = kNone;  // other positions than those of the chunk before
  for (Value& output : s.outputs(head)) output.error = kNone;
  kind_of(s.layer(head).op).forward(s, head);
  emit_loss(s, {});
  emit_backward(s, head);
}

}  // namespace

bool chunks_loss(const Network& network, const TrainingConfig& config) {
  if (!config.loss_chunk || config.kind == TrainingKind::none) return false;
  if (const std::string why = obstacle(network); !why.empty())
    throw base::ConfigError({}, "loss_chunk", fmt::format("{}: {}; remove it", network.name, why));
  return network.layers.back().out.positions() > *config.loss_chunk;
}

void emit_chunks(StepState& s) {
  const int head = static_cast<int>(s.network.layers.size()) - 1;
  const std::int64_t all = s.network.layers.back().out.positions(), most = *s.config.loss_chunk;
  // The short one first: it may leave a tile without work, and who waits for the last one waits for all
  // tiles.
  std::int64_t count = all % most == 0 ? most : all % most;
  std::int32_t number = 0;
  for (std::int64_t first = 0; first < all; first += std::exchange(count, most)) {
    s.chunk = LossChunk{head, part_of(s.network.layers.back(), count), number++, {first, count}, 0};
    emit_chunk(s, head);
  }
  s.chunk.reset();
}

}  // namespace kiln::workload
