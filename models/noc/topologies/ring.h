// SPDX-License-Identifier: MIT
// All nodes on one ring of wires both ways, which winds through the grid row by row.
#pragma once

#include "noc/wiring.h"

namespace kiln::noc {

/// Port 0 goes forward, port 1 back.
class Ring final : public Wiring {
 public:
  Ring(int columns, int rows) : columns_(columns), nodes_(columns * rows) {}

  int routers() const override { return nodes_; }
  int ports() const override { return 2; }
  Wire wire(int router, int port) const override;
  std::string_view port_name(int port) const override { return port == 0 ? "forward" : "back"; }
  Position position(int router) const override { return {winding(router), 0}; }
  Steps steps(int router, int to) const override;
  int distance(int router, int to) const override;
  bool has_rings() const override { return true; }
  bool past_dateline(int source, int router, int port) const override;

 private:
  /// Place on the ring of a node, and the node of a place: odd rows run backwards, which is its own inverse.
  int winding(int node) const {
    const int row = node / columns_, column = node % columns_;
    return row * columns_ + (row % 2 == 0 ? column : columns_ - 1 - column);
  }

  int columns_, nodes_;
};

}  // namespace kiln::noc
