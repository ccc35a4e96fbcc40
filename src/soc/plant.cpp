// SPDX-License-Identifier: MIT
#include "soc/plant.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "dram/memory_port.h"
#include "sim/kernel_time.h"
#include "soc/address_maps.h"
#include "soc/executed.h"
#include "soc/host.h"
#include "sram/sram_port.h"

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

}  // namespace

/// Everything that lives in the SystemC kernel. Elaborated once.
struct Plant::Platform {
  Platform(const SocConfig& soc, const ChipPlan& plan, base::TimePs window, const sim::Fidelities& fidelity);

  std::unique_ptr<noc::NocShell> make_noc(const SocConfig& soc, const ChipPlan& plan, sim::Fidelity fidelity);
  void bind(const SocConfig& soc);
  npu::MemoryMap memory_map(const SocConfig& soc, UnitKind kind, const sim::AddressMap& map) const;

  stats::Ledger ledger;
  stats::Group stats{"soc"};
  stats::Trace trace;
  std::vector<stats::BlockId> blocks;  ///< ledger block of each floorplan block
  sim::AddressMap dram_map;
  std::optional<sim::AddressMap> sram_map;
  sim::PayloadPool pool;
  npu::Scoreboard scoreboard;
  std::unique_ptr<noc::NocShell> noc;
  std::vector<std::unique_ptr<npu::Tile>> tiles;
  std::vector<std::unique_ptr<dram::MemoryPort>> memory_ports;
  std::vector<std::unique_ptr<sram::SramPort>> sram_ports;
  std::unique_ptr<Host> host;
  std::unique_ptr<IoTile> io;
  int host_port = -1;
  std::vector<Progress> progress;
  std::int64_t write_queue_bytes = 0;
  base::TimePs step_began = 0;
};

Plant::Platform::Platform(const SocConfig& soc, const ChipPlan& plan, base::TimePs window,
                          const sim::Fidelities& fidelity)
    : ledger(window), dram_map(dram_address_map(soc)), sram_map(gradient_sram_address_map(soc)) {
  sim::require_picosecond_resolution();
  for (const thermal::Block& block : plan.floorplan.blocks) blocks.push_back(ledger.add_block(block.name));
  noc = make_noc(soc, plan, fidelity.network);
  const int ports = soc.count(UnitKind::memory), channels = soc.memory.dram.organisation.channels / ports;
  int memory_port = 0, tile = 0;
  for (std::size_t u = 0; u < soc.units.size(); ++u) {
    const UnitConfig& unit = soc.units[u];
    const stats::BlockId block = blocks[static_cast<std::size_t>(plan.unit_block[u])];
    stats::Group& group = stats.child(unit.name);
    switch (unit.kind) {
      case UnitKind::npu: {
        const npu::TileConfig config{soc.dma, soc.descriptor_bytes, soc.descriptors_ahead};
        tiles.push_back(
            std::make_unique<npu::Tile>(unit.name.c_str(), config, group, tile++, ledger, block, trace));
        break;
      }
      case UnitKind::memory:
        memory_ports.push_back(std::make_unique<dram::MemoryPort>(
            unit.name.c_str(), soc.memory.dram, fidelity.memory, group, memory_port++ * channels, channels,
            ledger, blocks[static_cast<std::size_t>(plan.memory_block)], block));
        break;
      case UnitKind::gradient_sram:
        sram_ports.push_back(std::make_unique<sram::SramPort>(unit.name.c_str(), soc.gradient_sram.sram,
                                                              group, ledger, block));
        break;
      case UnitKind::host:
        host = std::make_unique<Host>(unit.name.c_str(), soc.host, group, ledger, block);
        host_port = static_cast<int>(u);
        break;
      case UnitKind::io:
        io = std::make_unique<IoTile>(unit.name.c_str(), soc.io, group, ledger, block);
        break;
    }
  }
  bind(soc);
}

std::unique_ptr<noc::NocShell> Plant::Platform::make_noc(const SocConfig& soc, const ChipPlan& plan,
                                                         sim::Fidelity fidelity) {
  std::vector<noc::Endpoint> endpoints;
  for (const UnitConfig& unit : soc.units)
    endpoints.push_back({unit.row * soc.noc.columns + unit.column, unit.port});
  std::vector<stats::BlockId> routers;
  for (const int block : plan.router_block) routers.push_back(blocks[static_cast<std::size_t>(block)]);
  return std::make_unique<noc::NocShell>("noc", soc.noc, fidelity, stats.child("noc"), endpoints, ledger,
                                         std::move(routers));
}

npu::MemoryMap Plant::Platform::memory_map(const SocConfig& soc, UnitKind kind,
                                           const sim::AddressMap& map) const {
  npu::MemoryMap memory;
  memory.map = &map;
  const int per_port = map.channels() / soc.count(kind);
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    if (soc.units[u].kind == kind)
      memory.port_of_channel.insert(memory.port_of_channel.end(), static_cast<std::size_t>(per_port),
                                    static_cast<int>(u));
  return memory;
}

