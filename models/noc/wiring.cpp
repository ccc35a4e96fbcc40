// SPDX-License-Identifier: MIT
#include "noc/wiring.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "noc/topologies/crossbar.h"
#include "noc/topologies/grid.h"
#include "noc/topologies/ring.h"

namespace kiln::noc {

std::unique_ptr<Wiring> make_wiring(const NocConfig& config) {
  switch (config.topology) {
    case TopologyKind::mesh:
      return std::make_unique<Grid>(config.columns, config.rows, Grid::Edges::open, 1);
    case TopologyKind::torus:
      return std::make_unique<Grid>(config.columns, config.rows, Grid::Edges::joined, 1);
    case TopologyKind::concentrated_mesh:
      return std::make_unique<Grid>(config.columns, config.rows, Grid::Edges::open, kConcentration);
    case TopologyKind::ring:
      return std::make_unique<Ring>(config.columns, config.rows);
    case TopologyKind::crossbar:
      return std::make_unique<Crossbar>(config.columns, config.rows);
  }
  throw base::SimError("unknown topology");
}

int line_step(int from, int to, int size, bool ring, bool tie_forward, int forward, int backward) {
  if (from == to) return -1;
  if (!ring) return to > from ? forward : backward;
  const int ahead = (to - from + size) % size;
  const int behind = size - ahead;
  if (ahead == behind) return tie_forward ? forward : backward;
  return ahead < behind ? forward : backward;
}

int line_distance(int from, int to, int size, bool ring) {
  const int apart = std::abs(from - to);
  return ring ? std::min(apart, size - apart) : apart;
}

}  // namespace kiln::noc
