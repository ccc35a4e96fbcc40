// SPDX-License-Identifier: MIT
#include "noc/network_engine.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "noc/bulk_network.h"
#include "noc/exact_trains.h"

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

std::vector<Delivery> replay(sim::Fidelity fidelity, const NocConfig& config, std::span<const Train> trains,
                             const base::Watch& watch) {
  std::vector<std::size_t> order(trains.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return trains[a].first < trains[b].first; });
  const std::unique_ptr<NetworkEngine> network = make_network_engine(fidelity, config);
  std::vector<Delivery> done;
  base::PacedWatch paced(watch);
  for (const std::size_t index : order) {
    const Train& train = trains[index];
    for (; network->next_event() <= train.first; paced.check()) network->advance(network->next_event(), done);
    network->advance(train.first, done);
    network->start(train, train.first, {});
  }
  for (; network->next_event() != base::kNever; paced.check()) network->advance(network->next_event(), done);
  std::vector<Delivery> deliveries(trains.size());
  for (const Delivery& delivery : done) {
    const std::size_t index = order[delivery.id - 1];
    deliveries[index] = {index, delivery.first, delivery.last};
  }
  return deliveries;
}

}  // namespace kiln::noc
