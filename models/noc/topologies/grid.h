// SPDX-License-Identifier: MIT
// Routers in rows and columns: mesh, torus, and concentrated mesh, in which squares of nodes share a router.
#pragma once

#include "noc/wiring.h"

namespace kiln::noc {

/// Nodes on a side of the square that shares a router of a concentrated mesh (J. Balfour, W. J. Dally, ICS
/// 2006: four nodes).
inline constexpr int kConcentration = 2;

/// Ports are those of Direction.
class Grid final : public Wiring {
 public:
  enum class Edges { open, joined };
  /// `cluster`: nodes on a side of the square that shares a router; those at the edges may be smaller.
  Grid(int node_columns, int node_rows, Edges edges, int cluster);

  int routers() const override { return columns_ * rows_; }
  int ports() const override { return kDirections; }
  Wire wire(int router, int port) const override;
  std::string_view port_name(int port) const override;
  int router_of(int node) const override;
  int nodes_per_router() const override { return cluster_ * cluster_; }
  int place_of(int node) const override;
  int home(int router) const override;
  Position position(int router) const override { return {router % columns_, router / columns_}; }
  Steps steps(int router, int to) const override;
  int distance(int router, int to) const override;
  bool has_rings() const override { return joined_; }
  bool past_dateline(int source, int router, int port) const override;

 private:
  int node_columns_, cluster_;
  int columns_, rows_;  ///< of routers
  bool joined_;
};

}  // namespace kiln::noc
