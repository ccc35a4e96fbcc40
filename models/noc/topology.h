// SPDX-License-Identifier: MIT
// Nodes, neighbours, links and dimension-order paths of a mesh or torus.
#pragma once

#include <vector>

#include "noc/noc_config.h"

namespace kiln::noc {

struct Position {
  int column = 0;
  int row = 0;
};

/// Every unidirectional wire bundle has one number: first the router-to-router links (node * 4 + direction),
/// then the injection links, then the ejection links (node * local_ports + port each).
class Topology {
 public:
  explicit Topology(const NocConfig& config);

  int nodes() const { return columns_ * rows_; }
  int columns() const { return columns_; }
  int rows() const { return rows_; }
  int local_ports() const { return local_ports_; }
  bool torus() const { return torus_; }
  Position position(int node) const { return {node % columns_, node / columns_}; }
  int node_at(Position position) const { return position.row * columns_ + position.column; }
  /// The node one hop away, or -1 at the edge of a mesh.
  int neighbour(int node, int direction) const { return neighbours_[node * kDirections + direction]; }
  static int opposite(int direction) { return direction ^ 1; }

  /// Direction towards `to` in one dimension, or -1 when that coordinate already agrees. On a torus the
  /// shorter way round; at exactly half way even rows or columns go one way and odd ones the other.
  int column_direction(int node, int to) const;
  int row_direction(int node, int to) const;
  /// Next hop of dimension-order routing, or -1 at the destination.
  int next_direction(int node, int to, bool columns_first) const;
  int hops(int from, int to) const;

  int links() const { return nodes() * (kDirections + 2 * local_ports_); }
  int network_link(int node, int direction) const { return node * kDirections + direction; }
  int injection_link(Endpoint source) const {
    return first_injection_ + source.node * local_ports_ + source.port;
  }
  int ejection_link(Endpoint sink) const { return first_ejection_ + sink.node * local_ports_ + sink.port; }
  bool is_network_link(int link) const { return link < first_injection_; }
  bool is_injection_link(int link) const { return link >= first_injection_ && link < first_ejection_; }
  /// The router a link leaves (network, ejection) or enters (injection).
  int router_of(int link) const;

  /// The port by which a network or injection link enters its router: a direction, or kDirections + port.
  int input_port(int link) const {
    return is_network_link(link) ? link % kDirections
                                 : kDirections + (link - first_injection_) % local_ports_;
  }

  /// Injection link, hops and ejection link of the dimension-order path, appended to `links`.
  void append_path(Endpoint source, Endpoint sink, bool columns_first, std::vector<int>& links) const;
  /// Throws base::SimError when the end point does not exist.
  void check_endpoint(Endpoint endpoint) const;

 private:
  int columns_, rows_, local_ports_;
  bool torus_;
  int first_injection_, first_ejection_;
  std::vector<int> neighbours_;
};

}  // namespace kiln::noc
