// SPDX-License-Identifier: MIT
// Synthetic traffic: the field's destination patterns and Bernoulli sources.
#pragma once

#include <vector>

#include "base/rng.h"
#include "noc/exact_network.h"

namespace kiln::noc {

/// As in BookSim 2: uniform includes the source itself; transpose (x,y)->(y,x); bitcomp node -> N-1-node;
/// tornado moves ceil(k/2)-1 nodes in each dimension; neighbor one; hotspot gives one node a higher weight;
/// gather sends everything to one node.
enum class Pattern { uniform, transpose, bitcomp, tornado, neighbor, hotspot, gather };
std::span<const config::EnumName<Pattern>> enum_names(const Pattern*);

struct TrafficConfig {
  Pattern pattern = Pattern::uniform;
  int packet_flits = 5;
  int hot_node = -1;      ///< of hotspot and gather; -1: the node before the centre, or node 0
  double hot_weight = 0;  ///< weight of the hot node against 1 of the others; 0: nodes / 4
  /// Share of the offered load per class; sums to one.
  struct Share {
    TrafficClass cls;
    double share;
  };
  std::vector<Share> classes{{TrafficClass::activation, 1.0}};
};

/// Throws base::SimError when the pattern does not fit the network.
void check_pattern(const TrafficConfig& traffic, const Topology& topology);

/// Open-loop sources: in each cycle a node makes a packet with probability load / packet_flits.
class SyntheticTraffic {
 public:
  /// `load` in flits per node and cycle over all classes.
  SyntheticTraffic(const TrafficConfig& traffic, const Topology& topology, double load, std::uint64_t seed);
  /// Offers to `network` all packets made before `cycle`.
  void generate_until(std::int64_t cycle, ExactNetwork& network);
  std::uint64_t packets_made() const { return packets_made_; }

 private:
  struct Stream {
    int node;
    TrafficClass cls;
    double probability;
    std::int64_t next;
    base::Rng rng;
  };
  int destination(Stream& stream) const;
  static std::int64_t gap(Stream& stream);

  TrafficConfig traffic_;
  const Topology& topology_;
  int hot_node_;
  double hot_weight_;
  std::vector<Stream> streams_;
  std::uint64_t packets_made_ = 0;
};

}  // namespace kiln::noc
