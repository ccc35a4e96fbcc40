// SPDX-License-Identifier: MIT
// What travels: traffic classes, end points, trains of packets and their deliveries.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.h"
#include "config/record.h"
#include "sim/traffic_class.h"

namespace kiln::noc {

using sim::kTrafficClasses;
using sim::TrafficClass;
std::span<const config::EnumName<TrafficClass>> enum_names(const TrafficClass*);
std::string_view class_name(TrafficClass cls);

/// A network interface: one of the local ports of a node. Node = row * columns + column.
struct Endpoint {
  int node = 0;
  int port = 0;
  bool operator==(const Endpoint&) const = default;
};

/// A tensor, or a slice of one, sent as consecutive packets on one path and in one class.
struct Train {
  Endpoint source, destination;
  std::uint64_t bytes = 0;  ///< payload on the wire (after compression), without header flits
  TrafficClass cls = TrafficClass::activation;
  /// Departure curve of the source: the first payload byte is there at `first`, the last at `last`, the rest
  /// evenly in between.
  base::TimePs first = 0, last = 0;
};

using TrainId = std::uint64_t;

/// First and last payload byte out of the destination's network interface.
struct Delivery {
  TrainId id = 0;
  base::TimePs first = 0, last = 0;
};

/// Ports of a router of a grid towards its neighbours.
enum Direction { kEast = 0, kWest = 1, kNorth = 2, kSouth = 3 };  // north: row + 1
/// Most ports that a router of any topology has towards others.
inline constexpr int kDirections = 4;

/// Events of one router, counted in flits; `models/power` (or `energy.h`) turns them into joules.
struct RouterActivity {
  std::uint64_t buffer_writes = 0;
  std::uint64_t buffer_reads = 0;
  std::uint64_t crossbar = 0;
  std::uint64_t arbitrations = 0;
  std::uint64_t injected = 0;                           ///< flits in from its interfaces
  std::uint64_t ejected = 0;                            ///< flits out to its interfaces
  std::array<std::uint64_t, kDirections> link_flits{};  ///< flits sent, by port towards another router
  /// Flits times tiles of wire: of those sent to other routers, and of all to and from nodes that stand
  /// apart.
  std::uint64_t wire_flits = 0;

  RouterActivity& operator+=(const RouterActivity& other);
};

}  // namespace kiln::noc
