// SPDX-License-Identifier: MIT
#include "lowering/array_tasks.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "lowering/array_work.h"
#include "lowering/expert_shares.h"

namespace kiln::lowering {

using workload::Op;
using workload::Phase;
using workload::Precision;
using workload::TensorClass;

namespace {

constexpr double kTaskCycles = 50;  ///< to begin a task: estimate

/// The two operands of the product; the rest streams by.
struct ProductOperands {
  workload::TensorId a = workload::kNone, b = workload::kNone;
};

ProductOperands product_operands(const workload::StepGraph& graph, const Op& op) {
  const auto cls = [&](workload::TensorId id) { return graph.tensors[static_cast<std::size_t>(id)].cls; };
  ProductOperands found;
  const TensorClass b_class = op.phase == Phase::wgrad ? TensorClass::error : TensorClass::weight;
  for (const workload::TensorId id : op.reads)
    if (cls(id) == b_class && found.b == workload::kNone) found.b = id;
  for (const workload::TensorId id : op.reads) {
    if (id == found.b || !is_per_sample(cls(id))) continue;
    if (found.a == workload::kNone)
      found.a = id;
    else if (found.b == workload::kNone)
      found.b = id;
  }
  return found;
}

/// The GEMM of one tile.
GemmShape tile_shape(const workload::StepGraph& graph, const Op& op, Mapping mapping, const Share& share) {
  GemmShape shape{op.gemm.m, op.gemm.n, op.gemm.k, op.gemm.repeats};
  std::int64_t& extent = divided_extent(graph, op, mapping, shape);
  extent = static_cast<std::int64_t>(share.bytes(static_cast<std::uint64_t>(extent)));
  return shape;
}

/// A tile's share of the operations behind the product. Units may be finer than the extent that is divided
/// (rows of samples where a sum over samples is cut): then a tile has as much of them as of the product.
double lane_share(const workload::StepGraph& graph, const Op& op, Mapping mapping, const Share& share,
                  const GemmShape& tile) {
  GemmShape all{op.gemm.m, op.gemm.n, op.gemm.k, op.gemm.repeats}, mine = tile;
  const std::int64_t extent = divided_extent(graph, op, mapping, all);
  if (share.total <= extent) return share.fraction();
  return static_cast<double>(divided_extent(graph, op, mapping, mine)) / static_cast<double>(extent);
}

}  // namespace

void ArrayTasks::emit(const TilePart& c) {
  const GemmShape shape = tile_shape(plan_.graph, c.op, c.scheduled.mapping, c.share);
  if (shape.macs() == 0) return;
  const Flows all = operands_.flows(c);
  if (const auto* attention = std::get_if<workload::TiledAttention>(&c.op.actions.front().operation))
    return attention_.emit(c, *attention, shape.repeats, all);
  if (shape.repeats > 1) return emit_repeats(c, shape, all);
  const double lanes = lane_share(plan_.graph, c.op, c.scheduled.mapping, c.share, shape);
  if (const auto* experts = std::get_if<workload::ExpertProduct>(&c.op.actions.front().operation))
    return emit_experts(c, *experts, shape, all, lanes);
  emit_product(c, {shape, all, lanes, {}});
}

void ArrayTasks::emit_product(const TilePart& c, const TileProduct& product) {
  const ProductOperands factors = product_operands(plan_.graph, c.op);
  Operand a, b;
  a.resident = b.resident = true;  // an operand made on the fly moves no bytes
  Flows rest;
  rest.writes = product.flows.writes;
  for (const Operand& o : product.flows.reads) {
    if (o.tensor == factors.a && o.cls != TensorClass::weight_gradient)
      a = o;
    else if (o.tensor == factors.b && o.cls != TensorClass::weight_gradient)
      b = o;
    else
      rest.reads.push_back(o);
  }
  emit_tiles(c, product, a, b, rest);
}

void ArrayTasks::emit_experts(const TilePart& c, const workload::ExpertProduct& experts,
                              const GemmShape& shape, const Flows& flows, double lanes) {
  const auto rows_in = [&](const auto& of) { return c.op.phase == Phase::wgrad ? of.k : of.m; };
  // Under channel mapping a tile has all rows.
  const std::int64_t rows = rows_in(shape);
  const std::int64_t begin =
      rows == rows_in(c.op.gemm)
          ? 0
          : static_cast<std::int64_t>(c.share.offset(static_cast<std::uint64_t>(rows_in(c.op.gemm))));
  for (const ExpertShare& own : expert_shares(experts, begin, rows)) {
    GemmShape product = shape;
    (c.op.phase == Phase::wgrad ? product.k : product.m) = own.rows.size();
    emit_product(c, {product, parts_of(flows, own), lanes * own.rows.fraction(), own.gradient});
  }
}

Tiling ArrayTasks::tiling_of(const Op& op, const GemmShape& shape, const TilingProblem& problem) {
  const double bandwidth =
      std::min(plan_.target.link_bytes_per_cycle, plan_.target.dram_bytes_per_cycle / plan_.target.tiles);
  // Pipelined execution plus the first load and last store, which nothing hides.
  const auto time = [&](double compute, const Tiling& t) {
    const double tasks = static_cast<double>(t.tasks()), transfer = t.traffic_bytes / bandwidth;
    return std::max(compute, transfer) + (std::min(compute, transfer) + transfer) / tasks +
           kTaskCycles * tasks;
  };
  // No cut computes faster than its MACs at the array's peak.
  const double least_cycles = static_cast<double>(shape.macs()) * op.weight_density /
                              (plan_.target.array_rows * plan_.target.array_columns *
                               plan_.target.macs_per_pe_per_cycle(op.precision));
  return choose_tiling(
      problem,
      {[&](const Tiling& t) { return time(least_cycles, t); },
       [&](const Tiling& t) {
         const GemmShape one{(shape.m + t.m_tiles - 1) / t.m_tiles, (shape.n + t.n_tiles - 1) / t.n_tiles,
                             (shape.k + t.k_tiles - 1) / t.k_tiles};
         const auto cycles = static_cast<double>(costing_.gemm(costing_.gemm_work(op, one)).array.cycles);
         return time(cycles * static_cast<double>(t.tasks()), t);
       }},
      plan_.target.dataflow_rule.objective);
}

Tiling ArrayTasks::tiling_for(const TilePart& c, const GemmShape& shape, const Operand& a, const Operand& b,
                              const Flows& rest) {
  TilingProblem problem{shape.m, shape.n, shape.k};
  problem.a_bytes = static_cast<double>(a.bytes + a.halo_bytes);
  problem.b_bytes = static_cast<double>(b.bytes);
  problem.c_bytes = static_cast<double>(rest.bytes());
  problem.a_resident = a.resident;
  problem.b_resident = b.resident;
  problem.accumulator_bytes = plan_.target.sum_bytes(c.op.precision);
  problem.capacity_bytes = static_cast<double>(c.capacity);
  const auto [it, fresh] = tilings_.try_emplace({problem, costing_.gemm_work(c.op, shape)});
  if (fresh) it->second = tiling_of(c.op, shape, problem);
  return it->second;
}

void ArrayTasks::emit_tiles(const TilePart& c, const TileProduct& product, const Operand& a, const Operand& b,
                            const Flows& rest) {
  const GemmShape& shape = product.shape;
  const Tiling tiling = tiling_for(c, shape, a, b, rest);
  const std::int64_t results = tiling.m_tiles * tiling.n_tiles;
  std::int64_t last_a = -1, last_b = -1, result = 0;
  const auto piece = [](std::int64_t extent, std::int64_t count, std::int64_t i) {
    return extent * (i + 1) / count - extent * i / count;
  };
  const auto one_tile = [&](std::int64_t im, std::int64_t in, std::int64_t ik) {
    Task& task = tasks_.begin(c);
    const std::int64_t a_tile = im * tiling.k_tiles + ik, b_tile = ik * tiling.n_tiles + in;
    const Share whole{0, 1, 1};
    if (a_tile != last_a) tasks_.load(c, a, whole.part(a_tile, tiling.m_tiles * tiling.k_tiles), a_tile == 0);
    if (b_tile != last_b) tasks_.load(c, b, whole.part(b_tile, tiling.n_tiles * tiling.k_tiles));
    last_a = a_tile;
    last_b = b_tile;
    const bool finishes = ik == tiling.k_tiles - 1;
    const Share part = whole.part(result, results);
    if (finishes) {
      for (const Operand& read : rest.reads) tasks_.load(c, read, part);
      for (const Operand& write : rest.writes) tasks_.store(c, write, part);
      ++result;
    }
    add_array_work(task,
                   costing_.gemm(costing_.gemm_work(
                       c.op, {piece(shape.m, tiling.m_tiles, im), piece(shape.n, tiling.n_tiles, in),
                              piece(shape.k, tiling.k_tiles, ik)})),
                   c.op.precision, plan_.target);
    if (finishes && c.op.vector.elements > 0) {
      const double ops = static_cast<double>(c.op.vector.elements) * c.op.vector.ops_per_element *
                         product.lanes / static_cast<double>(results);
      tasks_.add_vector_work(task, ops);
    }
    if (finishes) tasks_.add_codec_work(c, task, product.gradient.part(result - 1, results));
    tasks_.finish(c, task);
  };
  const bool m_outer = tiling.order == LoopOrder::m_outer;
  for (std::int64_t outer = 0; outer < (m_outer ? tiling.m_tiles : tiling.n_tiles); ++outer)
    for (std::int64_t inner = 0; inner < (m_outer ? tiling.n_tiles : tiling.m_tiles); ++inner)
      for (std::int64_t k = 0; k < tiling.k_tiles; ++k)
        one_tile(m_outer ? outer : inner, m_outer ? inner : outer, k);
}

void ArrayTasks::emit_repeats(const TilePart& c, const GemmShape& shape, const Flows& flows) {
  // Attention heads, groups, time steps: as many whole products per task as fit with double buffering.
  const double per_product = static_cast<double>(flows.bytes()) / static_cast<double>(shape.repeats);
  const auto fit =
      static_cast<std::int64_t>(static_cast<double>(c.capacity) / 2 / std::max(1.0, per_product));
  const std::int64_t wanted = std::min(shape.repeats, kPipelineTasks);
  const std::int64_t tasks =
      std::clamp((shape.repeats + std::max<std::int64_t>(1, fit) - 1) / std::max<std::int64_t>(1, fit),
                 wanted, shape.repeats);
  for (std::int64_t i = 0; i < tasks; ++i) {
    const Share part = Share{0, 1, 1}.part(i, tasks);
    Task& task = tasks_.begin(c);
    for (const Operand& o : flows.reads)
      if (!o.once)
        tasks_.load(c, o, part);
      else if (i == 0)
        tasks_.load(c, o, {});
    for (const Operand& o : flows.writes) tasks_.store(c, o, part);
    GemmShape some = shape;
    some.repeats = shape.repeats * (i + 1) / tasks - shape.repeats * i / tasks;
    add_array_work(task, costing_.gemm(costing_.gemm_work(c.op, some)), c.op.precision, plan_.target);
    const double ops = static_cast<double>(c.op.vector.elements) * c.op.vector.ops_per_element *
                       c.share.fraction() / static_cast<double>(tasks);
    tasks_.add_vector_work(task, ops);
    tasks_.add_codec_work(c, task, part);
    tasks_.finish(c, task);
  }
}

}  // namespace kiln::lowering
