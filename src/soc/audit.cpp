// SPDX-License-Identifier: MIT
#include "soc/audit.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "dram/exact_bursts.h"
#include "noc/bulk_network.h"
#include "noc/exact_trains.h"

namespace kiln::soc {

namespace {

/// Sum of times and of absolute differences: their quotient is the relative error.
struct Error {
  double difference = 0, reference = 0;
  void add(double bulk, double exact) {
    difference += std::abs(bulk - exact);
    reference += exact;
  }
  double relative() const { return reference > 0 ? difference / reference : 0; }
};

std::vector<noc::Delivery> deliver_in_bulk(const noc::NocConfig& config,
                                           const std::vector<noc::Train>& trains) {
  noc::BulkNetwork network(config);
  std::vector<noc::Delivery> done;
  for (const noc::Train& train : trains) {
    while (network.next_event() <= train.first) network.advance(network.next_event(), done);
    network.advance(train.first, done);
    network.start(train, train.first);
  }
  while (network.next_event() != base::kNever) network.advance(network.next_event(), done);
  return done;
}

base::TimePs latest(const std::vector<noc::Delivery>& deliveries) {
  base::TimePs last = 0;
  for (const noc::Delivery& delivery : deliveries) last = std::max(last, delivery.last);
  return last;
}

void audit_network(const noc::NocConfig& config, std::vector<noc::Train> trains, Error& error) {
  if (trains.empty()) return;
  std::stable_sort(trains.begin(), trains.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const base::TimePs origin = trains.front().first;
  for (noc::Train& train : trains) {
    train.first -= origin;
    train.last -= origin;
  }
  error.add(static_cast<double>(latest(deliver_in_bulk(config, trains))),
            static_cast<double>(latest(noc::deliver_exactly(config, trains))));
}

void audit_channel(const dram::DramConfig& config, std::vector<dram::Burst> bursts, Error& error) {
  const base::TimePs origin = bursts.front().arrival;
  for (dram::Burst& burst : bursts) {
    burst.arrival -= origin;
    burst.last_arrival = burst.arrival;
  }
  const std::vector<base::TimePs> bulk = dram::serve_in_bulk(config, bursts),
                                  exact = dram::serve_exactly(config, bursts);
  error.add(static_cast<double>(*std::max_element(bulk.begin(), bulk.end())),
            static_cast<double>(*std::max_element(exact.begin(), exact.end())));
}

}  // namespace

AuditResult audit(const SocConfig& soc, const AuditInput& input) {
  AuditResult result;
  Error network, memory;
  noc::NocConfig noc = soc.noc;
  noc.clock_hz = input.noc_clock_hz;
  for (const auto& [from, to] : input.windows) {
    std::vector<noc::Train> of_window;
    for (const noc::TrainRecord& record : input.trains)
      if (from <= record.start && record.start < to) of_window.push_back(record.train);
    result.trains += static_cast<std::int64_t>(of_window.size());
    audit_network(noc, std::move(of_window), network);
    std::map<int, std::vector<dram::Burst>> by_channel;
    for (const dram::BurstRecord& record : input.bursts)
      if (from <= record.burst.arrival && record.burst.arrival < to)
        by_channel[record.channel].push_back(record.burst);
    for (auto& [channel, of_channel] : by_channel) {
      result.bursts += static_cast<std::int64_t>(of_channel.size());
      audit_channel(soc.memory.dram, std::move(of_channel), memory);
    }
  }
  result.noc_error = network.relative();
  result.dram_error = memory.relative();
  return result;
}

}  // namespace kiln::soc
