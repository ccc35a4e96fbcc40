// SPDX-License-Identifier: MIT
#include "dram/replay.h"

#include <algorithm>
#include <queue>
#include <utility>

#include "sim/self_timed.h"

namespace kiln::dram {

namespace {

std::vector<base::TimePs> arrivals(std::span<const Burst> bursts) {
  std::vector<base::TimePs> times;
  for (const Burst& burst : bursts) times.push_back(burst.arrival);
  return times;
}

/// Drives a channel as a port of the chip does: forecasts are asked again when their time has come.
class Driver {
 public:
  Driver(MemoryEngine& engine, std::span<const Burst> bursts, sim::SelfTimedStarts starts, base::TimePs start)
      : engine_(engine), bursts_(bursts), starts_(std::move(starts)), tickets_(bursts.size()), now_(start) {
    replay_.curves.resize(bursts.size());
  }

  Replay run(const base::Watch& watch) {
    while (!starts_.all_started() || !forecasts_.empty()) {
      watch.check();
      const base::TimePs forecast = forecasts_.empty() ? base::kNever : forecasts_.top().first;
      engine_.settle(now_ = std::max(now_, std::min(forecast, starts_.next())));
      if (forecast <= now_) ask_again();
      while (starts_.next() <= now_) submit(starts_.pop());
    }
    replay_.counts = engine_.counts();
    return std::move(replay_);
  }

 private:
  using Forecast = std::pair<base::TimePs, std::size_t>;

  void submit(std::size_t index) {
    Burst burst = bursts_[index];
    burst.last_arrival += now_ - burst.arrival;
    burst.arrival = now_;
    tickets_[index] = engine_.submit(burst);
    forecasts_.emplace(engine_.forecast(tickets_[index]).last, index);
    if (starts_.all_started()) engine_.end_input();
  }

  void ask_again() {
    const std::size_t index = forecasts_.top().second;
    forecasts_.pop();
    const Curve curve = engine_.forecast(tickets_[index]);
    if (curve.last > now_) {
      forecasts_.emplace(curve.last, index);
      return;
    }
    replay_.curves[index] = curve;
    replay_.end = std::max(replay_.end, curve.last);
    engine_.close(tickets_[index]);
    starts_.ended(index, curve.last);
  }

  MemoryEngine& engine_;
  std::span<const Burst> bursts_;
  sim::SelfTimedStarts starts_;
  std::vector<Ticket> tickets_;
  std::priority_queue<Forecast, std::vector<Forecast>, std::greater<>> forecasts_;
  base::TimePs now_;
  Replay replay_;
};

Replay drive(sim::Fidelity fidelity, const DramConfig& config, std::span<const Burst> bursts,
             sim::SelfTimedStarts starts, base::TimePs start, const base::Watch& watch) {
  const std::unique_ptr<MemoryEngine> engine = make_memory_engine(fidelity, config, start);
  return Driver(*engine, bursts, std::move(starts), start).run(watch);
}

}  // namespace

Replay replay(sim::Fidelity fidelity, const DramConfig& config, std::span<const Burst> bursts,
              base::TimePs start, const base::Watch& watch) {
  return drive(fidelity, config, bursts, sim::SelfTimedStarts(arrivals(bursts)), start, watch);
}

Replay replay_self_timed(sim::Fidelity fidelity, const DramConfig& config, std::span<const Burst> bursts,
                         std::span<const Curve> curves, base::TimePs start, const base::Watch& watch) {
  std::vector<base::TimePs> ends;
  for (const Curve& curve : curves) ends.push_back(curve.last);
  std::vector<int> streams;
  for (const Burst& burst : bursts) streams.push_back(static_cast<int>(burst.stream));
  return drive(fidelity, config, bursts, sim::SelfTimedStarts(arrivals(bursts), ends, streams), start, watch);
}

}  // namespace kiln::dram
