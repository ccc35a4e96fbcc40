// SPDX-License-Identifier: MIT
// One router in the middle of the grid to which all nodes are wired.
#pragma once

#include "noc/wiring.h"

namespace kiln::noc {

class Crossbar final : public Wiring {
 public:
  Crossbar(int columns, int rows) : columns_(columns), rows_(rows) {}

  int routers() const override { return 1; }
  int ports() const override { return 0; }
  Wire wire(int /*router*/, int /*port*/) const override { return {}; }
  std::string_view port_name(int /*port*/) const override { return "none"; }
  int router_of(int /*node*/) const override { return 0; }
  int nodes_per_router() const override { return columns_ * rows_; }
  int place_of(int node) const override { return node; }
  int home(int /*router*/) const override { return (rows_ - 1) / 2 * columns_ + (columns_ - 1) / 2; }
  Position position(int /*router*/) const override { return {}; }
  Steps steps(int /*router*/, int /*to*/) const override { return {}; }
  int distance(int /*router*/, int /*to*/) const override { return 0; }

 private:
  int columns_, rows_;
};

}  // namespace kiln::noc
