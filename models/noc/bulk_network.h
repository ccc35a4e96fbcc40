// SPDX-License-Identifier: MIT
// Trains as fluid: contending trains share links max-min-fairly; a train alone on its links is timed in
// closed form (the free tier).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "base/standstill.h"
#include "noc/event_heap.h"
#include "noc/fluid.h"
#include "noc/network_engine.h"
#include "noc/share_solver.h"
#include "noc/topology.h"
#include "noc/train_timing.h"

namespace kiln::noc {

/// Promise: with no competitor on any link of its path a train is delivered at the cycle the exact engine
/// delivers it. With competitors every link's capacity (one flit per cycle) is divided max-min-fairly among
/// the trains that want it (Bertsekas & Gallager, Data Networks, 6.5.2); a train never gets more than its own
/// cap: link width, what one train can use of its virtual channels, or - while it is not backlogged - the
/// rate at which its source departs. Under the VC policies `reserve` and `split` with priority the levels are
/// served in turn, each leaving the lower ones the anti-starvation share. Under `shared` priority has no
/// effect here: low packets hold the buffers (reference table of BookSim, README).
///
/// Start and completion cost O(hops) while the train's links have room; otherwise only the trains joined to
/// it by links that can be full are settled and shared anew.
class BulkNetwork final : public NetworkEngine {
 public:
  explicit BulkNetwork(const NocConfig& config);

  /// The supply is not followed.
  TrainId start(const Train& train, base::TimePs now, const TrainSupply&) override {
    return start(train, now);
  }
  TrainId start(const Train& train, base::TimePs now);
  base::TimePs next_event() const override { return events_.empty() ? base::kNever : events_.top_time(); }
  void advance(base::TimePs now, std::vector<Delivery>& done) override;
  /// A train is counted when its last flit is sent.
  void settle(base::TimePs) override {}
  void set_clock(base::TimePs now, double hz) override;
  double clock_hz() const override { return hz_; }

  RouterActivity activity(int router) const override { return activity_[router]; }
  int routers() const { return topology_.routers(); }
  int active_trains() const { return static_cast<int>(events_.size()); }
  std::uint64_t started_flits() const override { return started_flits_; }
  std::uint64_t delivered_flits() const override { return delivered_flits_; }
  /// Those that had to share at least one full link.
  std::uint64_t contended_trains() const override { return contended_trains_; }
  std::uint64_t completed_trains() const { return completed_trains_; }

  base::TimePs packet_latency(Endpoint source, Endpoint destination, int flits) const override;

 private:
  /// What one class of a source has to send.
  struct Interface {
    std::vector<std::uint32_t> sending;   ///< trains whose packets mix
    std::vector<std::uint32_t> draining;  ///< trains that have left it but fill buffers of the network
    std::deque<std::uint32_t> queue;
  };

  bool columns_first() const { return config_.routing != RoutingPolicy::yx; }
  [[noreturn]] void fail_standstill(base::TimePs now) const;
  std::uint32_t take_slot();
  void lay_path(const Train& train, std::uint32_t slot);
  void set_timing(const Train& train, Flow& flow) const;
  /// First cycle edge at or after a time.
  double edge_at(double ps) const;
  void handle(std::uint32_t slot, base::TimePs now, std::vector<Delivery>& done);
  void activate(std::uint32_t slot, double now_ps);
  void begin_sending(std::uint32_t slot, double now_ps);
  void finish_sending(std::uint32_t slot, double now_ps);
  void deliver(std::uint32_t slot, std::vector<Delivery>& done);
  void count_activity(std::uint32_t slot);

  bool may_send(const Interface& interface, const Flow& flow) const;
  void enter_interface(std::uint32_t slot, double now_ps);
  double release_ps(std::uint32_t slot) const;
  void leave_interface(std::uint32_t slot, double now_ps);
  void serve_next(Interface& interface, double now_ps);

  /// Sets the event of a train that sends: its end, or when its rate may change by itself.
  void schedule(std::uint32_t slot);
  /// Shares anew after a change of this one train.
  void share_with(std::uint32_t slot, double now_ps);
  void share_component(double now_ps);
  void adopt_share(std::uint32_t slot, double now_ps);

  NocConfig config_;
  Topology topology_;
  TrainTiming timing_;
  double hz_;
  double epoch_ps_ = 0;  ///< a cycle edge
  Fluid fluid_;
  ShareSolver shares_;
  int separate_classes_ = 1;
  std::array<int, kTrafficClasses> vcs_;  ///< virtual channels a class may hold
  std::vector<std::uint32_t> free_;       ///< slots
  std::vector<Interface> interfaces_;     ///< by source and class
  EventHeap events_;
  base::Standstill standstill_;
  std::vector<RouterActivity> activity_;
  TrainId next_id_ = 1;
  std::uint64_t started_flits_ = 0, delivered_flits_ = 0, contended_trains_ = 0, completed_trains_ = 0;
  std::vector<int> path_;
};

}  // namespace kiln::noc
