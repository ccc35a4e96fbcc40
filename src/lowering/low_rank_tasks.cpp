// SPDX-License-Identifier: MIT
#include "lowering/low_rank_tasks.h"

#include <algorithm>

#include "base/error.h"
#include "lowering/array_work.h"
#include "lowering/stream_tasks.h"

namespace kiln::lowering {

namespace {

constexpr Share kWhole{0, 1, 1};

std::int64_t rows_in(const Share& share, std::int64_t rows) {
  return static_cast<std::int64_t>(share.bytes(static_cast<std::uint64_t>(rows)));
}

}  // namespace

LowRankTasks::LowRankTasks(const StepPlan& plan, const Operands& operands, const TaskWriter& tasks,
                           Costing& costing, UpdateTasks& update)
    : plan_(plan), operands_(operands), tasks_(tasks), costing_(costing), update_(update) {
  // A gradient that is gathered without a product is multiplied as the network's products are.
  workload::Precision usual = workload::Precision::fp32;
  for (const workload::Op& op : plan.graph.ops)
    if (op.kind == workload::OpKind::gemm) usual = op.precision;
  precisions_.assign(plan.graph.layers.size(), usual);
  for (const workload::Op& op : plan.graph.ops)
    if (op.layer >= 0 && op.phase == workload::Phase::wgrad && op.gemm.macs() > 0)
      precisions_[static_cast<std::size_t>(op.layer)] = op.precision;
}

void LowRankTasks::emit_compress(const TilePart& c) {
  if (c.scheduled.round == 0) return form_first(c);
  orthogonalise(c);
  form_second(c);
  if (has_residual(c)) keep_rest(c);
}

void LowRankTasks::emit_reduce(const TilePart& c) {
  switch (c.scheduled.round) {
    case 0:
      return sum(c, {Piece::first, Piece::plain}, false);
    case 1:
      return sum(c, {Piece::second}, true);
    default:
      return form_gradient(c);
  }
}

LowRankTasks::Layout LowRankTasks::layout(const TilePart& c) const {
  const LayerCodec& codec = plan_.compression.of(c.op.layer);
  Layout layout;
  for (const compression::Factored& matrix : codec.factors) {
    layout.first += 4 * static_cast<std::uint64_t>(matrix.first_elements());
    layout.second += 4 * static_cast<std::uint64_t>(matrix.second_elements());
  }
  KILN_CHECK(codec.payload_bytes >= layout.first + layout.second, "{}: {} B hold no factors of {} B",
             c.op.name, codec.payload_bytes, layout.first + layout.second);
  layout.plain = codec.payload_bytes - layout.first - layout.second;
  return layout;
}

Operand LowRankTasks::piece(const TilePart& c, Piece which, int worker) const {
  const Layout sizes = layout(c);
  Operand o;
  o.tensor = c.op.reads.front();
  o.cls = workload::TensorClass::weight_gradient;
  o.location = plan_.memory.payloads[static_cast<std::size_t>(c.op.layer)];
  o.offset = o.location.copy_bytes * static_cast<std::uint64_t>(worker);
  o.bytes = sizes.first;
  if (which == Piece::second) {
    o.offset += sizes.first;
    o.bytes = sizes.second;
  } else if (which == Piece::plain) {
    o.offset += sizes.first + sizes.second;
    o.bytes = sizes.plain;
  }
  o.after = operands_.after_writer(o.tensor);
  return o;
}

Operand LowRankTasks::kept_factors(const TilePart& c) const {
  Operand o = piece(c, Piece::second, 0);
  o.location = plan_.memory.factors[static_cast<std::size_t>(c.op.layer)];
  o.offset = 0;
  o.codec_state = true;
  return o;
}

bool LowRankTasks::has_residual(const TilePart& c) const {
  return plan_.memory.residuals[static_cast<std::size_t>(c.op.layer)].placed;
}

Operand LowRankTasks::residual(const TilePart& c) const {
  Operand o = piece(c, Piece::first, 0);
  o.location = plan_.memory.residuals[static_cast<std::size_t>(c.op.layer)];
  o.offset = o.location.copy_bytes * static_cast<std::uint64_t>(c.tile);
  o.bytes = plan_.compression.state_bytes(c.op.layer, plan_.tensor(o.tensor).elements());
  o.codec_state = true;
  return o;
}

Operand LowRankTasks::gathered(const TilePart& c) const {
  if (has_residual(c)) return residual(c);
  Operand gradient = operands_.read(c, c.op.reads.front());
  gradient.after = operands_.after_writer(c.op.reads.front());
  return gradient;
}

int LowRankTasks::home(const TilePart& c) const {
  const std::vector<bool>& holders = operands_.holders(c.op.reads.front());
  return static_cast<int>(std::find(holders.begin(), holders.end(), true) - holders.begin());
}

int LowRankTasks::beside_home(const TilePart& c) const {
  return (home(c) + 1) % plan_.workers(c.op.layer);
}

void LowRankTasks::add_products(const TilePart& c, Task& task, const Share& of, Product product) {
  task.precision = precision_of(c.op.layer);
  for (const compression::Factored& matrix : plan_.compression.of(c.op.layer).factors) {
    const std::int64_t rows = rows_in(of, matrix.rows);
    if (rows == 0) continue;
    GemmShape shape;
    switch (product) {
      case Product::first:
        shape = {rows, matrix.rank, matrix.columns};
        break;
      case Product::second:
        shape = {matrix.columns, matrix.rank, rows};
        break;
      case Product::whole:
        shape = {rows, matrix.columns, matrix.rank};
        break;
    }
    add_array_work(task, costing_.gemm({shape, task.precision, c.op.phase, 1, 0}), task.precision,
                   plan_.target);
  }
}

void LowRankTasks::form_first(const TilePart& c) {
  const Operand gradient = operands_.read(c, c.op.reads.front()), q = kept_factors(c);
  std::vector<Operand> streams = {gradient},
                       results = {piece(c, Piece::first, c.tile), piece(c, Piece::plain, c.tile)};
  if (has_residual(c)) {
    streams.push_back(residual(c));
    results.push_back(residual(c));
  }
  std::uint64_t bytes = 0;
  for (const auto* list : {&streams, &results})
    for (const Operand& o : *list) bytes += o.bytes;
  const std::int64_t chunks = chunks_for(bytes, c.capacity);
  for (std::int64_t i = 0; i < chunks; ++i) {
    const Share part = kWhole.part(i, chunks);
    Task& task = tasks_.begin(c);
    if (i == 0 || !stays(c, q)) tasks_.load(c, q, kWhole);
    for (const Operand& o : streams) tasks_.load(c, o, part);
    for (const Operand& o : results) tasks_.store(c, o, part);
    add_products(c, task, part, Product::first);
    if (has_residual(c)) tasks_.add_vector_work(task, factored_elements(c) * part.fraction());
    tasks_.finish(c, task);
  }
}

/// Each worker makes all of it orthonormal, and one of them writes it down for the rows of the last round.
/// Where the local SRAM does not hold it, it is read for each of its columns.
void LowRankTasks::orthogonalise(const TilePart& c) {
  const Operand p = piece(c, Piece::first, home(c)), result = piece(c, Piece::first, beside_home(c));
  const std::int64_t passes = stays(c, p) ? 1 : most_columns(c);
  const std::int64_t chunks = stays(c, p) ? 1 : chunks_for(p.bytes, c.capacity);
  for (std::int64_t pass = 0; pass < passes; ++pass)
    for (std::int64_t i = 0; i < chunks; ++i) {
      const Share part = kWhole.part(i, chunks);
      Task& task = tasks_.begin(c);
      tasks_.load(c, p, part);
      if (pass + 1 == passes && c.tile == home(c)) tasks_.store(c, result, part);
      tasks_.add_vector_work(task, orthogonalise_ops(c) * part.fraction() / static_cast<double>(passes));
      tasks_.finish(c, task);
    }
}

/// Rows of P as they are needed: from local SRAM or, if that does not hold them, from the sum once more, made
/// orthonormal by the triangle that the passes over it have found.
void LowRankTasks::bring_first(const TilePart& c, Task& task, const Share& part) const {
  const Operand p = piece(c, Piece::first, home(c));
  if (stays(c, p)) return;
  tasks_.load(c, p, part);
  tasks_.add_vector_work(task, orthogonalise_ops(c) * part.fraction() / 2);
}

void LowRankTasks::form_second(const TilePart& c) {
  const Operand values = gathered(c), q = piece(c, Piece::second, c.tile);
  const std::int64_t chunks = chunks_for(values.bytes + q.bytes, c.capacity);
  for (std::int64_t i = 0; i < chunks; ++i) {
    const Share part = kWhole.part(i, chunks);
    Task& task = tasks_.begin(c);
    tasks_.load(c, values, part);
    bring_first(c, task, part);
    if (i + 1 == chunks) tasks_.store(c, q, kWhole);
    add_products(c, task, part, Product::second);
    tasks_.finish(c, task);
  }
}

/// What the factors leave of the gradient, which is read again unless the local SRAM holds all of it.
void LowRankTasks::keep_rest(const TilePart& c) {
  const Operand rest = residual(c);
  const std::int64_t chunks = chunks_for(2 * rest.bytes, c.capacity);
  for (std::int64_t i = 0; i < chunks; ++i) {
    const Share part = kWhole.part(i, chunks);
    Task& task = tasks_.begin(c);
    if (!stays(c, rest)) tasks_.load(c, rest, part);
    tasks_.store(c, rest, part);
    bring_first(c, task, part);
    add_products(c, task, part, Product::whole);
    tasks_.add_vector_work(task, factored_elements(c) * part.fraction());
    tasks_.finish(c, task);
  }
}

void LowRankTasks::sum(const TilePart& c, const std::vector<Piece>& pieces, bool into_kept) {
  const int workers = plan_.workers(c.op.layer);
  const std::vector<bool>& holders = operands_.holders(c.op.reads.front());
  const auto copies = static_cast<double>(std::count(holders.begin(), holders.end(), true));
  std::uint64_t bytes = 0;
  for (const Piece which : pieces) bytes += c.share.bytes(piece(c, which, 0).bytes);
  const std::int64_t chunks = chunks_for(bytes * static_cast<std::uint64_t>(workers + 1), c.capacity);
  for (std::int64_t i = 0; i < chunks; ++i) {
    const Share part = c.share.part(i, chunks);
    Task& task = tasks_.begin(c);
    for (const Piece which : pieces) {
      const Operand target = into_kept ? kept_factors(c) : piece(c, which, home(c));
      for (int step = 1; step <= workers; ++step) {  // in rotation: not all begin with the same worker
        const int worker = (c.tile + step) % workers;
        if (holders[static_cast<std::size_t>(worker)]) tasks_.load(c, piece(c, which, worker), part);
      }
      tasks_.store(c, target, part);
      tasks_.add_vector_work(task, copies * static_cast<double>(part.bytes(target.bytes)) / 4);
    }
    tasks_.finish(c, task);
  }
}

void LowRankTasks::form_gradient(const TilePart& c) {
  const Operand p = piece(c, Piece::first, beside_home(c)), q = kept_factors(c),
                plain = piece(c, Piece::plain, home(c));
  const auto elements = static_cast<std::uint64_t>(plan_.tensor(c.op.reads.front()).elements());
  // The gradient, the parameters and what the optimizer keeps.
  const std::uint64_t bytes = c.share.bytes(p.bytes + 4 * 4 * elements);
  const std::int64_t chunks = chunks_for(bytes, c.capacity);
  for (std::int64_t i = 0; i < chunks; ++i) {
    const Share chunk = c.share.part(i, chunks);
    Task& task = tasks_.begin(c);
    if (i == 0 || !stays(c, q)) tasks_.load(c, q, kWhole);
    tasks_.load(c, p, chunk);
    tasks_.load(c, plain, chunk);
    add_products(c, task, chunk, Product::whole);
    tasks_.finish(c, task);
    update_.emit_chunk(c, chunk, true);
  }
}

double LowRankTasks::factored_elements(const TilePart& c) const {
  double elements = 0;
  for (const compression::Factored& matrix : plan_.compression.of(c.op.layer).factors)
    elements += static_cast<double>(matrix.elements());
  return elements;
}

double LowRankTasks::orthogonalise_ops(const TilePart& c) const {
  double operations = 0;
  for (const compression::Factored& matrix : plan_.compression.of(c.op.layer).factors)
    operations += static_cast<double>(matrix.orthogonalise_ops());
  return operations;
}

std::int64_t LowRankTasks::most_columns(const TilePart& c) const {
  std::int64_t most = 1;
  for (const compression::Factored& matrix : plan_.compression.of(c.op.layer).factors)
    most = std::max(most, matrix.rank);
  return most;
}

}  // namespace kiln::lowering
