// SPDX-License-Identifier: MIT
// How trains share links: membership, max-min fair filling of one connected component, rates and forecasts.
#include <algorithm>
#include <cmath>
#include <limits>

#include "noc/bulk_network.h"

namespace kiln::noc {

double BulkNetwork::arrived(const Flow& flow, double now_ps) const {
  if (now_ps >= flow.last_ps) return flow.flits;
  return flow.flits * std::max(0.0, now_ps - flow.first_ps) / (flow.last_ps - flow.first_ps);
}

double BulkNetwork::following_cap(const Flow& flow) const {
  if (flow.last_ps <= flow.first_ps) return std::numeric_limits<double>::infinity();
  return flow.flits / (flow.last_ps - flow.first_ps) * period_ps_;
}

void BulkNetwork::settle(Flow& flow, double now_ps) const {
  flow.remaining -= flow.rate * (now_ps - flow.settled_ps) / period_ps_;
  flow.settled_ps = now_ps;
}

void BulkNetwork::schedule(std::uint32_t slot) {
  Flow& flow = flows_[slot];
  if (flow.rate <= 0) {
    events_.set(slot, base::kNever, flow.id);
    return;
  }
  double event_ps = flow.settled_ps + std::max(0.0, flow.remaining) / flow.rate * period_ps_;
  flow.last_out_ps = event_ps;
  if (flow.state == State::backlogged && flow.settled_ps < flow.last_ps) {
    const double arrival = following_cap(flow);
    const double backlog = arrived(flow, flow.settled_ps) - (flow.flits - flow.remaining);
    if (flow.rate > arrival) {
      const double caught_up = flow.settled_ps + std::max(0.0, backlog) / (flow.rate - arrival) * period_ps_;
      if (caught_up < flow.last_ps) event_ps = caught_up;
    }
  }
  events_.set(slot, static_cast<base::TimePs>(std::ceil(event_ps - 1e-6)), flow.id);
}

void BulkNetwork::join_links(std::uint32_t slot) {
  const Flow& flow = flows_[slot];
  Hop* hops = hops_of(slot);
  for (int i = 0; i < flow.hops; ++i) {
    Link& link = links_[hops[i].link];
    hops[i].place = static_cast<std::uint32_t>(link.members.size());
    link.members.push_back({slot, static_cast<std::uint32_t>(i)});
  }
}

void BulkNetwork::leave_links(std::uint32_t slot) {
  const Flow& flow = flows_[slot];
  const Hop* hops = hops_of(slot);
  for (int i = 0; i < flow.hops; ++i) {
    Link& link = links_[hops[i].link];
    const Member moved = link.members.back();
    link.members[hops[i].place] = moved;
    hops_of(moved.flow)[moved.hop].place = hops[i].place;
    link.members.pop_back();
    if (link.members.empty()) link.load = 0;  // no rounding is carried from one busy spell to the next
  }
}

void BulkNetwork::set_rate(std::uint32_t slot, double rate) {
  Flow& flow = flows_[slot];
  const Hop* hops = hops_of(slot);
  for (int i = 0; i < flow.hops; ++i) links_[hops[i].link].load += rate - flow.rate;
  flow.rate = rate;
}

bool BulkNetwork::has_room(std::uint32_t slot) const {
  const Flow& flow = flows_[slot];
  const Hop* hops = hops_of(slot);
  for (int i = 0; i < flow.hops; ++i) {
    const Link& link = links_[hops[i].link];
    if (link.load - flow.rate + flow.cap > link.capacity + 1e-9) return false;
  }
  return true;
}

bool BulkNetwork::on_full_link(std::uint32_t slot) const {
  const Hop* hops = hops_of(slot);
  for (int i = 0; i < flows_[slot].hops; ++i) {
    if (is_full(links_[hops[i].link])) return true;
  }
  return false;
}

/// Trains whose shares may change with that of `slot`: those on its full links, those on theirs, and so on.
void BulkNetwork::collect_component(std::uint32_t slot) {
  ++epoch_;
  component_.assign(1, slot);
  flows_[slot].mark = epoch_;
  spread_component(0);
}

void BulkNetwork::spread_component(std::size_t from) {
  for (std::size_t next = from; next < component_.size(); ++next) {
    const std::uint32_t member = component_[next];
    const Hop* hops = hops_of(member);
    for (int i = 0; i < flows_[member].hops; ++i) {
      Link& link = links_[hops[i].link];
      if (is_full(link)) take_members(link);
    }
  }
}

void BulkNetwork::take_members(Link& link) {
  if (link.spread == epoch_) return;
  link.spread = epoch_;
  for (const Member& member : link.members) {
    if (flows_[member.flow].mark == epoch_) continue;
    flows_[member.flow].mark = epoch_;
    component_.push_back(member.flow);
  }
}

/// Max-min shares of the component, the others' rates being fixed. Where a link turns out full and a train
/// outside has more than its members, that train belongs to the component: take it in and share again.
void BulkNetwork::share_component(double now_ps) {
  if (share_.size() < flows_.size()) share_.resize(flows_.size());
  do {
    find_binding_links();
    for (std::uint32_t slot : component_) share_[slot] = -1;
    if (by_level_) {
      levels_.clear();
      for (std::uint32_t slot : component_) levels_.push_back(flows_[slot].level);
      std::sort(levels_.begin(), levels_.end(), std::greater<>());
      levels_.erase(std::unique(levels_.begin(), levels_.end()), levels_.end());
      for (int level : levels_) fill_level(level);
    } else {
      fill_level(0);
    }
  } while (take_in_outsiders());
  for (std::uint32_t slot : component_) adopt_share(slot, now_ps);
}

/// Links the component could fill: capacity left by the others against the sum of its members' caps.
void BulkNetwork::find_binding_links() {
  ++pass_;
  binding_.clear();
  for (std::uint32_t slot : component_) {
    const Flow& flow = flows_[slot];
    const Hop* hops = hops_of(slot);
    for (int i = 0; i < flow.hops; ++i) {
      Link& link = links_[hops[i].link];
      if (link.mark != pass_) {
        link.mark = pass_;
        link.residual = link.capacity - link.load;
        link.wanted = 0;
        link.full = false;
        binding_.push_back(hops[i].link);
      }
      link.residual += flow.rate;
      link.wanted += flow.cap;
    }
  }
  std::erase_if(binding_, [this](std::uint32_t index) {
    Link& link = links_[index];
    const bool never = link.wanted <= link.residual + 1e-9;
    if (never) link.mark = 0;
    return never;
  });
}

bool BulkNetwork::take_in_outsiders() {
  const std::size_t before = component_.size();
  for (std::uint32_t index : binding_) {
    if (links_[index].full) take_members(links_[index]);
  }
  spread_component(before);
  return component_.size() > before;
}

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

void BulkNetwork::adopt_share(std::uint32_t slot, double now_ps) {
  Flow& flow = flows_[slot];
  const double share = share_[slot];
  if (flow.rate > 0 && std::abs(share - flow.rate) <= 1e-9 * flow.rate) return;  // its forecast stands
  settle(flow, now_ps);
  set_rate(slot, share);
  if (share < flow.cap * (1 - 1e-9)) {
    flow.contended = true;
    // The source runs ahead of the network from now on; what it is owed is no longer its pace but the link.
    if (flow.state == State::following) {
      flow.state = State::backlogged;
      flow.cap = flow.peak;
    }
  }
  schedule(slot);
}

void BulkNetwork::count_activity(std::uint32_t slot) {
  const Flow& flow = flows_[slot];
  const auto flits = static_cast<std::uint64_t>(flow.flits);
  const Hop* hops = hops_of(slot);
  for (int i = 0; i < flow.hops; ++i) {
    const int link = static_cast<int>(hops[i].link);
    RouterActivity& router = activity_[topology_.router_of(link)];
    // A wire's flits are written where it ends and read where it begins; a fork reads once per copy.
    if (topology_.is_injection_link(link)) {
      router.injected += flits;
      router.buffer_writes += flits;
      continue;
    }
    router.buffer_reads += flits;
    router.crossbar += flits;
    router.arbitrations += flits;
    if (topology_.is_network_link(link)) {
      const int direction = link % kDirections;
      router.link_flits[direction] += flits;
      activity_[topology_.neighbour(topology_.router_of(link), direction)].buffer_writes += flits;
    } else {
      router.ejected += flits;
    }
  }
}

}  // namespace kiln::noc
