// SPDX-License-Identifier: MIT
// The incremental shares of the bulk network against a plain water filling of the whole network at every
// event.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/rng.h"
#include "noc/bulk_network.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::noc;

namespace {

/// Max-min shares of all active trains by Bertsekas & Gallager's algorithm, without any state kept.
std::vector<double> water_fill(const std::vector<std::vector<int>>& paths, const std::vector<bool>& active,
                               int links) {
  std::vector<double> share(paths.size(), 0), left(static_cast<std::size_t>(links), 1);
  std::vector<bool> open = active;
  for (;;) {
    std::vector<int> count(static_cast<std::size_t>(links), 0);
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (open[i])
        for (int link : paths[i]) ++count[link];
    }
    double fair = std::numeric_limits<double>::infinity();
    for (int link = 0; link < links; ++link) {
      if (count[link] > 0) fair = std::min(fair, left[link] / count[link]);
    }
    if (std::isinf(fair)) return share;
    std::vector<bool> full(static_cast<std::size_t>(links), false);
    for (int link = 0; link < links; ++link)
      full[link] = count[link] > 0 && left[link] / count[link] <= fair * (1 + 1e-12);
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (!open[i] || std::none_of(paths[i].begin(), paths[i].end(), [&](int link) { return full[link]; }))
        continue;
      share[i] = std::min(1.0, fair);
      open[i] = false;
      for (int link : paths[i]) left[link] -= share[i];
    }
  }
}

}  // namespace

TEST_CASE("Shares are max-min fair at every event of random bursts") {
  base::Rng rng(11, "test", "bulk");
  for (int round = 0; round < 20; ++round) {
    NocConfig config;
    config.columns = config.rows = 3 + round % 3;
    config.sharing = LinkSharing::per_train;
    config.local_ports = 8;  // one interface per train: an interface sends whole trains in turn
    const Topology topology(config);
    struct Burst {
      double start, flits, left, latency;
      TrainId id;
    };
    std::vector<Burst> bursts;
    std::vector<std::vector<int>> paths;
    BulkNetwork network(config);
    const int trains = 60;
    std::vector<Train> asked;
    for (int i = 0; i < trains; ++i) {
      Train train;
      train.destination.node = static_cast<int>(rng.below(static_cast<std::uint64_t>(config.nodes())));
      train.source.node = i % config.nodes();
      train.source.port = i / config.nodes();
      train.bytes = 200 + rng.below(8000);
      train.first = train.last = static_cast<base::TimePs>(rng.below(600)) * 1000;
      asked.push_back(train);
    }
    std::sort(asked.begin(), asked.end(), [](const Train& a, const Train& b) { return a.first < b.first; });
    for (const Train& train : asked) {
      paths.emplace_back();
      topology.append_path(train.source, train.destination, true, paths.back());
      const double flits = static_cast<double>(config.flits_of(train.bytes));
      const double latency = 4.0 * (topology.hops(train.source.node, train.destination.node) + 1) + 2 - 1;
      bursts.push_back({static_cast<double>(train.first) / 1000, flits, flits, latency, 0});
    }

    // Reference: step from event to event, sharing everything anew.
    std::vector<double> end(bursts.size(), -1);
    std::vector<bool> active(bursts.size(), false);
    double now = 0;
    for (std::size_t done = 0; done < bursts.size();) {
      for (std::size_t i = 0; i < bursts.size(); ++i) active[i] = end[i] < 0 && bursts[i].start <= now + 1e-9;
      const std::vector<double> share = water_fill(paths, active, topology.links());
      double next = std::numeric_limits<double>::infinity();
      for (std::size_t i = 0; i < bursts.size(); ++i) {
        if (active[i]) next = std::min(next, now + bursts[i].left / share[i]);
        if (end[i] < 0 && bursts[i].start > now + 1e-9) next = std::min(next, bursts[i].start);
      }
      for (std::size_t i = 0; i < bursts.size(); ++i) {
        if (!active[i]) continue;
        bursts[i].left -= share[i] * (next - now);
        if (bursts[i].left <= 1e-6) {
          end[i] = next;
          ++done;
        }
      }
      now = next;
    }

    std::vector<Delivery> deliveries;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      network.advance(asked[i].first, deliveries);
      bursts[i].id = network.start(asked[i], asked[i].first);
    }
    while (network.next_event() != base::kNever) network.advance(network.next_event(), deliveries);
    REQUIRE(deliveries.size() == bursts.size());
    for (const Delivery& delivery : deliveries) {
      const auto i = static_cast<std::size_t>(delivery.id - 1);
      // Rounding an event up to a picosecond moves later ones by as much.
      CHECK_THAT(static_cast<double>(delivery.last) / 1000,
                 Catch::Matchers::WithinAbs(end[i] + bursts[i].latency, 0.1));
    }
    CHECK(network.started_flits() == network.delivered_flits());
  }
}
