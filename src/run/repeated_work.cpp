// SPDX-License-Identifier: MIT
#include "run/repeated_work.h"

#include <optional>
#include <type_traits>

#include "lowering/work.h"

namespace kiln::run {

using lowering::LoweredStep;
using stats::WorkKey;

namespace {

/// Layer and phase of each instance that has tasks.
std::vector<std::optional<WorkKey>> keys_of(const LoweredStep& step) {
  std::vector<std::optional<WorkKey>> keys(static_cast<std::size_t>(step.instances));
  for (const lowering::TileProgram& tile : step.tiles)
    for (const lowering::Task& task : tile.tasks)
      keys[static_cast<std::size_t>(task.instance)] = {task.layer, static_cast<int>(task.phase)};
  return keys;
}

/// So many `of` parts of an amount, from part `begin` to `end`: integers lose nothing to rounding when all
/// parts are taken.
template <class Number>
Number parts_of(Number amount, std::int64_t begin, std::int64_t end, std::int64_t of) {
  if constexpr (std::is_floating_point_v<Number>)
    return amount * static_cast<double>(end - begin) / static_cast<double>(of);
  else
    return amount * end / of - amount * begin / of;
}

/// Calls `each` with every member of both.
template <class Each>
void with_members(soc::WorkRecord& a, const soc::WorkRecord& b, Each&& each) {
  each(a.exclusive_s, b.exclusive_s);
  each(a.computing_s, b.computing_s);
  for (std::size_t i = 0; i < npu::kStalls; ++i) each(a.stalled_s[i], b.stalled_s[i]);
  each(a.dram_read_bytes, b.dram_read_bytes);
  each(a.dram_write_bytes, b.dram_write_bytes);
  each(a.flit_hops, b.flit_hops);
  each(a.coded_words, b.coded_words);
  each(a.memory_wait_s, b.memory_wait_s);
  each(a.network_wait_s, b.network_wait_s);
}

using WorkTotals = std::map<WorkKey, std::array<std::int64_t, 4>>;

WorkTotals totals_of(const LoweredStep& step) {
  WorkTotals totals;
  for (const auto& [key, work] : lowering::work_of(step))
    totals[{key.first, static_cast<int>(key.second)}] = {work.macs, work.vector_ops, work.load_bytes,
                                                         work.store_bytes};
  return totals;
}

}  // namespace

void add(soc::WorkRecord& sum, const soc::WorkRecord& more) {
  with_members(sum, more, [](auto& total, auto amount) { total += amount; });
}

RepeatedWork::RepeatedWork(const LoweredStep& whole, const ShortenedStep& shortened) {
  const std::vector<std::optional<WorkKey>> keys = keys_of(whole);
  const auto key = [&](std::int32_t instance) { return keys[static_cast<std::size_t>(instance)]; };
  for (std::int32_t i = 0; i < whole.instances; ++i)
    if (key(i) && shortened.part.participants[static_cast<std::size_t>(i)] > 0) ++kept_[*key(i)];
  std::map<std::pair<WorkKey, WorkKey>, std::int64_t> before;
  for (const lowering::Repetition& r : shortened.repetitions) {
    Shares& shares = shares_.emplace_back();
    for (std::int32_t i = r.begin_left_out(); i < r.end_left_out(); ++i) {
      if (!key(i)) continue;
      const WorkKey of = *key(r.stand_in(i));
      Share& share =
          shares.try_emplace({*key(i), of}, Share{before[{*key(i), of}], 0, kept_.at(of)}).first->second;
      ++share.instances;
    }
    for (const auto& [layers, share] : shares) before[layers] = share.end();
  }
}

bool RepeatedWork::agrees(const LoweredStep& whole, const LoweredStep& part) const {
  const WorkTotals simulated = totals_of(part);
  WorkTotals told = simulated;
  for (const Shares& shares : shares_)
    for (const auto& [keys, share] : shares)
      for (std::size_t i = 0; i < told[keys.first].size(); ++i)
        told[keys.first][i] +=
            parts_of(simulated.at(keys.second)[i], share.before, share.end(), share.simulated);
  return told == totals_of(whole);
}

stats::WorkCounts RepeatedWork::counts(std::size_t r, const stats::WorkCounts& simulated) const {
  stats::WorkCounts added;
  for (const auto& [keys, share] : shares_[r]) {
    const auto found = simulated.find(keys.second);
    if (found == simulated.end()) continue;
    std::vector<stats::Counts>& blocks = added[keys.first];
    blocks.resize(found->second.size(), stats::Counts{});
    for (std::size_t b = 0; b < blocks.size(); ++b)
      for (std::size_t k = 0; k < stats::kActivityKinds; ++k)
        blocks[b][k] += parts_of(found->second[b][k], share.before, share.end(), share.simulated);
  }
  return added;
}

WorkRecords RepeatedWork::work(std::size_t r, const WorkRecords& simulated) const {
  WorkRecords added;
  for (const auto& [keys, share] : shares_[r])
    if (const auto found = simulated.find(keys.second); found != simulated.end())
      with_members(added[keys.first], found->second, [&](auto& total, auto amount) {
        total += parts_of(amount, share.before, share.end(), share.simulated);
      });
  return added;
}

}  // namespace kiln::run
