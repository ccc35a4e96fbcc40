// SPDX-License-Identifier: MIT
#include "dram/exact_bursts.h"

#include "dram/exact_replay.h"

namespace kiln::dram {

std::vector<base::TimePs> serve_exactly(const DramConfig& config, std::span<const Burst> bursts,
                                        const base::Watch& watch) {
  std::vector<base::TimePs> done;
  for (const Curve& curve : replay_exact(config, bursts, 0, watch).curves) done.push_back(curve.last);
  return done;
}

std::vector<base::TimePs> serve_in_bulk(const DramConfig& config, std::span<const Burst> bursts,
                                        const base::Watch& watch) {
  BulkChannel channel(config, 0);
  std::vector<Ticket> tickets;
  for (const Burst& burst : bursts) {
    watch.check();
    channel.settle(burst.arrival);
    tickets.push_back(channel.submit(burst));
  }
  // Forecasts are lower bounds until all that was queued has been served.
  std::vector<base::TimePs> done(bursts.size(), 0);
  base::TimePs at = bursts.empty() ? 0 : bursts.back().arrival;
  for (std::size_t i = 0; i < bursts.size(); ++i) {
    while (true) {
      watch.check();
      const base::TimePs last = channel.forecast(tickets[i]).last;
      if (last <= at || channel.final(tickets[i])) {
        done[i] = last;
        channel.close(tickets[i]);
        break;
      }
      at = last;
      channel.settle(at);
    }
  }
  return done;
}

}  // namespace kiln::dram
