// SPDX-License-Identifier: MIT
// The network as a running chip sees it: trains go in, and it says when they are delivered.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/watch.h"
#include "noc/noc_config.h"
#include "sim/fidelity.h"
#include "sim/supply.h"

namespace kiln::noc {

/// Where a train's bytes come from while it is sent, in place of an even departure curve.
struct TrainSupply {
  std::shared_ptr<sim::Supply> data;  ///< null: the departure curve is all that is known
  double bytes_per_wire_byte = 1;     ///< of the supply; other than 1 where an engine codes on the way
  base::TimePs delay = 0;             ///< from a byte's supply to its readiness
  base::TimePs pace = 0;              ///< what the engine takes for all bytes, at least
};

class NetworkEngine {
 public:
  virtual ~NetworkEngine() = default;

  /// Trains are numbered from 1 in the order of these calls. `now` must not run backwards. A departure curve
  /// that begins later is waited for. An engine may ignore the supply.
  virtual TrainId start(const Train& train, base::TimePs now, const TrainSupply& supply) = 0;
  /// Time of the next event that `advance` must handle, or a time before it; kNever when idle.
  virtual base::TimePs next_event() const = 0;
  /// Settles to `now` and appends the trains delivered by then, in order of time.
  virtual void advance(base::TimePs now, std::vector<Delivery>& done) = 0;
  /// Counts what happened up to `now`.
  virtual void settle(base::TimePs now) = 0;
  /// New network clock from `now` on; flits in flight keep their place and go on at the new rate.
  virtual void set_clock(base::TimePs now, double hz) = 0;
  virtual double clock_hz() const = 0;

  virtual RouterActivity activity(int router) const = 0;
  /// Flits of the trains started and of those delivered; equal when idle.
  virtual std::uint64_t started_flits() const = 0;
  virtual std::uint64_t delivered_flits() const = 0;
  /// Trains that others held up, of all delivered ones.
  virtual std::uint64_t contended_trains() const = 0;
  /// Zero-load latency of one packet of `flits`. For control and request packets, whose load on the links is
  /// neglected.
  virtual base::TimePs packet_latency(Endpoint source, Endpoint destination, int flits) const = 0;
};

/// Its first clock edge is at time 0.
std::unique_ptr<NetworkEngine> make_network_engine(sim::Fidelity fidelity, const NocConfig& config);

/// Delivers all trains together on an idle network of either fidelity, each from its own departure curve; in
/// the order of `trains`, whose indices are the ids. What audits one fidelity by the other.
std::vector<Delivery> replay(sim::Fidelity fidelity, const NocConfig& config, std::span<const Train> trains,
                             const base::Watch& watch = {});

/// The same, with `trains` in order of their departures, but each departs as long after an earlier one of its
/// agent is delivered as it did in the run that had these `deliveries` (see sim::SelfTimedStarts).
std::vector<Delivery> replay_self_timed(sim::Fidelity fidelity, const NocConfig& config,
                                        std::span<const Train> trains, std::span<const Delivery> deliveries,
                                        std::span<const int> agents, const base::Watch& watch = {});

}  // namespace kiln::noc
