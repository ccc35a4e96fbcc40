// SPDX-License-Identifier: MIT
// Trains as fluid on the links of their paths: who is where, how fast, and what is full.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "noc/network_engine.h"

namespace kiln::noc {

struct FluidLink;
struct Neck;

/// A link on a train's path.
struct Hop {
  static constexpr int kEnters = -1;  ///< as `port`: the train enters the network here
  FluidLink* link;
  std::uint32_t place;  ///< index in the link's member list
  int port;             ///< by which it enters the router before the link, or kEnters
  double weight = 1;    ///< part of the link it is entitled to
};

struct FluidLink {
  struct Member {
    Hop* hop;  ///< its address is stable while the train is on the link
    std::uint32_t flow;
  };
  double capacity = 1;  ///< flits per cycle
  double load = 0;      ///< sum of rates
  bool tied = false;    ///< blocked trains hold its channels
  std::vector<Member> members;

  // While shares are computed (ShareSolver).
  double residual = 0;        ///< capacity left to the component
  double wanted = 0;          ///< sum of the component's caps
  Neck* neck = nullptr;       ///< null object if the link cannot bind
  std::uint32_t used = 0;     ///< component for which these three hold
  std::uint32_t spread = 0;   ///< component that all its members joined
  std::uint32_t weighed = 0;  ///< filling in which its members got their weights

  bool full() const { return tied || load > capacity - 1e-6; }
};

/// A train, by slot.
struct Flow {
  enum class State : std::uint8_t {
    waiting,     ///< departure curve has not begun
    queued,      ///< behind another train of its class in the network interface
    following,   ///< sends as fast as the source departs
    backlogged,  ///< the source is ahead; sends at its share
    delivering   ///< all flits are in the network
  };
  TrainId id = 0;
  State state = State::waiting;
  bool contended = false;
  bool whole = false;  ///< all of it is ready when it begins: it never waits for its source
  bool in_interface = false;
  int level = 0;
  int interface = 0;
  int hops = 0;                 ///< links of the path; 0 = free slot
  std::uint32_t first_hop = 0;  ///< first hop still in use: 1 when the train has left its interface
  double latency = 0;        ///< cycles from the end of the fluid at the source to the last flit at the sink
  double tail_latency = 0;   ///< cycles from the last packet's readiness to its last flit at the sink
  double first_latency = 0;  ///< cycles from the first packet's readiness to its first payload flit there
  double flits = 0;          ///< as sent, headers included
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

class Fluid {
 public:
  Fluid(std::size_t link_count, double clock_period_ps) : period_ps(clock_period_ps), links(link_count) {}
  Fluid(const Fluid&) = delete;  // trains and links point at one another
  Fluid& operator=(const Fluid&) = delete;

  double period_ps;  ///< of the network's clock
  std::vector<Flow> flows;
  std::vector<std::vector<Hop>> hops;  ///< by slot; kept apart because only sharing walks them
  std::vector<FluidLink> links;

  int number_of(const FluidLink* link) const { return static_cast<int>(link - links.data()); }
  std::span<Hop> hops_in_use(std::uint32_t slot) {
    return std::span(hops[slot]).subspan(flows[slot].first_hop);
  }
  std::span<const Hop> hops_in_use(std::uint32_t slot) const {
    return std::span(hops[slot]).subspan(flows[slot].first_hop);
  }

  /// Flits of the train that are ready at its source.
  double arrived(const Flow& flow, double now_ps) const;
  /// The source's pace in flits per cycle; infinite for a train that is ready at once.
  double following_cap(const Flow& flow) const;
  /// Brings `remaining` up to `now_ps`.
  void settle(Flow& flow, double now_ps) const;
  void set_rate(std::uint32_t slot, double rate);

  void join_links(std::uint32_t slot);
  void leave_links(std::uint32_t slot);
  /// The source has sent the train; the rest of its links stay in use.
  void leave_injection(std::uint32_t slot);
  /// At its cap the train would fill none of its links.
  bool has_room(std::uint32_t slot) const;
  bool on_full_link(std::uint32_t slot) const;

 private:
  void leave_link(const Hop& hop);
};

}  // namespace kiln::noc
