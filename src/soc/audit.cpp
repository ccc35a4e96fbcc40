// SPDX-License-Identifier: MIT
#include "soc/audit.h"

#include <algorithm>
#include <cmath>

#include "dram/replay.h"
#include "noc/network_engine.h"

namespace kiln::soc {

namespace {

base::TimePs latest(const std::vector<noc::Delivery>& deliveries) {
  base::TimePs last = 0;
  for (const noc::Delivery& delivery : deliveries) last = std::max(last, delivery.last);
  return last;
}

std::vector<noc::Endpoint> tile_ports(const SocConfig& soc) {
  std::vector<noc::Endpoint> ports;
  for (const UnitConfig& unit : soc.units)
    if (unit.kind == UnitKind::npu) ports.push_back({unit.row * soc.noc.columns + unit.column, unit.port});
  return ports;
}

/// Whose DMA moves a train: the tile that it comes to (even numbers) or from (odd); of all others, one.
std::vector<int> agents_of(const std::vector<noc::Train>& trains, const std::vector<noc::Endpoint>& tiles) {
  const auto tile_at = [&](const noc::Endpoint& end) {
    return static_cast<int>(std::find(tiles.begin(), tiles.end(), end) - tiles.begin());
  };
  const int none = static_cast<int>(tiles.size());
  std::vector<int> agents;
  for (const noc::Train& train : trains) {
    const int to = tile_at(train.destination);
    agents.push_back(to < none ? 2 * to : 2 * tile_at(train.source) + 1);
  }
  return agents;
}

}  // namespace

void Audit::Error::add(double bulk, double exact) {
  difference += std::abs(bulk - exact);
  reference += exact;
}

void Audit::Error::add(const Error& other) {
  difference += other.difference;
  reference += other.reference;
}

Audit::Audit(const SocConfig& soc, const sim::Fidelities& fidelity, double noc_clock_hz, bool ahead,
             const base::Watch& watch)
    : parts_{&soc.memory.dram, soc.noc, tile_ports(soc)},
      fidelity_(fidelity),
      launch_(ahead ? std::launch::async | std::launch::deferred : std::launch::deferred),
      watch_(watch) {
  parts_.noc.clock_hz = noc_clock_hz;
}

void Audit::add(Recording window) {
  if (fidelity_.network == sim::Fidelity::exact) window.trains.clear();
  if (fidelity_.memory == sim::Fidelity::exact) window.channels.clear();
  windows_.push_back(std::async(launch_, rerun, parts_, std::move(window), watch_).share());
}

Audit::Error Audit::of_network(const Parts& parts, std::vector<noc::Train> trains, const base::Watch& watch) {
  Error error;
  if (trains.empty()) return error;
  std::stable_sort(trains.begin(), trains.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const base::TimePs origin = trains.front().first;
  for (noc::Train& train : trains) {
    train.first -= origin;
    train.last -= origin;
  }
  const auto bulk = noc::replay(sim::Fidelity::bulk, parts.noc, trains, watch);
  const auto exact = noc::replay_self_timed(sim::Fidelity::exact, parts.noc, trains, bulk,
                                            agents_of(trains, parts.tiles), watch);
  error.add(static_cast<double>(latest(bulk)), static_cast<double>(latest(exact)));
  return error;
}

Audit::Error Audit::of_channel(const dram::DramConfig& config, std::vector<dram::Burst> bursts,
                               const base::Watch& watch) {
  std::stable_sort(bursts.begin(), bursts.end(),
                   [](const auto& a, const auto& b) { return a.arrival < b.arrival; });
  const base::TimePs origin = bursts.front().arrival;
  for (dram::Burst& burst : bursts) {
    burst.arrival -= origin;
    burst.last_arrival = burst.arrival;
  }
  const dram::Replay bulk = dram::replay(sim::Fidelity::bulk, config, bursts, 0, watch);
  const dram::Replay exact =
      dram::replay_self_timed(sim::Fidelity::exact, config, bursts, bulk.curves, 0, watch);
  Error error;
  error.add(static_cast<double>(bulk.end), static_cast<double>(exact.end));
  return error;
}

Audit::Window Audit::rerun(const Parts& parts, Recording recording, const base::Watch& watch) {
  Window window;
  window.trains = static_cast<std::int64_t>(recording.trains.size());
  window.network = of_network(parts, std::move(recording.trains), watch);
  for (auto& [channel, bursts] : recording.channels) {
    window.bursts += static_cast<std::int64_t>(bursts.size());
    window.memory.add(of_channel(*parts.dram, std::move(bursts), watch));
  }
  return window;
}

AuditResult Audit::result() const {
  AuditResult result;
  result.fidelity = fidelity_;
  Error network, memory;
  for (const std::shared_future<Window>& future : windows_) {
    const Window& window = future.get();
    result.trains += window.trains;
    result.bursts += window.bursts;
    network.add(window.network);
    memory.add(window.memory);
  }
  result.noc_error = network.relative();
  result.dram_error = memory.relative();
  return result;
}

}  // namespace kiln::soc
