// SPDX-License-Identifier: MIT
#include "lowering/attention_tasks.h"

#include <algorithm>

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
  const double word = workload::bits_of(c.op.precision) / 8, sum = plan_.target.sum_bytes(c.op.precision);
  const auto width = static_cast<double>(a.width), values = static_cast<double>(a.value_width);
  AttentionSides sides;
  sides.capacity_bytes = static_cast<double>(c.capacity);
  sides.least_block = std::max(plan_.target.array_rows, plan_.target.array_columns);
  sides.window = a.window;
  sides.meets_earlier = c.op.phase == Phase::forward;
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
  const AttentionSides sides = problem_of(c, attention);
  const std::vector<AttentionStep> steps = attention_walk(sides, attention_blocks(sides));
  const Sides all = sides_of(c, flows);
  const double lanes = static_cast<double>(c.op.vector.elements) * c.op.vector.ops_per_element /
                       static_cast<double>(c.op.gemm.repeats);
  for (std::int64_t i = 0; i < products; ++i) {
    const Share one{i, i + 1, products};
    emit_product(c, attention, {part_of(all.staying, one), part_of(all.streaming, one)}, steps, lanes);
  }
}

void AttentionTasks::emit_product(const TilePart& c, const TiledAttention& attention, const Sides& product,
                                  const std::vector<AttentionStep>& steps, double lanes) {
  for (const AttentionStep& step : steps) emit_step(c, attention, product, step, lanes);
}

void AttentionTasks::emit_step(const TilePart& c, const TiledAttention& attention, const Sides& product,
                               const AttentionStep& step, double lanes) {
  Task& task = tasks_.begin(c);
  const auto load = [&](const Operand& operand, const Share& rows) {
    if (!rows.empty()) tasks_.load(c, operand, rows);
  };
  if (step.first)
    for (const Operand& read : product.staying.reads) tasks_.load(c, read, step.staying);
  for (const Operand& read : product.streaming.reads)
    load(read, is_addend(c.op, read.tensor) ? step.fresh : step.brought);
  for (const Operand& write : product.streaming.writes) {
    load(write, step.summed);
    if (!step.stored.empty()) tasks_.store(c, write, step.stored);
  }
  if (step.last)
    for (const Operand& write : product.staying.writes) tasks_.store(c, write, step.staying);
  for (const GemmShape& shape : products_of(c, attention, step))
    add_array_work(task, costing_.gemm(costing_.gemm_work(c.op, shape)), c.op.precision, plan_.target);
  tasks_.add_vector_work(task, lanes * step.staying.fraction() * step.scores.fraction());
  tasks_.finish(c, task);
}

std::vector<GemmShape> AttentionTasks::products_of(const TilePart& c, const TiledAttention& a,
                                                   const AttentionStep& step) const {
  const bool forward = c.op.phase == Phase::forward;
  const std::int64_t queries = (forward ? step.staying : step.scores).size(),
                     keys = (forward ? step.scores : step.staying).size();
  if (queries == 0 || keys == 0) return {};
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
