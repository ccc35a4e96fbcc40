// SPDX-License-Identifier: MIT
#include "soc/audit.h"

#include <algorithm>
#include <cmath>

#include "dram/exact_bursts.h"
#include "noc/bulk_network.h"
#include "noc/exact_trains.h"

namespace kiln::soc {

namespace {

std::vector<noc::Delivery> deliver_in_bulk(const noc::NocConfig& config,
                                           const std::vector<noc::Train>& trains, const base::Watch& watch) {
  noc::BulkNetwork network(config);
  std::vector<noc::Delivery> done;
  base::PacedWatch paced(watch);
  for (const noc::Train& train : trains) {
    paced.check();
    while (network.next_event() <= train.first) network.advance(network.next_event(), done);
    network.advance(train.first, done);
    network.start(train, train.first);
  }
  while (network.next_event() != base::kNever) {
    paced.check();
    network.advance(network.next_event(), done);
  }
  return done;
}

base::TimePs latest(const std::vector<noc::Delivery>& deliveries) {
  base::TimePs last = 0;
  for (const noc::Delivery& delivery : deliveries) last = std::max(last, delivery.last);
  return last;
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

Audit::Audit(const SocConfig& soc, double noc_clock_hz, bool ahead, const base::Watch& watch)
    : dram_(&soc.memory.dram),
      noc_(soc.noc),
      launch_(ahead ? std::launch::async | std::launch::deferred : std::launch::deferred),
      watch_(watch) {
  noc_.clock_hz = noc_clock_hz;
}

void Audit::add(Recording window) {
  windows_.push_back(std::async(launch_, rerun, noc_, std::cref(*dram_), std::move(window), watch_).share());
}

Audit::Error Audit::of_network(const noc::NocConfig& config, std::vector<noc::Train> trains,
                               const base::Watch& watch) {
  Error error;
  if (trains.empty()) return error;
  std::stable_sort(trains.begin(), trains.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const base::TimePs origin = trains.front().first;
  for (noc::Train& train : trains) {
    train.first -= origin;
    train.last -= origin;
  }
  error.add(static_cast<double>(latest(deliver_in_bulk(config, trains, watch))),
            static_cast<double>(latest(noc::deliver_exactly(config, trains, watch))));
  return error;
}

Audit::Error Audit::of_channel(const dram::DramConfig& config, std::vector<dram::Burst> bursts,
                               const base::Watch& watch) {
  const base::TimePs origin = bursts.front().arrival;
  for (dram::Burst& burst : bursts) {
    burst.arrival -= origin;
    burst.last_arrival = burst.arrival;
  }
  const std::vector<base::TimePs> bulk = dram::serve_in_bulk(config, bursts, watch),
                                  exact = dram::serve_exactly(config, bursts, watch);
  Error error;
  error.add(static_cast<double>(*std::max_element(bulk.begin(), bulk.end())),
            static_cast<double>(*std::max_element(exact.begin(), exact.end())));
  return error;
}

Audit::Window Audit::rerun(const noc::NocConfig& noc, const dram::DramConfig& dram, Recording recording,
                           const base::Watch& watch) {
  Window window;
  window.trains = static_cast<std::int64_t>(recording.trains.size());
  window.network = of_network(noc, std::move(recording.trains), watch);
  for (auto& [channel, bursts] : recording.channels) {
    window.bursts += static_cast<std::int64_t>(bursts.size());
    window.memory.add(of_channel(dram, std::move(bursts), watch));
  }
  return window;
}

AuditResult Audit::result() const {
  AuditResult result;
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
