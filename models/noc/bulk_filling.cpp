// SPDX-License-Identifier: MIT
// Max-min fair filling of one component of trains, level by level.
#include <algorithm>
#include <limits>

#include "base/error.h"
#include "noc/bulk_network.h"

namespace kiln::noc {

/// Trains of the level, their links' reserves for lower levels and their weights.
void BulkNetwork::open_level(int level) {
  open_.clear();
  ++filling_;
  for (std::uint32_t index : binding_) links_[index].kept = 0;
  for (std::uint32_t slot : component_) {
    const Flow& flow = flows_[slot];
    if (in_level(flow, level)) {
      open_.push_back(slot);
    } else if (flow.level < level) {
      const Hop* hops = hops_of(slot);
      for (int i = 0; i < flow.hops; ++i) links_[hops[i].link].kept = low_share_;
    }
  }
  if (config_.sharing == LinkSharing::per_train) return;
  for (std::uint32_t slot : open_) {
    const Hop* hops = hops_of(slot);
    for (int i = 0; i < flows_[slot].hops; ++i) weigh(links_[hops[i].link], level);
  }
}

/// Round-robin arbiters give every input port that wants the link an equal part; within a port trains share
/// as they did on the link before.
void BulkNetwork::weigh(Link& link, int level) {
  if (link.weighed == filling_) return;
  link.weighed = filling_;
  struct Port {
    std::uint32_t from;
    double weight;
  };
  std::array<Port, 16> ports;
  std::size_t count = 0;
  const auto port_of = [&](const Member& member) -> std::uint32_t {
    const bool starts_here = member.hop == 0 || flows_[member.flow].tree;
    return starts_here ? kNone - member.flow : hops_of(member.flow)[member.hop - 1].link;
  };
  const auto weight_before = [&](const Member& member) {
    return member.hop == 0 || flows_[member.flow].tree ? 1.0 : hops_of(member.flow)[member.hop - 1].weight;
  };
  const auto taking_part = [&](const Member& member) {
    const Flow& flow = flows_[member.flow];
    return flow.mark == epoch_ && in_level(flow, level);
  };
  for (const Member& member : link.members) {
    if (!taking_part(member)) continue;
    const std::uint32_t from = port_of(member);
    if (from < links_.size()) weigh(links_[from], level);
    std::size_t port = 0;
    while (port < count && ports[port].from != from) ++port;
    if (port == count && count < ports.size()) ports[count++] = {from, 0};
    ports[std::min(port, count - 1)].weight += weight_before(member);
  }
  for (const Member& member : link.members) {
    if (!taking_part(member)) continue;
    const std::uint32_t from = port_of(member);
    std::size_t port = 0;
    while (port + 1 < count && ports[port].from != from) ++port;
    hops_of(member.flow)[member.hop].weight =
        weight_before(member) / ports[port].weight / static_cast<double>(count);
  }
}

void BulkNetwork::fill_level(int level) {
  open_level(level);
  if (limit_.size() < flows_.size()) {
    limit_.resize(flows_.size());
    limited_by_.resize(flows_.size());
  }
  switch (config_.sharing) {
    case LinkSharing::per_train:
      fill_evenly();
      break;
    case LinkSharing::round_robin:
      fill_in_rounds();
      break;
  }
}

/// Progressive filling: a link none of whose trains is held back elsewhere is a bottleneck, its trains get
/// their limits. With equal weights the tightest link always is one.
void BulkNetwork::fill_evenly() {
  while (!open_.empty()) {
    find_limits();
    for (std::uint32_t slot : open_) {
      const std::uint32_t by = limited_by_[slot];
      if (by != kNone && links_[by].slack) continue;
      if (by != kNone) links_[by].full = true;
      share_[slot] = limit_[slot];
    }
    for (std::uint32_t slot : open_) {
      if (share_[slot] >= 0) take_capacity(slot, share_[slot]);
    }
    std::erase_if(open_, [this](std::uint32_t slot) { return share_[slot] >= 0; });
  }
}

/// In a round every train gets its part of the tightest link; what trains held back elsewhere left over is
/// divided again in the next. The few rounds leave below a hundredth of a link unused and bound the cost.
void BulkNetwork::fill_in_rounds() {
  constexpr int kRounds = 6;
  constexpr double kLeast = 1e-3;
  for (std::uint32_t slot : open_) share_[slot] = 0;
  for (int round = 0; round < kRounds && !open_.empty(); ++round) {
    find_limits();
    for (std::uint32_t slot : open_) {
      share_[slot] += limit_[slot];
      take_capacity(slot, limit_[slot]);
    }
    std::erase_if(open_, [this](std::uint32_t slot) {
      if (share_[slot] >= flows_[slot].cap - 1e-9) return true;
      const Hop* hops = hops_of(slot);
      for (int i = 0; i < flows_[slot].hops; ++i) {
        Link& link = links_[hops[i].link];
        if (link.mark != pass_ || link.residual - link.kept > kLeast) continue;
        link.full = true;
        return true;
      }
      return false;
    });
  }
}

void BulkNetwork::find_limits() {
  for (std::uint32_t index : binding_) {
    links_[index].weights = 0;
    links_[index].slack = false;
  }
  const auto each_binding = [this](std::uint32_t slot, auto visit) {
    const Hop* hops = hops_of(slot);
    for (int i = 0; i < flows_[slot].hops; ++i) {
      if (links_[hops[i].link].mark == pass_) visit(hops[i], links_[hops[i].link]);
    }
  };
  for (std::uint32_t slot : open_) {
    each_binding(slot, [](const Hop& hop, Link& link) { link.weights += hop.weight; });
  }
  for (std::uint32_t slot : open_) {
    limit_[slot] = flows_[slot].cap - std::max(0.0, share_[slot]);
    limited_by_[slot] = kNone;
    each_binding(slot, [&](const Hop& hop, Link& link) {
      const double part = link.per_weight() * hop.weight;
      if (part >= limit_[slot]) return;
      limit_[slot] = part;
      limited_by_[slot] = hop.link;
    });
  }
  if (config_.sharing == LinkSharing::round_robin) return;
  for (std::uint32_t slot : open_) {
    const double more = limit_[slot] * (1 + 1e-9);
    each_binding(slot, [&](const Hop& hop, Link& link) {
      if (hop.link != limited_by_[slot] && link.per_weight() * hop.weight > more) link.slack = true;
    });
  }
}

void BulkNetwork::take_capacity(std::uint32_t slot, double share) {
  const Hop* hops = hops_of(slot);
  for (int i = 0; i < flows_[slot].hops; ++i) {
    Link& link = links_[hops[i].link];
    if (link.mark != pass_) continue;
    link.residual -= share;
  }
}

}  // namespace kiln::noc