/// Network port u is unit u: initiators on one side, targets on the other; ends that a unit lacks are tied
/// off.
void Plant::Platform::bind(const SocConfig& soc) {
  std::size_t tile = 0, memory = 0, buffer = 0;
  for (std::size_t u = 0; u < soc.units.size(); ++u) {
    switch (soc.units[u].kind) {
      case UnitKind::npu:
        tiles[tile++]->socket.bind(noc->from_initiator[u]);
        break;
      case UnitKind::io:
        io->socket.bind(noc->from_initiator[u]);
        break;
      case UnitKind::memory:
        noc->to_target[u].bind(memory_ports[memory++]->socket);
        break;
      case UnitKind::gradient_sram:
        noc->to_target[u].bind(sram_ports[buffer++]->socket);
        break;
      case UnitKind::host:
        noc->to_target[u].bind(host->socket);
        break;
    }
  }
  const npu::MemoryMap dram = memory_map(soc, UnitKind::memory, dram_map);
  const npu::MemoryMap buffers =
      sram_map ? memory_map(soc, UnitKind::gradient_sram, *sram_map) : npu::MemoryMap{};
  for (auto& t : tiles) {
    t->connect(dram, buffers, host_port, scoreboard, pool);
    t->on_work([this, windows = static_cast<double>(soc.dma.write_window_bytes) *
                                static_cast<double>(tiles.size())](const npu::WorkDone& done) {
      Progress next = progress.back();
      next.time = done.time - step_began;
      next.work += done.amount;
      next.phase = done.next_phase;
      next.array_busy_s += base::to_seconds(done.array_busy) / static_cast<double>(tiles.size());
      write_queue_bytes += done.write_queue_bytes;
      next.queue_share = static_cast<double>(write_queue_bytes) / windows;
      progress.push_back(next);
    });
  }
  io->connect(dram, pool);
  io->on_idle([] { sc_core::sc_pause(); });
  scoreboard.on_change([this] {
    for (auto& t : tiles) t->look();
    const bool all = std::all_of(tiles.begin(), tiles.end(), [](const auto& t) { return t->finished(); });
    if (all) sc_core::sc_pause();
  });
}

Plant::Plant(const SocConfig& soc, const ChipPlan& plan, const lowering::LoweredStep& step,
             std::vector<std::string> op_names, base::TimePs ledger_window, const sim::Fidelities& fidelity)
    : soc_(soc),
      step_(step),
      op_names_(std::move(op_names)),
      platform_(std::make_unique<Platform>(soc, plan, ledger_window, fidelity)) {}

Plant::~Plant() = default;

void Plant::set_operating_point(const sim::OperatingPoint& point) {
  if (point == point_) return;
  point_ = point;
  platform_->ledger.cut(sim::now());
  platform_->noc->report_activity();
  for (auto& tile : platform_->tiles) tile->set_clock(point.frequency_hz);
  for (auto& port : platform_->sram_ports) port->set_clock(point.frequency_hz);
  platform_->noc->set_clock(point.noc_frequency_hz);
  for (auto& port : platform_->memory_ports) port->set_operating(point);
}

void Plant::restart(const sim::OperatingPoint& point) {
  point_ = point;
  for (auto& tile : platform_->tiles) tile->restart(point.frequency_hz);
  for (auto& port : platform_->sram_ports) port->restart(point.frequency_hz);
  platform_->noc->restart(point.noc_frequency_hz);
  for (auto& port : platform_->memory_ports) port->restart(point);
}

void Plant::hold(base::TimePs duration) {
  for (auto& tile : platform_->tiles) tile->hold(duration);
}

const std::vector<Progress>& Plant::progress() const {
  return platform_->progress;
}

std::vector<stats::Counts> Plant::activity() {
  platform_->noc->report_activity();
  for (auto& port : platform_->memory_ports) port->report_activity();
  std::vector<stats::Counts> counts;
  for (const stats::BlockId block : platform_->blocks) counts.push_back(platform_->ledger.total(block));
  return counts;
}

bool Plant::finished() const {
  return std::all_of(platform_->tiles.begin(), platform_->tiles.end(),
                     [](const auto& tile) { return tile->finished(); }) &&
         platform_->io->idle();
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
    for (auto& port : platform_->memory_ports) port->record_until(begin + to);
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
  for (const auto& port : platform_->memory_ports)
    for (const dram::BurstRecord& record : port->records())
      if (inside(record.burst.arrival)) recording.channels[record.channel].push_back(record.burst);
  hook_(std::move(recording));
}

