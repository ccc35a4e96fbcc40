// SPDX-License-Identifier: MIT
// Flit-level network: cycle-exact virtual-channel routers, credits and network interfaces.
#pragma once

#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "base/watch.h"
#include "noc/exact_router.h"
#include "noc/noc_config.h"
#include "noc/packet.h"
#include "noc/routing.h"
#include "noc/topology.h"

namespace kiln::noc {

/// Keeps BookSim 2's stage order: credits, arrivals, injection; both allocators see the state at the start of
/// the cycle; a head asks for the switch one cycle after it got its channel; a credit is usable
/// `credit_delay` cycles after it arrives (at once in a network interface). Work is done only where flits
/// are: idle cycles are skipped.
///
/// A wire of latency n that is driven in cycle t is read in cycle
/// t + n + 1. Injection and ejection wires have latency 1.
class ExactNetwork {
 public:
  explicit ExactNetwork(const NocConfig& config);
  /// With a routing policy of the caller's (tests).
  ExactNetwork(const NocConfig& config, std::unique_ptr<Routing> routing);

  /// A source sends the packets of a class in the order they become ready; of those ready together, in the
  /// order of these calls.
  void offer(const Offer& offer);
  /// The supplies of packets that are still to be sent are asked again: their times have changed.
  void ask_again();
  /// Simulates up to, not including, `cycle`. Throws
  /// base::SimError naming the waiting channels on a deadlock.
  void run_until(std::int64_t cycle);
  /// Runs until every offered packet is out of its last router.
  void run_to_idle(const base::Watch& watch = {});

  std::int64_t cycle() const { return cycle_; }
  /// From winning the last switch to delivery.
  int ejection_cycles() const;
  bool idle() const { return queued_packets_ == 0 && flits_in_network_ == 0; }
  std::uint64_t flits_in_network() const { return flits_in_network_; }
  std::uint64_t injected_flits() const { return injected_flits_; }
  std::uint64_t ejected_flits() const { return ejected_flits_; }
  std::uint64_t flit_hops() const;  ///< flits through routers
  /// Packets waiting in all sources, ready or not.
  std::uint64_t queued_packets() const { return queued_packets_; }

  /// Flits of the packets being sent or on their way, and the sum of their packets' ages.
  struct InFlight {
    std::uint64_t flits = 0;
    double age_cycles = 0;
  };
  InFlight in_flight() const;

  /// Packets whose tail has won the last switch, in that order;
  /// `delivered` may be a few cycles ahead of `cycle()`.
  std::vector<PacketRecord>& delivered() { return delivered_; }
  RouterActivity activity(int router) const;
  const Topology& topology() const { return topology_; }

 private:
  struct PacketState {
    PacketRecord record;
    PacketRoute route;
    int level = 0;
    bool live = false;
  };
  struct Arrival {
    std::uint32_t channel;  ///< router * kMaxChannels + input channel
    std::uint32_t flit;
  };
  /// The packet a class of a source is sending.
  struct Sending {
    std::uint32_t packet = 0;
    int flits_left = 0;
    int vc = -1;
    bool head = false;
  };
  /// An offer with packets left; the heap's top is the one whose next packet was ready first.
  struct Queued {
    Offer offer;
    std::uint64_t sent = 0;
    std::int64_t ready = 0;  ///< of the next packet
    std::uint64_t number = 0;
    bool operator<(const Queued& other) const {
      return ready != other.ready ? ready > other.ready : number > other.number;
    }
  };
  struct Source {
    std::array<std::vector<Queued>, kTrafficClasses> queues;
    std::array<Sending, kTrafficClasses> sending;
    std::array<int, kTrafficClasses> last_vc;
    std::array<std::int64_t, kTrafficClasses> last_sent{};
    std::vector<std::int16_t> credits;
    Mask in_use = 0;
    Mask draining = 0;  ///< tail sent, waiting for its credit
    int last_class = 0;
  };
  /// What happens a fixed number of cycles from now.
  struct Slot {
    std::vector<Arrival> arrivals;
    std::vector<std::uint32_t> credits;         ///< router * kMaxChannels + output channel
    std::vector<std::uint32_t> source_credits;  ///< source * kMaxChannels + VC
    std::vector<std::uint32_t> routed;          ///< router * kMaxChannels + input channel
    std::vector<std::pair<std::uint32_t, ChannelGrant>> channel_grants, switch_grants;
  };
  struct Wake {
    std::int64_t cycle;
    std::uint32_t source;
    bool operator>(const Wake& other) const { return cycle > other.cycle; }
  };

