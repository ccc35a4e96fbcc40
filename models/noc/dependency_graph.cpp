// SPDX-License-Identifier: MIT
#include "noc/dependency_graph.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <set>

#include "base/error.h"
#include "noc/cycle.h"
#include "noc/vc_policy.h"

namespace kiln::noc {
namespace {

constexpr int kStandsForLarge = 8;

/// The graph of dependencies among the channels of one set of VCs.
class DependencyGraph {
 public:
  DependencyGraph(const Topology& topology, const Routing& routing, Mask vcs)
      : topology_(topology),
        routing_(routing),
        vcs_(vcs),
        escape_(routing.escape(vcs)),
        width_(static_cast<int>(std::bit_width(vcs))),
        successors_(static_cast<std::size_t>(topology.routers() * topology.ports() * width_)),
        known_(successors_.size() * successors_.size()) {
    for (int to = 0; to < topology_.routers(); ++to)
      for (int from = 0; from < topology_.routers(); ++from)
        if (from != to) escape_ == vcs_ ? add_paths(from, to) : add_escapes(from, to);
  }

  std::vector<Channel> cycle() const {
    std::vector<std::uint32_t> starts(successors_.size());
    std::iota(starts.begin(), starts.end(), 0u);
    std::vector<Channel> channels;
    for (const std::uint32_t vertex : find_cycle(successors_.size(), starts, [this](std::uint32_t v) {
           return std::span<const std::uint32_t>(successors_[v]);
         }))
      channels.push_back(channel(static_cast<int>(vertex)));
    return channels;
  }

 private:
  int vertex(int router, int port, int vc) const { return (router * topology_.ports() + port) * width_ + vc; }
  Channel channel(int vertex) const {
    const int link = vertex / width_;
    return {link / topology_.ports(), link % topology_.ports(), vertex % width_};
  }

  RouteChoices choices(int router, int from, int to) const {
    RouteChoices found;
    routing_.route(router, {from, to, 0, vcs_}, found);
    Mask offered = 0;
    for (int i = 0; i < found.count; ++i) offered |= found.choices[static_cast<std::size_t>(i)].vcs;
    if ((offered & escape_) == 0)
      throw base::SimError(fmt::format("routing: at router {} a packet from {} to {} is offered no {}channel",
                                       router, from, to, escape_ == vcs_ ? "" : "escape "));
    return found;
  }

  /// Routers other than `to` that packets from `from` to `to` may come to, when they are at `at`.
  std::vector<int> reached(int at, int from, int to) const {
    std::set<int> seen{at};
    std::vector<int> routers;
    for (std::vector<int> open{at}; !open.empty();) {
      const int router = open.back();
      open.pop_back();
      if (router == to) continue;
      routers.push_back(router);
      const RouteChoices next = choices(router, from, to);
      for (int i = 0; i < next.count; ++i) {
        const int there = topology_.neighbour(router, next.choices[static_cast<std::size_t>(i)].port);
        if (seen.insert(there).second) open.push_back(there);
      }
    }
    return routers;
  }

  /// Each hop of a packet from `from` to `to` depends on the next one.
  void add_paths(int from, int to) {
    for (const int router : reached(from, from, to)) {
      const RouteChoices held = choices(router, from, to);
      for (int i = 0; i < held.count; ++i) {
        const auto& hop = held.choices[static_cast<std::size_t>(i)];
        const int next = topology_.neighbour(router, hop.port);
        if (next != to) add(router, hop, next, choices(next, from, to));
      }
    }
  }

  /// An escape channel at `from` depends on those at all routers that the packet may come to from there.
  void add_escapes(int from, int to) {
    const RouteChoices held = choices(from, from, to);
    for (int i = 0; i < held.count; ++i) {
      const auto& hop = held.choices[static_cast<std::size_t>(i)];
      if ((hop.vcs & escape_) == 0) continue;
      for (const int router : reached(topology_.neighbour(from, hop.port), from, to))
        add(from, hop, router, choices(router, router, to));
    }
  }

  void add(int router, const RouteChoices::Choice& held, int next, const RouteChoices& asked) {
    for (Mask a = held.vcs & escape_; a != 0; a &= a - 1)
      for (int i = 0; i < asked.count; ++i) {
        const auto& choice = asked.choices[static_cast<std::size_t>(i)];
        for (Mask b = choice.vcs & escape_; b != 0; b &= b - 1)
          add_edge(vertex(router, held.port, std::countr_zero(a)),
                   vertex(next, choice.port, std::countr_zero(b)));
      }
  }

  void add_edge(int from, int to) {
    const auto edge = static_cast<std::size_t>(from) * successors_.size() + static_cast<std::size_t>(to);
    if (known_[edge]) return;
    known_[edge] = true;
    successors_[static_cast<std::size_t>(from)].push_back(static_cast<std::uint32_t>(to));
  }

  const Topology& topology_;
  const Routing& routing_;
  Mask vcs_, escape_;
  int width_;  ///< VCs numbered from 0
  std::vector<std::vector<std::uint32_t>> successors_;
  std::vector<bool> known_;  ///< by both ends
};

int stand_in(int size) {
  return size <= kStandsForLarge + 1 ? size : kStandsForLarge + size % 2;
}

}  // namespace

std::vector<Channel> dependency_cycle(const Topology& topology, const Routing& routing, Mask vcs) {
  return DependencyGraph(topology, routing, vcs).cycle();
}

std::string channels_text(const Topology& topology, const std::vector<Channel>& channels) {
  std::string text;
  const auto add = [&](const Channel& channel) {
    const Position at = topology.position(topology.home(channel.router));
    text += fmt::format("{}({},{}) {} VC {}", text.empty() ? "" : " -> ", at.column, at.row,
                        topology.port_name(channel.port), channel.vc);
  };
  for (const Channel& channel : channels) add(channel);
  if (!channels.empty()) add(channels.front());
  return text;
}

std::string dependency_cycle_of(const NocConfig& config) {
  NocConfig small = config;
  small.columns = stand_in(config.columns);
  small.rows = stand_in(config.rows);
  const Topology topology(small);
  const std::unique_ptr<Routing> routing = make_routing(small, topology);
  std::set<Mask> sets;
  for (int cls = 0; cls < kTrafficClasses; ++cls)
    sets.insert(class_vcs(config, static_cast<TrafficClass>(cls)));
  for (const Mask vcs : sets)
    if (const auto cycle = dependency_cycle(topology, *routing, vcs); !cycle.empty())
      return channels_text(topology, cycle);
  return {};
}

}  // namespace kiln::noc