StepRecord Plant::run_step(const StepRequest& request) {
  Platform& p = *platform_;
  const base::TimePs begin = sim::now();
  const std::uint64_t events_before = sc_core::sc_delta_count();
  p.noc->reset_statistics();
  for (auto& port : p.memory_ports) port->reset_statistics();
  p.stats.reset();
  p.trace.clear();
  p.trace.count_from(begin);
  p.ledger.restart(begin);
  p.noc->clear_records();
  for (auto& port : p.memory_ports) port->clear_records();
  p.progress.assign(1, Progress{});
  p.write_queue_bytes = 0;
  p.step_began = begin;
  p.scoreboard.begin_step(step_.participants, static_cast<int>(p.tiles.size()));
  for (std::size_t t = 0; t < p.tiles.size(); ++t) p.tiles[t]->begin_step(step_.tiles[t], op_names_);
  p.io->begin_step(step_.input_address, static_cast<std::uint64_t>(static_cast<double>(step_.input_elements) *
                                                                   soc_.io.bytes_per_element));
  ++steps_run_;

  base::TimePs next_slice = begin + request.first;
  Pulse beat;
  while (!finished()) {
    const base::TimePs until = watch_windows(begin, std::min(next_slice, sim::now() + beat.span()));
    sc_core::sc_start(sim::to_sc_time(until - sim::now()));
    beat.adapt();
    if (request.pulse) request.pulse();
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
  for (auto& port : p.memory_ports) {
    if (request.end == StepEnd::drained) port->drain();
    port->report_activity();
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
  record.link_flits = p.noc->link_flits();
  record.traffic = totals();
  record.progress = p.progress;
  record.macs = step_.macs();
  return record;
}

void Plant::record_tiles(StepRecord& record, base::TimePs begin) const {
  const double tiles = static_cast<double>(platform_->tiles.size());
  const auto mean_s = [tiles](base::TimePs time) { return base::to_seconds(time) / tiles; };
  for (const auto& tile : platform_->tiles) {
    const npu::TileTimes& times = tile->times();
    for (std::size_t i = 0; i < npu::kPhases; ++i) {
      record.exclusive_s[i] += mean_s(times.exclusive[i]);
      record.busy_s[i] += mean_s(times.busy[i]);
    }
    for (std::size_t i = 0; i < npu::kStalls; ++i) record.stalled_s[i] += mean_s(times.stalled[i]);
    record.array_busy_s += mean_s(times.array_busy);
    for (const auto& [key, time] : times.by_work) {
      WorkRecord& work = record.work[key];
      work.exclusive_s += mean_s(time.exclusive);
      work.computing_s += mean_s(time.computing);
      for (std::size_t i = 0; i < npu::kStalls; ++i) work.stalled_s[i] += mean_s(time.stalled[i]);
    }
    // A tile that ended before the step waits for the slowest: the wait belongs to the last phase.
    const double rest_s = mean_s(begin + record.duration - std::max(begin, times.finished));
    record.exclusive_s.back() += rest_s;
    record.last_tile_wait_s += rest_s;
    record.stalled_s[static_cast<std::size_t>(npu::Stall::dependency)] += rest_s;
  }
}

void Plant::record_traffic(StepRecord& record) const {
  for (const auto& port : platform_->memory_ports) {
    record.memory_wait_s += port->service_time_s();
    for (const auto& [key, traffic] : port->traffic()) {
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

TrafficTotals Plant::totals() const {
  TrafficTotals totals;
  for (const auto& port : platform_->memory_ports) {
    totals.dram_read += port->read_bytes();
    totals.dram_write += port->write_bytes();
    totals.dram_gradient += port->gradient_bytes();
  }
  totals.noc_payload = platform_->noc->payload_bytes();
  totals.noc_wire = platform_->noc->wire_bytes();
  totals.noc_gradient = platform_->noc->gradient_bytes();
  return totals;
}

std::string Plant::describe_state() const {
  std::string text = platform_->noc->describe_state();
  for (const auto& tile : platform_->tiles) text += "\n" + tile->describe_state();
  for (const auto& port : platform_->memory_ports) text += "\n" + port->describe_state();
  return text;
}

/// Bytes the program asked for are bytes that crossed network and memories, and nothing is left in flight.
void Plant::check_conservation() const {
  const Platform& p = *platform_;
  KILN_CHECK(p.pool.outstanding() == 0, "{} bulk transfers are still in flight at the end of the step",
             p.pool.outstanding());
  p.noc->check_conservation();
  for (const auto& port : p.memory_ports) port->check_conservation();
  check_executed(step_, p.ledger, op_names_);
  const auto check = [](const char* what, std::int64_t moved, std::int64_t asked) {
    KILN_CHECK(moved == asked, "{} {} B, the program asked for {} B", what, moved, asked);
  };
  const auto planned = [this](lowering::Home home, bool stores) {
    return static_cast<std::int64_t>(step_.bytes(home, stores));
  };
  const TrafficTotals traffic = totals();
  std::int64_t buffer_read = 0, buffer_write = 0;
  for (const auto& port : p.sram_ports) {
    buffer_read += port->read_bytes();
    buffer_write += port->write_bytes();
  }
  const auto samples =
      static_cast<std::int64_t>(static_cast<double>(step_.input_elements) * soc_.io.bytes_per_element);
  std::int64_t descriptors = 0;
  for (const lowering::TileProgram& tile : step_.tiles)
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
