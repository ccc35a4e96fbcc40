// SPDX-License-Identifier: MIT
#include "noc/routing.h"

#include <bit>
#include <vector>

#include "base/error.h"

namespace kiln::noc {
namespace {

/// Deterministic XY or YX. In a network of rings each ring has a dateline where it wraps: packets hold the
/// lower half of their VCs before it and the upper half behind it, which cuts the ring's dependency cycle
/// (Dally & Seitz 1987).
class DimensionOrder : public Routing {
 public:
  DimensionOrder(const Topology& topology, bool columns_first) : topology_(topology) {
    const int routers = topology.routers();
    next_.resize(static_cast<std::size_t>(routers) * routers);
    for (int from = 0; from < routers; ++from) {
      for (int to = 0; to < routers; ++to) {
        next_[from * routers + to] = static_cast<std::int8_t>(topology.next_port(from, to, columns_first));
      }
    }
  }

  void route(int router, const PacketRoute& packet, RouteChoices& out) const override {
    const int port = next_[router * topology_.routers() + packet.destination];
    out.add(port, topology_.has_rings() ? dateline_vcs(router, port, packet) : packet.vcs);
  }

 private:
  /// A single channel serves both sides, and a ring of such channels can deadlock (dependency_graph.h).
  Mask dateline_vcs(int router, int port, const PacketRoute& packet) const {
    const int count = std::popcount(packet.vcs);
    if (count < 2) return packet.vcs;
    const Mask lower = ((Mask{1} << (count / 2)) - 1) << std::countr_zero(packet.vcs);
    return topology_.past_dateline(packet.source, router, port) ? packet.vcs & ~lower : lower;
  }

  const Topology& topology_;
  std::vector<std::int8_t> next_;
};

/// Minimal routing under the odd-even turn model: no east-to-north/south turn in an even column, no turn to
/// west in an odd one (G.-M. Chiu, IEEE TPDS 11(7), 2000, figure 3).
class OddEven : public Routing {
 public:
  explicit OddEven(const Topology& topology) : topology_(topology) {}
  bool adaptive() const override { return true; }

  void route(int router, const PacketRoute& packet, RouteChoices& out) const override {
    const Position at = topology_.router_position(router);
    const Position to = topology_.router_position(packet.destination);
    const Position from = topology_.router_position(packet.source);
    const auto [by_column, by_row] = topology_.steps(router, packet.destination);
    if (by_column < 0) {
      out.add(by_row, packet.vcs);
    } else if (by_column == kEast) {
      if (by_row < 0) {
        out.add(kEast, packet.vcs);
        return;
      }
      if (at.column % 2 == 1 || at.column == from.column) out.add(by_row, packet.vcs);
      if (to.column % 2 == 1 || to.column - at.column != 1) out.add(kEast, packet.vcs);
    } else {
      out.add(kWest, packet.vcs);
      if (at.column % 2 == 0 && by_row >= 0) out.add(by_row, packet.vcs);
    }
  }

 private:
  const Topology& topology_;
};

/// Minimal adaptive on all VCs but the lowest, which is an escape network in XY order (J. Duato, IEEE TPDS
/// 4(12), 1993): a blocked packet can always ask for the escape.
class MinimalAdaptive : public Routing {
 public:
  explicit MinimalAdaptive(const Topology& topology) : topology_(topology) {}
  bool adaptive() const override { return true; }

  Mask escape(Mask vcs) const override { return vcs & (~vcs + 1); }

  void route(int router, const PacketRoute& packet, RouteChoices& out) const override {
    const Mask lowest = escape(packet.vcs);
    const auto [by_column, by_row] = topology_.steps(router, packet.destination);
    if (by_column >= 0) out.add(by_column, packet.vcs & ~lowest);
    if (by_row >= 0) out.add(by_row, packet.vcs & ~lowest);
    out.add(by_column >= 0 ? by_column : by_row, lowest);
  }

 private:
  const Topology& topology_;
};

}  // namespace

std::unique_ptr<Routing> make_routing(const NocConfig& config, const Topology& topology) {
  switch (config.routing) {
    case RoutingPolicy::xy:
      return std::make_unique<DimensionOrder>(topology, true);
    case RoutingPolicy::yx:
      return std::make_unique<DimensionOrder>(topology, false);
    case RoutingPolicy::odd_even:
      return std::make_unique<OddEven>(topology);
    case RoutingPolicy::adaptive:
      return std::make_unique<MinimalAdaptive>(topology);
  }
  throw base::SimError("unknown routing policy");
}

}  // namespace kiln::noc
