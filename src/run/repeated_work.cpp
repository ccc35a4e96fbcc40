// SPDX-License-Identifier: MIT
#include "run/repeated_work.h"

#include <algorithm>

#include "npu/task_activity.h"

namespace kiln::run {

using lowering::LoweredStep;
using lowering::Repetition;
using stats::add;
using stats::WorkKey;

namespace {

/// Layer and phase of each instance; of one without tasks those of nothing.
std::vector<WorkKey> keys_of(const LoweredStep& step) {
  std::vector<WorkKey> keys(static_cast<std::size_t>(step.instances), WorkKey{-1, -1});
  for (const lowering::TileProgram& tile : step.tiles)
    for (const lowering::Task& task : tile.tasks)
      keys[static_cast<std::size_t>(task.instance)] = {task.layer, static_cast<int>(task.phase)};
  return keys;
}

}  // namespace

void add(soc::WorkRecord& sum, const soc::WorkRecord& more) {
  sum.exclusive_s += more.exclusive_s;
  sum.computing_s += more.computing_s;
  for (std::size_t i = 0; i < npu::kStalls; ++i) sum.stalled_s[i] += more.stalled_s[i];
  sum.dram_read_bytes += more.dram_read_bytes;
  sum.dram_write_bytes += more.dram_write_bytes;
  sum.flit_hops += more.flit_hops;
  sum.coded_words += more.coded_words;
  sum.memory_wait_s += more.memory_wait_s;
  sum.network_wait_s += more.network_wait_s;
}

std::int32_t ShortenedStep::stand_in(std::int32_t instance) const {
  if (in_parts) instance = in_parts->last_part[static_cast<std::size_t>(instance)];
  for (const Repetition& r : repetitions)
    if (r.leaves_out(instance)) return r.stand_in(instance);
  return instance;
}

RepeatedWork::RepeatedWork(const LoweredStep& whole, const ShortenedStep& shortened)
    : whole_(whole), shortened_(shortened), tasks_(whole), keys_(keys_of(whole)) {}

template <class ByWork>
ByWork RepeatedWork::by_layer(const ByWork& simulated) const {
  ByWork sums;
  for (const auto& [key, amount] : simulated)
    add(sums[is_of_instance(key) ? keys_[static_cast<std::size_t>(key.first)] : key], amount);
  return sums;
}

template <class ByWork>
ByWork RepeatedWork::left_out(std::size_t r, const ByWork& simulated) const {
  const Repetition& repetition = shortened_.repetitions[r];
  ByWork sums;
  for (std::int32_t i = repetition.begin_left_out(); i < repetition.end_left_out(); ++i) {
    const WorkKey& key = keys_[static_cast<std::size_t>(i)];
    if (const auto found = simulated.find({repetition.stand_in(i), key.second}); found != simulated.end())
      add(sums[key], found->second);
  }
  return sums;
}

void RepeatedWork::Programmed::add(const Programmed& other, std::int64_t sign) {
  for (std::size_t k = 0; k < stats::kActivityKinds; ++k) tiles[k] += sign * other.tiles[k];
  dram_read_bytes += sign * other.dram_read_bytes;
  dram_write_bytes += sign * other.dram_write_bytes;
}

RepeatedWork::Programmed RepeatedWork::programmed(std::int32_t instance) const {
  Programmed all;
  std::int64_t& moved = all.tiles[static_cast<std::size_t>(stats::ActivityKind::dma_byte)];
  const auto add_bytes = [&](const lowering::Transfer& transfer, std::int64_t& dram_bytes) {
    const auto bytes = static_cast<std::int64_t>(transfer.bytes);
    moved += bytes;
    if (transfer.home == lowering::Home::dram) dram_bytes += bytes;
  };
  for (std::size_t t = 0; t < whole_.tiles.size(); ++t)
    for (const lowering::Task& task : tasks_.of(t, instance)) {
      stats::add(all.tiles, npu::activity_of(task, {}));
      for (std::uint32_t i = task.load_begin; i < task.load_end; ++i)
        add_bytes(whole_.tiles[t].loads[i], all.dram_read_bytes);
      for (std::uint32_t i = task.store_begin; i < task.store_end; ++i)
        add_bytes(whole_.tiles[t].stores[i], all.dram_write_bytes);
    }
  return all;
}

std::map<WorkKey, RepeatedWork::Programmed> RepeatedWork::more_left_out(std::size_t r) const {
  std::map<WorkKey, Programmed> more;
  if (!shortened_.in_parts) return more;  // equal blocks: nothing
  const Repetition& repetition = shortened_.repetitions[r];
  std::map<std::int32_t, Programmed> stand_ins;
  for (std::int32_t i = repetition.begin_left_out(); i < repetition.end_left_out(); ++i) {
    const std::int32_t stand_in = repetition.stand_in(i);
    const auto [found, is_new] = stand_ins.try_emplace(stand_in);
    if (is_new) found->second = programmed(stand_in);
    Programmed& sum = more[keys_[static_cast<std::size_t>(i)]];
    sum.add(programmed(i), 1);
    sum.add(found->second, -1);
  }
  return more;
}

stats::WorkCounts RepeatedWork::counts_left_out(std::size_t r, const stats::WorkCounts& simulated) const {
  stats::WorkCounts sums = left_out(r, simulated);
  for (const auto& [key, more] : more_left_out(r))
    for (std::size_t k = 0; k < stats::kActivityKinds; ++k) {
      if (more.tiles[k] == 0) continue;
      // The tile that did most of it.
      std::vector<stats::Counts>& blocks = sums.at(key);
      const auto most =
          std::max_element(blocks.begin(), blocks.end(),
                           [k](const stats::Counts& a, const stats::Counts& b) { return a[k] < b[k]; });
      (*most)[k] += more.tiles[k];
    }
  return sums;
}

WorkRecords RepeatedWork::work_left_out(std::size_t r, const WorkRecords& simulated) const {
  WorkRecords sums = left_out(r, simulated);
  for (const auto& [key, more] : more_left_out(r)) {
    sums[key].dram_read_bytes += more.dram_read_bytes;
    sums[key].dram_write_bytes += more.dram_write_bytes;
  }
  return sums;
}

template stats::WorkCounts RepeatedWork::by_layer(const stats::WorkCounts&) const;
template WorkRecords RepeatedWork::by_layer(const WorkRecords&) const;

}  // namespace kiln::run
