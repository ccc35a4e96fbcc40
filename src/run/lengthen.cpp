// SPDX-License-Identifier: MIT
#include "run/lengthen.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"
#include "run/repeated_metrics.h"
#include "run/repeated_traffic.h"
#include "run/window_splice.h"
#include "soc/executed.h"

namespace kiln::run {

using lowering::LoweredStep;
using lowering::Repetition;
using stats::WorkKey;

namespace {

/// A GiB takes about a second to simulate. Of units whose tiles do not keep in step; of others half of it.
constexpr std::uint64_t kUnitBytes = std::uint64_t{1} << 30;
/// Of a long operation: parts in which tiles find their order, and units of them.
constexpr std::uint64_t kPartBytes = std::uint64_t{1} << 23, kPartsUnitBytes = std::uint64_t{1} << 26;
constexpr std::uint64_t kLeastBytes = std::uint64_t{1} << 29;  ///< to leave out: below, it is not worth it

std::uint64_t memory_bytes(const LoweredStep& step) {
  std::uint64_t bytes = 0;
  for (const lowering::Home home : {lowering::Home::dram, lowering::Home::gradient_sram})
    bytes += step.bytes(home, false) + step.bytes(home, true);
  return bytes;
}

/// Whether enough of `step` can be left out of it; then into `shortened`, which may have it in parts.
bool shorten(const LoweredStep& step, std::uint64_t unit_bytes, ShortenedStep& shortened) {
  const bool is_cut = shortened.in_parts.has_value();
  shortened.repetitions = lowering::repetitions_of(
      step, unit_bytes, is_cut ? shortened.in_parts->likeness : std::vector<std::int32_t>());
  std::uint64_t left_out = 0;
  for (const Repetition& r : shortened.repetitions) left_out += r.bytes_left_out;
  if (left_out < kLeastBytes) return false;
  shortened.part = lowering::shortened(step, shortened.repetitions);
  return true;
}

}  // namespace

Shortenings shorten(const LoweredStep& step) {
  if (memory_bytes(step) < kUnitBytes + kLeastBytes) return {};
  Shortenings shortenings;
  const auto rest = [&]() -> const LoweredStep& {
    return shortenings.empty() ? step : shortenings.back().part;
  };
  for (ShortenedStep next; shorten(rest(), kUnitBytes, next); next = {})
    shortenings.push_back(std::move(next));
  ShortenedStep last{lowering::in_parts(rest(), kPartBytes), {}, {}};
  if (last.in_parts && shorten(last.in_parts->step, kPartsUnitBytes, last))
    shortenings.push_back(std::move(last));
  return shortenings;
}

namespace {

/// Who is simulated in place of `instance` of a part that others make shorter from `first` on.
std::int32_t simulated_for(const Shortenings& shortenings, std::size_t first, std::int32_t instance) {
  for (std::size_t i = first; i < shortenings.size(); ++i) instance = shortenings[i].stand_in(instance);
  return instance;
}

std::vector<std::int32_t> milestones_of(const ShortenedStep& shortened) {
  std::vector<std::int32_t> ends;
  for (const Repetition& r : shortened.repetitions)
    for (const std::int32_t next : {r.middle_of_unit(), r.begin_left_out()}) ends.push_back(next - 1);
  return ends;
}

}  // namespace

std::vector<std::int32_t> milestones_of(const Shortenings& shortenings) {
  std::set<std::int32_t> ends;
  for (std::size_t i = 0; i < shortenings.size(); ++i)
    for (const std::int32_t end : milestones_of(shortenings[i]))
      ends.insert(simulated_for(shortenings, i + 1, end));
  return {ends.begin(), ends.end()};
}

void lengthen(const LoweredStep& whole, const Shortenings& shortenings, const Lengthening::Names& names,
              std::uint64_t descriptor_bytes, const CountsAt& at, SimulatedPart& part) {
  for (std::size_t i = shortenings.size(); i-- > 0;) {
    CountsAt own;
    for (const std::int32_t end : milestones_of(shortenings[i]))
      own.emplace(end, at.at(simulated_for(shortenings, i + 1, end)));
    Lengthening(i == 0 ? whole : shortenings[i - 1].part, shortenings[i], names, descriptor_bytes)
        .lengthen(part, own);
  }
}

Lengthening::Lengthening(const LoweredStep& step, const ShortenedStep& shortened, Names names,
                         std::uint64_t descriptor_bytes)
    : step_(step),
      whole_(shortened.whole(step)),
      shortened_(shortened),
      names_(std::move(names)),
      descriptor_bytes_(descriptor_bytes),
      work_(whole_, shortened) {
  for (const lowering::TileProgram& tile : step.tiles)
    if (!tile.tasks.empty()) busy_tiles_ += 1 / static_cast<double>(step.tiles.size());
}

void Lengthening::lengthen(SimulatedPart& part, const CountsAt& at) const {
  const SimulatedPart as_simulated{part.record, part.metrics, {}};
  const soc::StepRecord& simulated = as_simulated.record;
  part.record.by_layer_and_phase = work_.counts(simulated.by_layer_and_phase);
  part.record.work = work_.work(simulated.work);
  RepeatedTasks tasks(shortened_.part, simulated);
  double deviation_ps = 0;
  // The last one first: what comes before it stays where it was simulated.
  for (std::size_t r = shortened_.repetitions.size(); r-- > 0;) {
    const Repetition& repetition = shortened_.repetitions[r];
    const Rhythm rhythm = tasks.rhythm_of(repetition);
    tasks.repeat(repetition, rhythm);
    const WorkRecords work = work_.work_left_out(r, simulated.work);
    repeat_work(repetition, rhythm, work, part.record);
    repeat_counts(r, rhythm, work, simulated, part.record);
    repeat_parts(repetition, at, part);
    deviation_ps += static_cast<double>(repetition.units_left_out()) * static_cast<double>(rhythm.deviation);
  }
  const auto duration = static_cast<double>(part.record.duration);
  const double simulated_ps = static_cast<double>(simulated.duration) * (1 - simulated.repeated.share);
  part.record.repeated = {1 - simulated_ps / duration, simulated.repeated.error + deviation_ps / duration};
  part.record.macs = whole_.macs();
  tasks.tell(whole_, part.record);
  tasks.tell(step_, names_.operations, part.trace);
  tell_tiles(names_.tiles, whole_, as_simulated, part);
  check(part.record);
}

/// Times by layer, phase and cause.
void Lengthening::repeat_work(const Repetition& r, const Rhythm& rhythm, const WorkRecords& work,
                              soc::StepRecord& record) const {
  for (const auto& [key, more] : work) {
    add(record.work[key], more);
    const auto phase = static_cast<std::size_t>(key.second);
    record.exclusive_s[phase] += more.exclusive_s;
    record.busy_s[phase] += more.computing_s;
    for (std::size_t i = 0; i < npu::kStalls; ++i) record.stalled_s[i] += more.stalled_s[i];
    record.memory_wait_s += more.memory_wait_s;
    record.network_wait_s += more.network_wait_s;
  }
  const base::TimePs longer = r.units_left_out() * rhythm.unit;
  record.duration += longer;
  // Tiles without a task wait for the others all the time.
  const double rest_s = base::to_seconds(longer) * (1 - busy_tiles_);
  record.exclusive_s[static_cast<std::size_t>(record.last_phase)] += rest_s;
  record.last_tile_wait_s += rest_s;
  record.stalled_s[static_cast<std::size_t>(npu::Stall::dependency)] += rest_s;
}

/// Counts by layer and phase, and over time.
void Lengthening::repeat_counts(std::size_t r, const Rhythm& rhythm, const WorkRecords& work,
                                const soc::StepRecord& simulated, soc::StepRecord& record) const {
  const std::int64_t units = shortened_.repetitions[r].units_left_out();
  const base::TimePs begin = rhythm.end - rhythm.unit;
  const EventsLeftOut events(simulated, counted_between(simulated.windows, begin, rhythm.end), units, work);
  const std::size_t blocks = simulated.windows.front().by_block.size();
  const std::vector<stats::Counts> all = stats::totals_by_block(simulated.by_layer_and_phase, blocks);
  stats::WorkCounts added = work_.counts_left_out(r, simulated.by_layer_and_phase);
  for (const auto& [key, counts] : simulated.by_layer_and_phase) {
    if (is_of_instance(key)) continue;
    std::vector<stats::Counts>& own = added[key];
    own.resize(blocks, stats::Counts{});
    for (std::size_t b = 0; b < blocks; ++b)
      for (std::size_t k = 0; k < stats::kActivityKinds; ++k)
        if (counts[b][k] > 0)
          own[b][k] = std::llround(static_cast<double>(events.of(b, static_cast<stats::ActivityKind>(k))) *
                                   static_cast<double>(counts[b][k]) / static_cast<double>(all[b][k]));
  }
  splice(record.windows, begin, rhythm.end, units, stats::totals_by_block(added, blocks));
  for (const auto& [key, counts] : added) stats::add(record.by_layer_and_phase[key], counts);
}

/// What the parts counted in the second half of the unit, for as many bytes as the programs move in all that
/// is left out: what the network carried meanwhile may be a little more or less than half a unit moves.
void Lengthening::repeat_parts(const Repetition& r, const CountsAt& at, SimulatedPart& part) const {
  const soc::PartCounts& from = at.at(r.middle_of_unit() - 1);
  const soc::PartCounts& to = at.at(r.begin_left_out() - 1);
  const soc::TrafficTotals traffic = traffic_left_out(whole_, r, descriptor_bytes_);
  const double times = static_cast<double>(traffic.noc_payload) /
                       static_cast<double>(to.traffic.noc_payload - from.traffic.noc_payload);
  run::repeat_counts(from, to, times, part);
  part.record.traffic += traffic;
}

void Lengthening::check(const soc::StepRecord& record) const {
  soc::check_executed(whole_, record.by_layer_and_phase, names_.operations);
  const auto planned = static_cast<std::int64_t>(whole_.bytes(lowering::Home::dram, false));
  KILN_CHECK(record.traffic.dram_read == planned,
             "the memory read {} B in simulated and repeated layers, the programs hold {} B",
             record.traffic.dram_read, planned);
}

}  // namespace kiln::run
