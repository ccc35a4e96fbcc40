// SPDX-License-Identifier: MIT
#include "dram/replay.h"

#include <algorithm>

namespace kiln::dram {

Replay replay(sim::Fidelity fidelity, const DramConfig& config, std::span<const Burst> bursts,
              base::TimePs start, const base::Watch& watch) {
  const std::unique_ptr<MemoryEngine> engine = make_memory_engine(fidelity, config, start);
  std::vector<Ticket> tickets;
  base::TimePs at = start;
  for (const Burst& burst : bursts) {
    watch.check();
    at = std::max(at, burst.arrival);
    engine->settle(at);
    tickets.push_back(engine->submit(burst));
  }
  engine->end_input();
  Replay replay;
  for (const Ticket ticket : tickets) {
    for (;;) {
      watch.check();
      const base::TimePs last = engine->forecast(ticket).last;
      if (last <= at || engine->final(ticket)) break;
      at = last;
      engine->settle(at);
    }
    replay.curves.push_back(engine->forecast(ticket));
    replay.end = std::max(replay.end, replay.curves.back().last);
    engine->close(ticket);
  }
  replay.counts = engine->counts();
  return replay;
}

}  // namespace kiln::dram
