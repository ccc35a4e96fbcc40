// SPDX-License-Identifier: MIT
// Trains as fluid: contending trains share links max-min-fairly; a train alone on its links is timed in
// closed form (the free tier).
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "base/standstill.h"
#include "noc/event_heap.h"
#include "noc/network_engine.h"
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
  BulkNetwork(const BulkNetwork&) = delete;  // trains and links point at one another
  BulkNetwork& operator=(const BulkNetwork&) = delete;

  /// The supply is not followed.
  TrainId start(const Train& train, base::TimePs now, const TrainSupply&) override {
    return start(train, now);
  }
  TrainId start(const Train& train, base::TimePs now);
  /// One copy to every destination along the tree of dimension-order paths; routers fork flits. The train's
  /// own `destination` is ignored; the delivery is that of the farthest destination.
  TrainId start_multicast(const Train& train, std::span<const Endpoint> destinations, base::TimePs now);
  /// The sum of equal trains from all sources, added in the routers where their paths meet
  /// (`reduction_cycles` per join). The train's own `source` is ignored.
  TrainId start_reduction(const Train& train, std::span<const Endpoint> sources, base::TimePs now);

  base::TimePs next_event() const override { return events_.empty() ? base::kNever : events_.top_time(); }
  void advance(base::TimePs now, std::vector<Delivery>& done) override;
  /// A train is counted when its last flit is sent.
  void settle(base::TimePs) override {}
  void set_clock(base::TimePs now, double hz) override;
  double clock_hz() const override { return hz_; }

  RouterActivity activity(int router) const override { return activity_[router]; }
  int routers() const { return topology_.nodes(); }
  int active_trains() const { return static_cast<int>(events_.size()); }
  std::uint64_t started_flits() const override { return started_flits_; }
  std::uint64_t delivered_flits() const override { return delivered_flits_; }
  /// Those that had to share at least one full link.
  std::uint64_t contended_trains() const override { return contended_trains_; }
  std::uint64_t completed_trains() const { return completed_trains_; }

  base::TimePs packet_latency(Endpoint source, Endpoint destination, int flits) const override;

 private:
  enum class State : std::uint8_t {
    waiting,     ///< departure curve has not begun
    queued,      ///< behind another train of its class in the network interface
    following,   ///< sends as fast as the source departs
    backlogged,  ///< the source is ahead; sends at its share
    delivering   ///< all flits are in the network
  };
  struct Flow {
    TrainId id = 0;
    State state = State::waiting;
    bool contended = false;
    bool tree = false;   ///< multicast or reduction: links are not in path order
    bool whole = false;  ///< all of it is ready when it begins: it never waits for its source
    bool in_interface = false;
    int level = 0;
    int interface = 0;
    int hops = 0;                 ///< links of the path or tree; 0 = free slot
    std::uint32_t first_hop = 0;  ///< first hop still in use: 1 when the train has left its interface
    double latency = 0;       ///< cycles from the end of the fluid at the source to the last flit at the sink
    double tail_latency = 0;  ///< cycles from the last packet's readiness to its last flit at the sink
    /// Cycles from the first packet's readiness to its first payload flit at the sink.
    double first_latency = 0;
    double flits = 0;  ///< as sent, headers included
    double remaining = 0;
    double rate = 0;                   ///< flits per cycle
    double cap = 0;                    ///< flits per cycle
    double peak = 1;                   ///< flits per cycle one train can reach
    double port_flits = 0;             ///< buffers of one input port that its class may fill
    double settled_ps = 0;             ///< `remaining` holds at this time
    double began_ps = 0;               ///< its first flit was sent
    double first_ps = 0, last_ps = 0;  ///< first and last packet ready at the source
    double first_out_ps = 0, last_out_ps = 0;
  };
  struct Link;
  struct Neck;
  struct Hop {
    Link* link;
    std::uint32_t place;  ///< index in the link's member list
    int port;             ///< by which it enters the router before the link, or kEnters
    double weight = 1;    ///< part of the link it is entitled to
  };
  struct Member {
    Hop* hop;  ///< its address is stable while the train is on the link
    std::uint32_t flow;
  };
  /// What one class of a source has to send.
  struct Interface {
    std::vector<std::uint32_t> sending;   ///< trains whose packets mix
    std::vector<std::uint32_t> draining;  ///< trains that have left it but fill buffers of the network
    std::deque<std::uint32_t> queue;
  };
  static constexpr int kEnters = -1;  ///< the train enters the network here
  struct Link {
    double capacity = 1;        ///< flits per cycle
    double load = 0;            ///< sum of rates
    bool tied = false;          ///< blocked trains hold its channels
    double residual = 0;        ///< capacity left to the component
    double wanted = 0;          ///< sum of the component's caps
    Neck* neck = nullptr;       ///< state while shares are computed; no_neck_ if the link cannot bind
    std::uint32_t used = 0;     ///< epoch of the component for which these three hold
    std::uint32_t spread = 0;   ///< epoch in which all its members joined the component
    std::uint32_t weighed = 0;  ///< filling in which its members got their weights
    std::vector<Member> members;
  };
  /// A link that the component may fill.
  struct Neck {
    Link* link = nullptr;
    bool slack = false;   ///< some trains that have no share yet are held back elsewhere
    bool full = false;    ///< it holds trains back
    double residual = 0;  ///< capacity left to trains that have no share yet
    double kept = 0;      ///< capacity kept for lower levels
    double weights = 0;   ///< of the trains that have no share yet
    double level = 0;     ///< share per weight of those
    double tie = 0;       ///< most per weight, because blocked trains hold its channels
    double held = 0;      ///< flits of those
  };
  /// A train whose share is being worked out and the links that can hold it back.
  struct Open {
    std::uint32_t slot;
    std::uint32_t first, last;  ///< range of its parts in parts_
    Neck* by;                   ///< the neck that limits it now, or null: its own cap
    double limit;
  };
  struct Part {
    Neck* neck;
    int hop;  ///< its place on the path
    double weight;
    double share;  ///< the neck's level times the weight
  };

  bool columns_first() const { return config_.routing != RoutingPolicy::yx; }
  void keep_each_link_once();
  [[noreturn]] void fail_standstill(base::TimePs now) const;
  std::uint32_t take_slot();
  TrainId begin(const Train& train, std::span<const int> links, int routers, int extra_cycles,
                base::TimePs now);
  /// First cycle edge at or after a time.
  double edge_at(double ps) const;
  void handle(std::uint32_t slot, base::TimePs now, std::vector<Delivery>& done);
  void activate(std::uint32_t slot, double now_ps);
  void begin_sending(std::uint32_t slot, double now_ps);
  void finish_sending(std::uint32_t slot, double now_ps);
  bool may_send(const Interface& interface, const Flow& flow) const;
  void enter_interface(std::uint32_t slot, double now_ps);
  double release_ps(std::uint32_t slot) const;
  void leave_interface(std::uint32_t slot, double now_ps);
  void serve_next(Interface& interface, double now_ps);
  void deliver(std::uint32_t slot, std::vector<Delivery>& done);

  void join_links(std::uint32_t slot);
  void leave_links(std::uint32_t slot);
  void leave_link(const Hop& hop);
  void leave_injection(std::uint32_t slot);
  void set_rate(std::uint32_t slot, double rate);
  void settle(Flow& flow, double now_ps) const;
  void schedule(std::uint32_t slot);
  double arrived(const Flow& flow, double now_ps) const;
  double following_cap(const Flow& flow) const;  ///< the source's pace in flits per cycle

  // Sharing (bulk_sharing.cpp).
  bool has_room(std::uint32_t slot) const;
  static bool is_full(const Link& link) { return link.tied || link.load > link.capacity - 1e-6; }
  bool on_full_link(std::uint32_t slot) const;
  // A component: trains whose shares depend on one another, because they meet on full links.
  // begin_component() empties it, join_component() adds a train whose share changes, spread_component() adds
  // all that depend on those.
  void begin_component();
  void join_component(std::uint32_t slot);
  void spread_component();
  void take_members(Link& link) {
    if (link.spread != epoch_) join_members(link);
  }
  void join_members(Link& link);
  void share_component(double now_ps);
  /// Shares anew after a change of this one train.
  void share_with(std::uint32_t slot, double now_ps);
  void find_necks();
  bool take_in_outsiders();
  void open_level(int level);
  void keep_for_lower(int level);
  void fill_level(int level);
  void weigh(Link& link, int level) {
    if (link.weighed != filling_) weigh_anew(link, level);
  }
  void weigh_anew(Link& link, int level);
  void weigh_before(const Hop& hop, int level) {
    if (hop.port != kEnters) weigh(*(&hop)[-1].link, level);
  }
  void weigh_sharers(std::span<const Member> sharers);
  void find_limits();
  void fix(const Open& train);
  void tie_links(const Open& train, int bottleneck);
  double in_network(const Flow& flow) const;
  void adopt_share(std::uint32_t slot, double now_ps);
  bool in_level(const Flow& flow, int level) const { return !by_level_ || flow.level == level; }

  void count_activity(std::uint32_t slot);

  int number_of(const Link* link) const { return static_cast<int>(link - links_.data()); }
  std::span<Neck> necks() { return std::span(necks_).first(found_necks_); }
  std::span<Part> parts_of(const Open& train) {
    return std::span(parts_).subspan(train.first, train.last - train.first);
  }
  std::span<Hop> hops_in_use(std::uint32_t slot) {
    return std::span(hops_[slot]).subspan(flows_[slot].first_hop);
  }
  std::span<const Hop> hops_in_use(std::uint32_t slot) const {
    return std::span(hops_[slot]).subspan(flows_[slot].first_hop);
  }
  Hop* hops_of(std::uint32_t slot) { return hops_[slot].data(); }
  const Hop* hops_of(std::uint32_t slot) const { return hops_[slot].data(); }

  NocConfig config_;
  Topology topology_;
  TrainTiming timing_;
  double hz_;
  double period_ps_;
  double epoch_ps_ = 0;  ///< a cycle edge
  bool by_level_;
  double low_share_;
  int separate_classes_ = 1;
  std::array<int, kTrafficClasses> vcs_;  ///< virtual channels a class may hold
  std::vector<Flow> flows_;
  std::vector<std::vector<Hop>> hops_;  ///< by slot; kept apart because only sharing walks them
  std::vector<std::uint32_t> free_;
  std::vector<Link> links_;
  std::vector<Interface> interfaces_;  ///< by source and class
  EventHeap events_;
  base::Standstill standstill_;
  std::vector<RouterActivity> activity_;
  TrainId next_id_ = 1;
  std::uint64_t started_flits_ = 0, delivered_flits_ = 0, contended_trains_ = 0, completed_trains_ = 0;

  std::uint32_t epoch_ = 0;               ///< of the component
  std::vector<std::uint32_t> component_;  ///< trains whose shares depend on one another
  std::size_t spread_ = 0;                ///< number of trains whose dependents have been added
  std::vector<std::uint32_t> joined_;     ///< by train: the epoch in which it joined
  std::vector<Link*> used_;               ///< links of their paths, the first `used_links_`
  std::size_t used_links_ = 0;
  std::vector<Neck> necks_;  ///< links that can bind; the first `found_necks_` are in use
  std::size_t found_necks_ = 0;
  Neck no_neck_;            ///< of links that cannot bind
  std::vector<Open> open_;  ///< trains of the level being filled
  std::vector<Part> parts_;
  std::vector<double> port_weights_;
  std::vector<Member> sharers_;  ///< a stack: trains of the links being weighed
  std::vector<double> share_;
  double sharing_ps_ = 0;      ///< time of the sharing in progress
  std::uint32_t filling_ = 0;  ///< number of the filling (of one level) in progress
  std::vector<int> levels_;
  std::vector<int> path_;
};

}  // namespace kiln::noc
