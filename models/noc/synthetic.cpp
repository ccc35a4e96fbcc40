// SPDX-License-Identifier: MIT
#include "noc/synthetic.h"

#include <array>
#include <cmath>

#include "base/error.h"

namespace kiln::noc {

std::span<const config::EnumName<Pattern>> enum_names(const Pattern*) {
  static constexpr std::array<config::EnumName<Pattern>, 7> names{{{Pattern::uniform, "uniform"},
                                                                   {Pattern::transpose, "transpose"},
                                                                   {Pattern::bitcomp, "bitcomp"},
                                                                   {Pattern::tornado, "tornado"},
                                                                   {Pattern::neighbor, "neighbor"},
                                                                   {Pattern::hotspot, "hotspot"},
                                                                   {Pattern::gather, "gather"}}};
  return names;
}

void check_pattern(const TrafficConfig& traffic, const Topology& topology) {
  if (traffic.pattern == Pattern::transpose && topology.columns() != topology.rows()) {
    throw base::ConfigError(
        {}, "pattern",
        fmt::format("transpose needs as many rows as columns; the network has {}x{}: set both, "
                    "e.g. --set columns=4 rows=4",
                    topology.columns(), topology.rows()));
  }
  if (traffic.hot_node >= topology.nodes()) {
    throw base::ConfigError(
        {}, "hot-node",
        fmt::format("node {} does not exist; nodes are 0 to {}", traffic.hot_node, topology.nodes() - 1));
  }
  double sum = 0;
  for (const TrafficConfig::Share& share : traffic.classes) sum += share.share;
  if (std::abs(sum - 1) > 1e-6)
    throw base::ConfigError({}, "classes", fmt::format("shares sum to {}; they must sum to 1", sum));
}

SyntheticTraffic::SyntheticTraffic(const TrafficConfig& traffic, const Topology& topology, double load,
                                   std::uint64_t seed)
    : traffic_(traffic), topology_(topology) {
  check_pattern(traffic, topology);
  const int before_centre = topology.node_at({(topology.columns() - 1) / 2, (topology.rows() - 1) / 2});
  hot_node_ = traffic.hot_node >= 0                ? traffic.hot_node
              : traffic.pattern == Pattern::gather ? 0
                                                   : before_centre;
  hot_weight_ = traffic.hot_weight > 0 ? traffic.hot_weight : topology.nodes() / 4.0;
  for (int node = 0; node < topology.nodes(); ++node) {
    for (const TrafficConfig::Share& share : traffic.classes) {
      const double probability = load * share.share / traffic.packet_flits;
      if (probability <= 0) continue;
      if (probability > 1) {
        throw base::ConfigError(
            {}, "rate",
            fmt::format("{} flits/node/cycle with packets of {} flits is above one packet per cycle", load,
                        traffic.packet_flits));
      }
      const std::string path = fmt::format("noc/node{}/{}", node, class_name(share.cls));
      streams_.push_back({node, share.cls, probability, 0, base::Rng(seed, path, "synthetic")});
      streams_.back().next = gap(streams_.back()) - 1;
    }
  }
}

/// Cycles to the next success of a Bernoulli trial per cycle.
std::int64_t SyntheticTraffic::gap(Stream& stream) {
  if (stream.probability >= 1) return 1;
  return 1 + static_cast<std::int64_t>(std::log1p(-stream.rng.uniform()) / std::log1p(-stream.probability));
}

int SyntheticTraffic::destination(Stream& stream) const {
  const Position at = topology_.position(stream.node);
  const int columns = topology_.columns(), rows = topology_.rows();
  switch (traffic_.pattern) {
    case Pattern::uniform:
      return static_cast<int>(stream.rng.below(static_cast<std::uint64_t>(topology_.nodes())));
    case Pattern::transpose:
      return topology_.node_at({at.row, at.column});
    case Pattern::bitcomp:
      return topology_.nodes() - 1 - stream.node;
    case Pattern::tornado:
      return topology_.node_at({(at.column + (columns - 1) / 2) % columns, (at.row + (rows - 1) / 2) % rows});
    case Pattern::neighbor:
      return topology_.node_at({(at.column + 1) % columns, (at.row + 1) % rows});
    case Pattern::hotspot: {
      const double drawn = stream.rng.uniform() * (hot_weight_ + topology_.nodes() - 1);
      if (drawn < hot_weight_) return hot_node_;
      const int other = static_cast<int>(drawn - hot_weight_);
      return other < hot_node_ ? other : other + 1;
    }
    case Pattern::gather:
      return hot_node_;
  }
  throw base::SimError("unknown traffic pattern");
}

void SyntheticTraffic::generate_until(std::int64_t cycle, ExactNetwork& network) {
  for (Stream& stream : streams_) {
    for (; stream.next < cycle; stream.next += gap(stream)) {
      network.offer({.source = {stream.node, 0},
                     .destination = {destination(stream), 0},
                     .cls = stream.cls,
                     .flits = traffic_.packet_flits,
                     .cycle = stream.next});
      ++packets_made_;
    }
  }
}

}  // namespace kiln::noc
