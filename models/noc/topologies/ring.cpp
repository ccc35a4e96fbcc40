// SPDX-License-Identifier: MIT
#include "noc/topologies/ring.h"

namespace kiln::noc {

Wire Ring::wire(int router, int port) const {
  const int next = (winding(router) + (port == 0 ? 1 : nodes_ - 1)) % nodes_;
  return nodes_ == 1 ? Wire{} : Wire{winding(next), port ^ 1};
}

Steps Ring::steps(int router, int to) const {
  const int from = winding(router);
  return {line_step(from, winding(to), nodes_, true, from % 2 == 0, 0, 1), -1};
}

int Ring::distance(int router, int to) const {
  return line_distance(winding(router), winding(to), nodes_, true);
}

bool Ring::past_dateline(int source, int router, int port) const {
  const int next = winding(wire(router, port).router), from = winding(source);
  return port == 0 ? next < from : next > from;
}

}  // namespace kiln::noc
