// SPDX-License-Identifier: MIT
#include "lowering/update_tasks.h"

#include <algorithm>

#include "base/error.h"
#include "lowering/stream_tasks.h"

namespace kiln::lowering {

using workload::OpKind;

Operand UpdateTasks::source_of_sum(const TilePart& c) const {
  const workload::TensorId gradient = c.op.reads.front();
  Operand from = operands_.read(c, gradient);
  from.bytes = static_cast<std::uint64_t>(plan_.tensor(gradient).bytes());
  if (plan_.compression.stored_encoded(c.op.layer)) {
    const Operand payload = operands_.payload(c, gradient);
    from.location = payload.location;
    from.bytes = payload.bytes;
    from.site = payload.site;
    from.plain_ratio = payload.plain_ratio;
  }
  from.after = operands_.after_writer(gradient);
  return from;
}

void UpdateTasks::emit_reduce(const TilePart& c) {
  const workload::TensorId gradient = c.op.reads.front();
  const std::int64_t elements = plan_.tensor(gradient).elements();
  const bool encoded = plan_.compression.stored_encoded(c.op.layer);
  const int workers = plan_.target.tiles;
  const std::vector<bool>& holders = operands_.holders(gradient);
  const auto copies = static_cast<double>(std::count(holders.begin(), holders.end(), true));
  Operand from = source_of_sum(c);
  const Share mine = share_of(workers, workers, c.tile);
  const std::uint64_t slice_bytes = mine.bytes(from.bytes) * static_cast<std::uint64_t>(workers) +
                                    4 * mine.bytes(static_cast<std::uint64_t>(elements)) * 4;
  const std::int64_t chunks = chunks_for(slice_bytes, c.capacity);
  const std::int64_t values =
      encoded ? plan_.compression.layers[static_cast<std::size_t>(c.op.layer)].work.coded_values : 0;
  const std::int64_t coded = values > 0 ? values : elements;
  // Every worker's coded values of this slice are decoded, unless the network interface has done so, and
  // added; a sparse sum starts from zeros.
  const bool decodes = encoded && plan_.compression.site != sim::CodingSite::ni;
  for (std::int64_t i = 0; i < chunks; ++i) {
    const Share chunk = mine.part(i, chunks);
    Task& task = tasks_.begin(c);
    for (int step = 1; step <= workers; ++step) {  // in rotation: owners do not all start at the same worker
      const auto worker = static_cast<std::size_t>((c.tile + step) % workers);
      if (!holders[worker]) continue;
      from.offset = from.location.copy_bytes * worker;
      tasks_.load(c, from, chunk);
    }
    tasks_.add_vector_work(task,
                           static_cast<double>(coded) * chunk.fraction() * copies * (decodes ? 2 : 1) +
                               (coded < elements ? static_cast<double>(elements) * chunk.fraction() : 0));
    if (decodes)
      task.codec_elements +=
          static_cast<std::int64_t>(static_cast<double>(coded) * chunk.fraction() * copies);
    tasks_.finish(c, task);
    emit_chunk(c, chunk, true);
  }
}

void UpdateTasks::emit_chunk(const TilePart& c, const Share& chunk, bool gradient_resident) {
  // The UPDATE of a layer stands right behind its REDUCE in the schedule.
  const std::int32_t position = c.op.kind == OpKind::update ? c.position : c.position + 1;
  const ScheduledOp& scheduled = plan_.schedule[static_cast<std::size_t>(position)];
  const workload::Op& op = plan_.graph.ops[static_cast<std::size_t>(scheduled.op)];
  KILN_CHECK(op.kind == OpKind::update && op.layer == c.op.layer, "{} is not followed by its update",
             c.op.name);
  const TilePart update{op, scheduled, position, c.tile, chunk, c.program, c.capacity};
  Task& task = tasks_.begin(update);
  for (const workload::TensorId id : op.reads)
    tasks_.load(update, operands_.parameter(id, gradient_resident), chunk);
  for (const workload::TensorId id : op.writes)
    tasks_.store(update, operands_.parameter(id, gradient_resident), chunk);
  tasks_.add_vector_work(
      task, static_cast<double>(op.vector.elements) * op.vector.ops_per_element * chunk.fraction());
  // New weights must not overtake a slower tile that still reads the old ones.
  task.after = {last_weight_use_[static_cast<std::size_t>(op.layer)], true};
  tasks_.finish(update, task);
  if (c.op.kind != OpKind::reduce) return;
  task.first_of_op = chunk.begin * c.scheduled.units == c.share.begin * chunk.total;
  task.last_of_op = chunk.end * c.scheduled.units == c.share.end * chunk.total;
  if (task.last_of_op) ++participants_[static_cast<std::size_t>(position)];
}

void UpdateTasks::emit_update(const TilePart& c) {
  std::uint64_t bytes = 0;
  for (const auto* list : {&c.op.reads, &c.op.writes})
    for (const workload::TensorId id : *list)
      bytes += c.share.bytes(static_cast<std::uint64_t>(plan_.tensor(id).bytes()));
  const std::int64_t chunks = chunks_for(bytes, c.capacity);
  for (std::int64_t i = 0; i < chunks; ++i) emit_chunk(c, c.share.part(i, chunks), false);
}

}  // namespace kiln::lowering
