// SPDX-License-Identifier: MIT
#include "fleet/exchange.h"

#include <algorithm>
#include <numeric>

#include "base/rng.h"
#include "fleet/topologies.h"

namespace kiln::fleet {

Parcels::Parcels(const Payload& payload, const link::Link& link, std::uint64_t stamp_bytes, int devices,
                 Topology topology, std::size_t bucket)
    : sums_(payload.grows() ? static_cast<std::size_t>(devices) : 1),
      devices_(devices),
      model_(cut_all(link, payload.model(), stamp_bytes)) {
  for (std::size_t merged = 1; merged <= sums_; ++merged) {
    const std::vector<std::uint64_t> layers = payload.layers(static_cast<int>(merged), bucket);
    updates_.push_back(cut_all(link, layers, stamp_bytes));
    if (topology != Topology::ring) continue;
    const std::uint64_t all = sum(layers), count = static_cast<std::uint64_t>(devices);
    for (std::uint64_t chunk = 0; chunk < count; ++chunk)
      chunks_.push_back(cut_range(link, layers, all * chunk / count, all * (chunk + 1) / count, stamp_bytes));
  }
}

const link::Packets& Parcels::update(int merged) const {
  return updates_[std::min(static_cast<std::size_t>(merged), sums_) - 1];
}

const link::Packets& Parcels::chunk(int merged, int chunk) const {
  const std::size_t sum = std::min(static_cast<std::size_t>(merged), sums_) - 1;
  return chunks_[sum * static_cast<std::size_t>(devices_) + static_cast<std::size_t>(chunk)];
}

std::vector<std::vector<int>> draw_peers(int count, int peers, std::uint64_t seed, std::int64_t round) {
  base::Rng rng(seed, "fleet", "peers", static_cast<std::uint64_t>(round));
  std::vector<int> circle(static_cast<std::size_t>(count));
  std::iota(circle.begin(), circle.end(), 0);
  rng.shuffle(circle);
  // Steps on the circle that differ give each member as many to hear from as to send to.
  std::vector<int> steps(static_cast<std::size_t>(std::max(0, count - 1)));
  std::iota(steps.begin(), steps.end(), 1);
  rng.shuffle(steps);
  steps.resize(std::min(steps.size(), static_cast<std::size_t>(peers)));
  std::vector<std::vector<int>> all(circle.size());
  for (std::size_t place = 0; place < circle.size(); ++place)
    for (const int step : steps)
      all[static_cast<std::size_t>(circle[place])].push_back(
          circle[(place + static_cast<std::size_t>(step)) % circle.size()]);
  return all;
}

std::unique_ptr<Exchange> make_exchange(const ExchangeConfig& config, Members members, const Parcels& parcels,
                                        Post& post, std::uint64_t seed) {
  switch (config.topology) {
    case Topology::ring:
      return std::make_unique<RingExchange>(std::move(members), parcels, post);
    case Topology::tree:
      return std::make_unique<TreeExchange>(std::move(members), parcels, post);
    case Topology::server:
      return std::make_unique<ServerExchange>(std::move(members), parcels, post);
    case Topology::gossip:
      return std::make_unique<GossipExchange>(std::move(members), parcels, post, config.gossip_peers, seed);
  }
  return nullptr;
}

}  // namespace kiln::fleet