  // One cycle (exact_network.cpp).
  void step();
  void step_or_skip(std::int64_t end);
  void evaluate(std::uint32_t router);
  void arrive(const Arrival& arrival);
  void take_credit(std::uint32_t channel);
  void start_routing(std::uint32_t router, int input, int cycles);
  void ask_for_channels(std::uint32_t router, int input);
  void give_channel(std::uint32_t router, ChannelGrant grant);
  bool may_send(const RouterState& router, ChannelGrant grant) const;
  void send_flit(std::uint32_t router, ChannelGrant grant);
  void release_input(std::uint32_t router, int input);
  void eject(std::uint32_t packet, bool head, bool tail);
  void mark_urgent(std::uint32_t router);
  Slot& in(int cycles) { return wheel_[static_cast<std::size_t>(cycle_ + cycles) & wheel_mask_]; }
  bool has_work(const RouterState& router) const {
    return router.ready != 0 || (router.wanted & router.free) != 0;
  }
  void activate(std::uint32_t router) { active_routers_[router / 64] |= bit(router % 64); }
  std::uint32_t front_packet(std::uint32_t router, int input) const;

  // Network interfaces (exact_sources.cpp).
  void take_source_credit(std::uint32_t channel);
  void inject(std::uint32_t source);
  bool fetch_packet(std::uint32_t source, int cls);
  bool front_ready(std::vector<Queued>& queue, std::uint32_t source);
  static void set_ready(Queued& next);
  int choose_vc(const Source& source, int cls) const;
  void send_from(std::uint32_t source, int cls);
  void wake_source(std::uint32_t source) { active_sources_[source / 64] |= bit(source % 64); }
  std::uint32_t take_packet();

  // Deadlock report (deadlock.cpp).
  [[noreturn]] void report_deadlock() const;
  std::vector<std::uint32_t> waits_for(std::uint32_t channel) const;
  std::string channel_text(std::uint32_t channel) const;

  NocConfig config_;
  Topology topology_;
  std::unique_ptr<Routing> routing_;
  RouterShape shape_;
  /// An injection or ejection wire has latency 1: driven in t, read in t + 2.
  static constexpr int kLocalWire = 2;
  int crossing_;     ///< cycles from switch grant to the wire
  int wire_;         ///< cycles from driving a wire between routers to reading it
  int credit_wire_;  ///< cycles from a grant to the credit's use one router upstream
  std::array<Mask, kTrafficClasses> class_vcs_;
  std::array<int, kTrafficClasses> class_level_;

  std::int64_t cycle_ = 0;
  std::int64_t last_progress_ = 0;
  std::vector<RouterState> routers_;
  std::vector<std::int64_t> next_channel_allocation_, next_switch_allocation_;
  std::vector<std::uint32_t> flits_;  ///< ring buffers, by (router, input channel)
  std::size_t ring_;                  ///< their length, a power of two
  std::vector<std::int64_t> head_since_;
  std::vector<Source> sources_;
  std::vector<Mask> active_routers_, active_sources_;
  std::vector<Slot> wheel_;
  std::size_t wheel_mask_;
  std::uint64_t pending_ = 0;  ///< events in the wheel
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes_;

  std::vector<PacketState> packets_;
  std::vector<std::uint32_t> free_packets_;
  std::vector<PacketRecord> delivered_;
  std::vector<std::uint64_t> grants_;  ///< flits sent, by router * ports + output port
  std::vector<std::uint64_t> source_flits_;
  std::uint64_t offers_ = 0;
  std::uint64_t queued_packets_ = 0, flits_in_network_ = 0, injected_flits_ = 0, ejected_flits_ = 0;
};

}  // namespace kiln::noc
