// SPDX-License-Identifier: MIT
#include "noc/network_engine.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "noc/bulk_network.h"
#include "noc/exact_trains.h"
#include "sim/self_timed.h"

namespace kiln::noc {

std::unique_ptr<NetworkEngine> make_network_engine(sim::Fidelity fidelity, const NocConfig& config) {
  switch (fidelity) {
    case sim::Fidelity::bulk:
      return std::make_unique<BulkNetwork>(config);
    case sim::Fidelity::exact:
      return std::make_unique<ExactTrains>(config);
  }
  throw base::SimError("unknown fidelity of the network");
}

namespace {

std::vector<Delivery> drive(sim::Fidelity fidelity, const NocConfig& config, std::span<const Train> trains,
                            sim::SelfTimedStarts starts, const base::Watch& watch) {
  const std::unique_ptr<NetworkEngine> network = make_network_engine(fidelity, config);
  std::vector<std::size_t> started;  // by id, from 1
  std::vector<Delivery> deliveries(trains.size()), done;
  base::PacedWatch paced(watch);
  for (;; paced.check()) {
    const base::TimePs now = std::min(network->next_event(), starts.next());
    if (now == base::kNever) return deliveries;
    done.clear();
    network->advance(now, done);
    for (const Delivery& delivery : done) {
      const std::size_t index = started[delivery.id - 1];
      deliveries[index] = {index, delivery.first, delivery.last};
      starts.ended(index, delivery.last);
    }
    while (starts.next() <= now) {
      const std::size_t index = started.emplace_back(starts.pop());
      Train train = trains[index];
      train.last += now - train.first;
      train.first = now;
      network->start(train, now, {});
    }
  }
}

std::vector<base::TimePs> departures(std::span<const Train> trains) {
  std::vector<base::TimePs> times;
  for (const Train& train : trains) times.push_back(train.first);
  return times;
}

}  // namespace

std::vector<Delivery> replay(sim::Fidelity fidelity, const NocConfig& config, std::span<const Train> trains,
                             const base::Watch& watch) {
  return drive(fidelity, config, trains, sim::SelfTimedStarts(departures(trains)), watch);
}

std::vector<Delivery> replay_self_timed(sim::Fidelity fidelity, const NocConfig& config,
                                        std::span<const Train> trains, std::span<const Delivery> deliveries,
                                        std::span<const int> agents, const base::Watch& watch) {
  std::vector<base::TimePs> ends;
  for (const Delivery& delivery : deliveries) ends.push_back(delivery.last);
  return drive(fidelity, config, trains, sim::SelfTimedStarts(departures(trains), ends, agents), watch);
}

}  // namespace kiln::noc
