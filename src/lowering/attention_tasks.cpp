// SPDX-License-Identifier: MIT
#include "lowering/attention_tasks.h"

#include <algorithm>

#include "base/ceil_div.h"
#include "lowering/array_work.h"
#include "lowering/product_slices.h"

namespace kiln::lowering {

using workload::Op;
using workload::Phase;
using workload::Role;
using workload::TiledAttention;

namespace {

bool is_addend(const Op& op, workload::TensorId tensor) {
  return std::any_of(op.inputs.begin(), op.inputs.end(), [&](const workload::Operand& o) {
    return o.tensor == tensor && o.role == Role::addend;
  });
}

/// The `index`-th block of `rows` rows that are cut into blocks of `block`.
Share block_of(std::int64_t rows, std::int64_t block, std::int64_t index) {
  return {index * block, std::min(rows, (index + 1) * block), rows};
}

Flows part_of(const Flows& flows, const Share& share) {
  Flows part;
  for (const Operand& operand : flows.reads) part.reads.push_back(part_of(operand, share));
  for (const Operand& operand : flows.writes) part.writes.push_back(part_of(operand, share));
  return part;
}

}  // namespace

AttentionTasks::Sides AttentionTasks::sides_of(const TilePart& c, const Flows& flows) const {
  const bool keys_stay = c.op.phase != Phase::forward;
  Sides sides;
  const auto side = [&](const Operand& operand) -> Flows& {
    return is_of_keys(c.op, operand.tensor) == keys_stay ? sides.staying : sides.streaming;
  };
  for (const Operand& operand : flows.reads) side(operand).reads.push_back(operand);
  for (const Operand& operand : flows.writes) side(operand).writes.push_back(operand);
  return sides;
}

AttentionSides AttentionTasks::problem_of(const TilePart& c, const TiledAttention& a) const {
  const double word = workload::bits_of(c.op.precision) / 8, sum = plan_.target.accumulator_bytes;
  const auto width = static_cast<double>(a.width), values = static_cast<double>(a.value_width);
  AttentionSides sides;
  sides.capacity_bytes = static_cast<double>(c.capacity);
  sides.least_block = std::max(plan_.target.array_rows, plan_.target.array_columns);
  if (c.op.phase == Phase::forward) {
    sides.staying = a.queries;
    sides.streaming = a.keys;
    // The next queries; sums of the result and it; maximum and sum of a row. Keys and values, and the next.
    sides.staying_bytes = 2 * width * word + values * (sum + word) + 2 * sum;
    sides.streaming_bytes = 2 * (width + values) * word;
    sides.score_bytes = sum + word;
    return sides;
  }
  sides.staying = a.keys;
  sides.streaming = a.queries;
  // Keys and values, the next ones, sums of their errors and these. Queries, errors of the result and a row's
  // sums, the next ones; errors of the queries.
  sides.staying_bytes = (width + values) * (2 * word + sum + word);
  sides.streaming_bytes = 2 * ((width + values) * word + 2 * sum) + width * (sum + word);
  sides.score_bytes = 2 * (sum + word);
  return sides;
}

void AttentionTasks::emit(const TilePart& c, const TiledAttention& attention, std::int64_t products,
                          const Flows& flows) {
  const AttentionBlocks blocks = attention_blocks(problem_of(c, attention));
  const Sides all = sides_of(c, flows);
  const double lanes = static_cast<double>(c.op.vector.elements) * c.op.vector.ops_per_element /
                       static_cast<double>(c.op.gemm.repeats);
  for (std::int64_t i = 0; i < products; ++i) {
    const Share one{i, i + 1, products};
    emit_product(c, attention, {part_of(all.staying, one), part_of(all.streaming, one)}, blocks, lanes);
  }
}

void AttentionTasks::emit_product(const TilePart& c, const TiledAttention& attention, const Sides& product,
                                  const AttentionBlocks& blocks, double lanes) {
  const AttentionSides sides = problem_of(c, attention);
  const std::int64_t staying = base::ceil_div(sides.staying, blocks.staying),
                     streaming = base::ceil_div(sides.streaming, blocks.streaming);
  for (std::int64_t i = 0; i < staying; ++i)
    for (std::int64_t j = 0; j < streaming; ++j)
      emit_block(c, attention, product,
                 {block_of(sides.staying, blocks.staying, i), block_of(sides.streaming, blocks.streaming, j),
                  i == 0, i + 1 == staying, j == 0, j + 1 == streaming},
                 lanes);
}

void AttentionTasks::emit_block(const TilePart& c, const TiledAttention& attention, const Sides& product,
                                const Block& block, double lanes) {
  Task& task = tasks_.begin(c);
  const bool all_streams = block.streaming.whole();  // what streams by lies there since the first block
  if (block.first_streaming)
    for (const Operand& read : product.staying.reads) tasks_.load(c, read, block.staying);
  for (const Operand& read : product.streaming.reads) {
    const bool again = !all_streams && !is_addend(c.op, read.tensor);
    if (block.first_staying || again) tasks_.load(c, read, block.streaming);
  }
  for (const Operand& write : product.streaming.writes) {
    if (!all_streams && !block.first_staying) tasks_.load(c, write, block.streaming);  // sums so far
    if (!all_streams || block.last_staying) tasks_.store(c, write, block.streaming);
  }
  if (block.last_streaming)
    for (const Operand& write : product.staying.writes) tasks_.store(c, write, block.staying);
  for (const GemmShape& shape : products_of(c, attention, block))
    add_array_work(task, costing_.gemm(costing_.gemm_work(c.op, shape)), c.op.precision, plan_.target);
  tasks_.add_vector_work(task, lanes * block.staying.fraction() * block.streaming.fraction());
  tasks_.finish(c, task);
}

std::vector<GemmShape> AttentionTasks::products_of(const TilePart& c, const TiledAttention& a,
                                                   const Block& block) const {
  const bool forward = c.op.phase == Phase::forward;
  const std::int64_t queries = (forward ? block.staying : block.streaming).size(),
                     keys = (forward ? block.streaming : block.staying).size();
  const GemmShape scores{queries, keys, a.width, 1};
  if (forward) return {scores, {queries, a.value_width, keys, 1}};
  std::vector<GemmShape> products{scores};
  if (a.scores_error()) products.push_back({queries, keys, a.value_width, 1});
  if (a.value_error) products.push_back({keys, a.value_width, queries, 1});
  if (a.query_error) products.push_back({queries, a.width, keys, 1});
  if (a.key_error) products.push_back({keys, a.width, queries, 1});
  return products;
}

}  // namespace kiln::lowering
