// SPDX-License-Identifier: MIT
#include "soc/plant.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "sim/kernel_time.h"
#include "soc/executed.h"

namespace kiln::soc {

namespace {

/// How long the kernel is left alone: stretches of simulated time with about the same number of events,
/// whatever a step does in it. Counted in events, so that it is the same in every run.
class Pulse {
 public:
  base::TimePs span() const { return span_; }
  void adapt() {
    const std::uint64_t all = sc_core::sc_delta_count(), events = all - std::exchange(seen_, all);
    if (events > 2 * kEvents) span_ = std::max<base::TimePs>(span_ / 2, 1);
    if (events < kEvents / 2) span_ = std::min(2 * span_, kLongest);
  }

 private:
  static constexpr std::uint64_t kEvents = 10'000;  // some 50 ms
  static constexpr base::TimePs kLongest = 1'000'000'000;
  std::uint64_t seen_ = sc_core::sc_delta_count();
  base::TimePs span_ = 1'000'000;
};

std::vector<npu::TaskSpan> since(base::TimePs begin, std::vector<npu::TaskSpan> spans) {
  for (npu::TaskSpan& span : spans) span = {span.begin - begin, span.end - begin};
  return spans;
}

}  // namespace

TrafficTotals& TrafficTotals::operator+=(const TrafficTotals& more) {
  dram_read += more.dram_read;
  dram_write += more.dram_write;
  dram_gradient += more.dram_gradient;
  noc_payload += more.noc_payload;
  noc_wire += more.noc_wire;
  noc_gradient += more.noc_gradient;
  return *this;
}

Plant::Plant(const SocConfig& soc, const ChipPlan& plan, const lowering::LoweredStep& step,
             std::vector<std::string> op_names, base::TimePs ledger_window, const sim::Fidelities& fidelity,
             const dram::MemoryFactory& make_memory)
    : soc_(soc),
      step_(&step),
      op_names_(std::move(op_names)),
      platform_(std::make_unique<Platform>(soc, plan, ledger_window, fidelity, make_memory)) {}

Plant::~Plant() = default;

const sim::OperatingPoint& Plant::operating_point() const {
  return platform_->operating.point();
}

void Plant::set_operating_point(const sim::OperatingPoint& point) {
  if (point == operating_point()) return;
  platform_->ledger.cut(sim::now());
  platform_->noc->report_activity();
  platform_->operating.set(point);
}

void Plant::restart(const sim::OperatingPoint& point) {
  platform_->operating.restart(point);
}

void Plant::hold(base::TimePs duration) {
  for (auto& tile : platform_->tiles) tile->hold(duration);
}

const std::vector<Progress>& Plant::progress() const {
  return platform_->progress.marks();
}

std::vector<stats::Counts> Plant::activity() {
  platform_->noc->report_activity();
  for (auto& memory : platform_->memories) memory->report_activity();
  std::vector<stats::Counts> counts;
  for (const stats::BlockId block : platform_->blocks) counts.push_back(platform_->ledger.total(block));
  return counts;
}

PartCounts Plant::part_counts() {
  return {stats::snapshot(platform_->stats.metrics()), platform_->noc->link_flits(), totals()};
}

bool Plant::finished() const {
  return platform_->tiles_finished() && platform_->io->idle();
}

void Plant::record(std::vector<RecordedWindow> windows, RecordingHook hook) {
  windows_ = std::move(windows);
  hook_ = std::move(hook);
}

/// Records what is to be recorded, hands over what is complete; returns when to look again, not after
/// `until`.
base::TimePs Plant::watch_windows(base::TimePs begin, base::TimePs until) {
  const base::TimePs now = sim::now() - begin;
  until -= begin;
  std::erase_if(windows_, [&](const RecordedWindow& window) {
    const auto [from, to] = window;
    if (now >= to) {
      hand_over(window, begin);
      return true;
    }
    until = std::min(until, now < from ? from : to);
    if (now < from) return false;
    platform_->noc->record_until(begin + to);
    for (auto& memory : platform_->memories) memory->record_until(begin + to);
    return false;
  });
  return begin + until;
}

void Plant::hand_over(const RecordedWindow& window, base::TimePs begin) const {
  const auto inside = [&](base::TimePs time) {
    return begin + window.first <= time && time < begin + window.second;
  };
  Recording recording;
  for (const noc::TrainRecord& record : platform_->noc->records())
    if (inside(record.start)) recording.trains.push_back(record.train);
  for (const auto& memory : platform_->memories)
    for (const dram::BurstRecord& record : memory->books().records())
      if (inside(record.burst.arrival)) recording.channels[record.channel].push_back(record.burst);
  hook_(std::move(recording));
}

StepRecord Plant::run_step(const StepRequest& request) {
  Platform& p = *platform_;
  const base::TimePs begin = sim::now();
  const std::uint64_t events_before = sc_core::sc_delta_count();
  p.noc->reset_statistics();
  for (auto& memory : p.memories) memory->restart_books();
  p.stats.reset();
  p.trace.clear();
  p.trace.count_from(begin);
  p.ledger.restart(begin);
  p.noc->clear_records();
  p.progress.begin_step(begin);
  p.scoreboard.begin_step(step_->participants, static_cast<int>(p.tiles.size()));
  for (std::size_t t = 0; t < p.tiles.size(); ++t) p.tiles[t]->begin_step(step_->tiles[t], op_names_);
  p.io->begin_step(
      step_->input_address,
      static_cast<std::uint64_t>(static_cast<double>(step_->input_elements) * soc_.io.bytes_per_element));
  p.host->begin_step();
  p.milestones = request.milestones;

  base::TimePs next_slice = begin + request.first;
  Pulse beat;
  while (!finished()) {
    const base::TimePs until = watch_windows(begin, std::min(next_slice, sim::now() + beat.span()));
    sc_core::sc_start(sim::to_sc_time(until - sim::now()));
    beat.adapt();
    if (request.pulse) request.pulse();
    for (const std::int32_t instance : p.reached_milestones()) request.complete(instance);
    if (sim::now() >= until && !sc_core::sc_pending_activity() && !finished())
      throw base::SimError("the simulation is stuck: nothing is going to happen any more\n" +
                           describe_state());
    if (sim::now() >= next_slice) {
      if (request.hook) request.hook(sim::now() - begin);
      next_slice = sim::now() + request.slice;
    }
  }
  for (const RecordedWindow& window : std::exchange(windows_, {})) hand_over(window, begin);
  p.noc->report_activity();
  for (auto& memory : p.memories) {
    if (request.end == StepEnd::drained) memory->drain();
    memory->report_activity();
  }
  check_conservation();

  StepRecord record;
  p.trace.count_from(0);
  record.duration = sim::now() - begin;
  record.kernel_events = static_cast<std::int64_t>(sc_core::sc_delta_count() - events_before);
  record.windows = p.ledger.windows(sim::now());
  for (stats::Window& window : record.windows) {
    window.begin -= begin;
    window.end -= begin;
  }
  record.by_layer_and_phase = p.ledger.by_layer_and_phase();
  record_tiles(record, begin);
  record_traffic(record);
  record_exertions(record, begin);
  record.link_flits = p.noc->link_flits();
  record.traffic = totals();
  record.progress = p.progress.marks();
  record.macs = step_->macs();
  return record;
}

void Plant::record_tiles(StepRecord& record, base::TimePs begin) const {
  const double tiles = static_cast<double>(platform_->tiles.size());
  const auto mean_s = [tiles](base::TimePs time) { return base::to_seconds(time) / tiles; };
  const auto& slowest = *std::max_element(
      platform_->tiles.begin(), platform_->tiles.end(),
      [](const auto& a, const auto& b) { return a->times().finished < b->times().finished; });
  record.last_phase = slowest->times().last_phase;
  for (const auto& tile : platform_->tiles) {
    const npu::TileTimes& times = tile->times();
    for (std::size_t i = 0; i < npu::kPhases; ++i) {
      record.exclusive_s[i] += mean_s(times.exclusive[i]);
      record.busy_s[i] += mean_s(times.busy[i]);
    }
    for (std::size_t i = 0; i < npu::kStalls; ++i) record.stalled_s[i] += mean_s(times.stalled[i]);
    record.array_busy_s += mean_s(times.array_busy);
    record.task_spans.push_back(since(begin, times.tasks));
    for (const auto& [key, time] : times.by_work) {
      WorkRecord& work = record.work[key];
      work.exclusive_s += mean_s(time.exclusive);
      work.computing_s += mean_s(time.computing);
      for (std::size_t i = 0; i < npu::kStalls; ++i) work.stalled_s[i] += mean_s(time.stalled[i]);
    }
    // A tile that ended before the step waits for the slowest: the wait belongs to what that one does.
    const double rest_s = mean_s(begin + record.duration - std::max(begin, times.finished));
    record.exclusive_s[static_cast<std::size_t>(record.last_phase)] += rest_s;
    record.last_tile_wait_s += rest_s;
    record.stalled_s[static_cast<std::size_t>(npu::Stall::dependency)] += rest_s;
  }
}

void Plant::record_traffic(StepRecord& record) const {
  for (const auto& memory : platform_->memories) {
    record.memory_wait_s += memory->books().service_time_s();
    for (const auto& [key, traffic] : memory->books().traffic()) {
      WorkRecord& work = record.work[key];
      work.dram_read_bytes += traffic.read_bytes;
      work.dram_write_bytes += traffic.write_bytes;
      work.memory_wait_s += base::to_seconds(traffic.service);
    }
  }
  record.network_wait_s = platform_->noc->transfer_time_s();
  for (const auto& [key, traffic] : platform_->noc->traffic()) {
    WorkRecord& work = record.work[key];
    work.flit_hops += traffic.flit_hops;
    work.coded_words += traffic.coded_words;
    work.network_wait_s += base::to_seconds(traffic.transfer);
  }
}

void Plant::record_exertions(StepRecord& record, base::TimePs begin) const {
  for (const auto& memory : platform_->memories)
    for (const dram::ExertionLog& log : memory->books().exertions())
      for (dram::Exertion exertion : log) {
        exertion.begin = std::max<base::TimePs>(exertion.begin - begin, 0);
        exertion.end -= begin;
        record.exertions_end = std::max(record.exertions_end, exertion.end);
        record.memory_exertions.push_back(exertion);
      }
}

TrafficTotals Plant::totals() const {
  TrafficTotals totals;
  for (const auto& memory : platform_->memories) {
    totals.dram_read += memory->books().read_bytes();
    totals.dram_write += memory->books().write_bytes();
    totals.dram_gradient += memory->books().gradient_bytes();
  }
  totals.noc_payload = platform_->noc->payload_bytes();
  totals.noc_wire = platform_->noc->wire_bytes();
  totals.noc_gradient = platform_->noc->gradient_bytes();
  return totals;
}

std::string Plant::describe_state() const {
  std::string text = platform_->noc->describe_state();
  for (const auto& tile : platform_->tiles) text += "\n" + tile->describe_state();
  for (const auto& memory : platform_->memories) text += "\n" + memory->describe_state();
  return text;
}

/// Bytes the program asked for are bytes that crossed network and memories, and nothing is left in flight.
void Plant::check_conservation() const {
  const Platform& p = *platform_;
  KILN_CHECK(p.pool.outstanding() == 0, "{} bulk transfers are still in flight at the end of the step",
             p.pool.outstanding());
  p.noc->check_conservation();
  for (const auto& memory : p.memories) memory->check_conservation();
  check_executed(*step_, p.ledger.by_layer_and_phase(), op_names_);
  const auto check = [](const char* what, std::int64_t moved, std::int64_t asked) {
    KILN_CHECK(moved == asked, "{} {} B, the program asked for {} B", what, moved, asked);
  };
  const auto planned = [this](lowering::Home home, bool stores) {
    return static_cast<std::int64_t>(step_->bytes(home, stores));
  };
  const TrafficTotals traffic = totals();
  std::int64_t buffer_read = 0, buffer_write = 0;
  for (const auto& port : p.sram_ports) {
    buffer_read += port->read_bytes();
    buffer_write += port->write_bytes();
  }
  const auto samples =
      static_cast<std::int64_t>(static_cast<double>(step_->input_elements) * soc_.io.bytes_per_element);
  std::int64_t descriptors = 0;
  for (const lowering::TileProgram& tile : step_->tiles)
    descriptors += std::count_if(tile.tasks.begin(), tile.tasks.end(),
                                 [](const lowering::Task& task) { return task.first_of_op; });
  descriptors *= static_cast<std::int64_t>(soc_.descriptor_bytes);
  check("the memory read", traffic.dram_read, planned(lowering::Home::dram, false));
  check("the memory wrote", traffic.dram_write, planned(lowering::Home::dram, true) + samples);
  check("the gradient buffer read", buffer_read, planned(lowering::Home::gradient_sram, false));
  check("the gradient buffer wrote", buffer_write, planned(lowering::Home::gradient_sram, true));
  check("the network carried", traffic.noc_payload,
        traffic.dram_read + traffic.dram_write + buffer_read + buffer_write + descriptors);
}

stats::Group& Plant::stats() {
  return platform_->stats;
}
const stats::Trace& Plant::trace() const {
  return platform_->trace;
}
const std::vector<std::string>& Plant::ledger_blocks() const {
  return platform_->ledger.blocks();
}

}  // namespace kiln::soc
