// SPDX-License-Identifier: MIT
#include "noc/topology.h"

#include <cstdlib>

#include "base/error.h"

namespace kiln::noc {
namespace {

/// Direction along one ring or line of `size` nodes; `forward` and `backward` are the two directions.
int line_direction(int from, int to, int size, bool ring, bool tie_forward, int forward, int backward) {
  if (from == to) return -1;
  if (!ring) return to > from ? forward : backward;
  const int ahead = (to - from + size) % size;
  const int behind = size - ahead;
  if (ahead == behind) return tie_forward ? forward : backward;
  return ahead < behind ? forward : backward;
}

}  // namespace

Topology::Topology(const NocConfig& config)
    : columns_(config.columns),
      rows_(config.rows),
      local_ports_(config.local_ports),
      torus_(config.topology == TopologyKind::torus),
      first_injection_(nodes() * kDirections),
      first_ejection_(first_injection_ + nodes() * local_ports_),
      neighbours_(static_cast<std::size_t>(nodes() * kDirections), -1) {
  const int column_step[kDirections] = {1, -1, 0, 0};
  const int row_step[kDirections] = {0, 0, 1, -1};
  for (int node = 0; node < nodes(); ++node) {
    for (int direction = 0; direction < kDirections; ++direction) {
      Position at = position(node);
      at.column += column_step[direction];
      at.row += row_step[direction];
      if (torus_) {
        at.column = (at.column + columns_) % columns_;
        at.row = (at.row + rows_) % rows_;
      }
      const bool inside = at.column >= 0 && at.column < columns_ && at.row >= 0 && at.row < rows_;
      if (inside && node_at(at) != node) neighbours_[node * kDirections + direction] = node_at(at);
    }
  }
}

int Topology::column_direction(int node, int to) const {
  const Position a = position(node), b = position(to);
  return line_direction(a.column, b.column, columns_, torus_, a.row % 2 == 0, kEast, kWest);
}

int Topology::row_direction(int node, int to) const {
  const Position a = position(node), b = position(to);
  return line_direction(a.row, b.row, rows_, torus_, a.column % 2 == 0, kNorth, kSouth);
}

int Topology::next_direction(int node, int to, bool columns_first) const {
  const int by_column = column_direction(node, to);
  const int by_row = row_direction(node, to);
  if (columns_first) return by_column >= 0 ? by_column : by_row;
  return by_row >= 0 ? by_row : by_column;
}

int Topology::hops(int from, int to) const {
  const Position a = position(from), b = position(to);
  int columns = std::abs(a.column - b.column), rows = std::abs(a.row - b.row);
  if (torus_) {
    columns = std::min(columns, columns_ - columns);
    rows = std::min(rows, rows_ - rows);
  }
  return columns + rows;
}

int Topology::router_of(int link) const {
  if (is_network_link(link)) return link / kDirections;
  const int first = is_injection_link(link) ? first_injection_ : first_ejection_;
  return (link - first) / local_ports_;
}

void Topology::append_path(Endpoint source, Endpoint sink, bool columns_first,
                           std::vector<int>& links) const {
  links.push_back(injection_link(source));
  int node = source.node;
  for (int direction; (direction = next_direction(node, sink.node, columns_first)) >= 0;) {
    links.push_back(network_link(node, direction));
    node = neighbour(node, direction);
  }
  links.push_back(ejection_link(sink));
}

void Topology::check_endpoint(Endpoint endpoint) const {
  if (endpoint.node < 0 || endpoint.node >= nodes()) {
    throw base::SimError(fmt::format("node {} does not exist: the {} has {}x{} nodes, 0 to {}", endpoint.node,
                                     torus_ ? "torus" : "mesh", columns_, rows_, nodes() - 1));
  }
  if (endpoint.port < 0 || endpoint.port >= local_ports_) {
    throw base::SimError(fmt::format("port {} of node {} does not exist: nodes have {} local port(s)",
                                     endpoint.port, endpoint.node, local_ports_));
  }
}

}  // namespace kiln::noc
