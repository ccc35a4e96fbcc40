// SPDX-License-Identifier: MIT
#include "noc/routing.h"

#include <bit>
#include <vector>

#include "base/error.h"

namespace kiln::noc {
namespace {

/// Deterministic XY or YX. On a torus each ring has a dateline where it wraps: packets hold the lower half of
/// their VCs before it and the upper half behind it, which cuts the ring's dependency cycle (Dally & Seitz
/// 1987).
class DimensionOrder : public Routing {
 public:
  DimensionOrder(const Topology& topology, bool columns_first) : topology_(topology) {
    const int nodes = topology.nodes();
    next_.resize(static_cast<std::size_t>(nodes) * nodes);
    for (int from = 0; from < nodes; ++from) {
      for (int to = 0; to < nodes; ++to) {
        next_[from * nodes + to] = static_cast<std::int8_t>(topology.next_direction(from, to, columns_first));
      }
    }
  }

  void route(int node, const PacketRoute& packet, RouteChoices& out) const override {
    const int direction = next_[node * topology_.nodes() + packet.destination];
    out.add(direction, topology_.torus() ? dateline_vcs(node, direction, packet) : packet.vcs);
  }

 private:
  Mask dateline_vcs(int node, int direction, const PacketRoute& packet) const {
    const Position next = topology_.position(topology_.neighbour(node, direction));
    const Position source = topology_.position(packet.source);
    bool wrapped = false;
    switch (direction) {
      case kEast:
        wrapped = next.column < source.column;
        break;
      case kWest:
        wrapped = next.column > source.column;
        break;
      case kNorth:
        wrapped = next.row < source.row;
        break;
      case kSouth:
        wrapped = next.row > source.row;
        break;
    }
    const int count = std::popcount(packet.vcs);
    const int lowest = std::countr_zero(packet.vcs);
    const Mask lower = ((Mask{1} << (count / 2)) - 1) << lowest;
    return wrapped ? packet.vcs & ~lower : lower;
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

  void route(int node, const PacketRoute& packet, RouteChoices& out) const override {
    const Position at = topology_.position(node);
    const Position to = topology_.position(packet.destination);
    const Position from = topology_.position(packet.source);
    const int by_row = topology_.row_direction(node, packet.destination);
    const int east = to.column - at.column;
    if (east == 0) {
      out.add(by_row, packet.vcs);
    } else if (east > 0) {
      if (by_row < 0) {
        out.add(kEast, packet.vcs);
        return;
      }
      if (at.column % 2 == 1 || at.column == from.column) out.add(by_row, packet.vcs);
      if (to.column % 2 == 1 || east != 1) out.add(kEast, packet.vcs);
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

  void route(int node, const PacketRoute& packet, RouteChoices& out) const override {
    const Mask escape = packet.vcs & (~packet.vcs + 1);
    const int by_column = topology_.column_direction(node, packet.destination);
    const int by_row = topology_.row_direction(node, packet.destination);
    if (by_column >= 0) out.add(by_column, packet.vcs & ~escape);
    if (by_row >= 0) out.add(by_row, packet.vcs & ~escape);
    out.add(by_column >= 0 ? by_column : by_row, escape);
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
