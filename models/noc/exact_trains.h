// SPDX-License-Identifier: MIT
// Trains of a running chip through the flit-level network.
#pragma once

#include <vector>

#include "base/numbered_queue.h"
#include "noc/exact_network.h"
#include "noc/network_engine.h"
#include "noc/train_timing.h"

namespace kiln::noc {

/// The network is run up to the time that is asked for, never ahead of it, so a train that starts is seen in
/// its own cycle. A tail is known to be delivered when it wins its last switch, a few cycles before; between
/// deliveries the next one is bounded by the flits that a train has left.
class ExactTrains final : public NetworkEngine, private PacketSupply {
 public:
  explicit ExactTrains(const NocConfig& config);

  TrainId start(const Train& train, base::TimePs now, const TrainSupply& supply) override;
  base::TimePs next_event() const override;
  void advance(base::TimePs now, std::vector<Delivery>& done) override;
  void settle(base::TimePs now) override;
  void set_clock(base::TimePs now, double hz) override;
  double clock_hz() const override { return clock_.hz(); }

  RouterActivity activity(int router) const override { return network_.activity(router); }
  std::uint64_t started_flits() const override { return started_flits_; }
  std::uint64_t delivered_flits() const override { return network_.ejected_flits(); }
  std::uint64_t contended_trains() const override { return contended_trains_; }
  base::TimePs packet_latency(Endpoint source, Endpoint destination, int flits) const override;

 private:
  struct Flight {
    Train train;
    TrainSupply supply;
    std::uint64_t packets_left = 0;
    std::int64_t flits_left = 0;  ///< of packets not yet delivered
    std::int64_t earliest = 0;    ///< cycle in which its last flit arrives if nothing holds it up
    base::TimePs first = base::kNever, last = 0;
    bool contended = false;
  };

  /// PacketSupply: when the packet of a train can be sent.
  std::int64_t ready(std::uint64_t train, std::uint64_t packet) override;
  void collect();
  void note(const PacketRecord& record);
  void find_bound();
  /// No cycle before it has the train's delivery.
  std::int64_t bound(const Flight& flight) const;

  NocConfig config_;
  ExactNetwork network_;
  TrainTiming timing_;
  base::Clock clock_;
  base::NumberedQueue<Flight> flights_{1};
  std::vector<Delivery> arriving_;  ///< complete and not yet handed over, in order of time
  std::int64_t bound_ = kNoTrain;   ///< cycle; of all trains that are not
  std::uint64_t started_flits_ = 0, contended_trains_ = 0;
  static constexpr std::int64_t kNoTrain = INT64_MAX;
};

}  // namespace kiln::noc
