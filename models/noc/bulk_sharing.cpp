// SPDX-License-Identifier: MIT
// How trains share links: membership, the component that has to be shared anew, rates and forecasts.
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
  if (flow.in_interface) {
    event_ps = std::min(event_ps, release_ps(slot));
  }
  if (!flow.whole && flow.state == State::backlogged && flow.settled_ps < flow.last_ps) {
    const double arrival = following_cap(flow);
    const double backlog = arrived(flow, flow.settled_ps) - (flow.flits - flow.remaining);
    if (flow.rate > arrival) {
      // At least the time of a packet between two changes, or two trains could pass a tiny share of capacity
      // back and forth without end.
      const double work_off =
          std::max(backlog / (flow.rate - arrival), static_cast<double>(config_.packet_flits));
      const double caught_up = flow.settled_ps + work_off * period_ps_;
      if (caught_up < flow.last_ps) event_ps = caught_up;
    }
  }
  events_.set(slot, static_cast<base::TimePs>(std::ceil(event_ps - 1e-6)), flow.id);
}

void BulkNetwork::join_links(std::uint32_t slot) {
  for (Hop& hop : hops_in_use(slot)) {
    Link& link = *hop.link;
    hop.place = static_cast<std::uint32_t>(link.members.size());
    link.members.push_back({&hop, slot});
  }
}

void BulkNetwork::leave_links(std::uint32_t slot) {
  for (const Hop& hop : hops_in_use(slot)) leave_link(hop);
}

void BulkNetwork::leave_link(const Hop& hop) {
  Link& link = *hop.link;
  const Member moved = link.members.back();
  link.members[hop.place] = moved;
  moved.hop->place = hop.place;
  link.members.pop_back();
  if (!link.members.empty()) return;
  link.load = 0;  // no rounding is carried from one busy spell to the next
  link.tied = false;
}

void BulkNetwork::leave_injection(std::uint32_t slot) {
  Hop& injection = hops_[slot].front();
  injection.link->load -= flows_[slot].rate;
  leave_link(injection);
  injection.weight = 1;
  flows_[slot].first_hop = 1;
}

void BulkNetwork::set_rate(std::uint32_t slot, double rate) {
  Flow& flow = flows_[slot];
  const double change = rate - flow.rate;
  for (const Hop& hop : hops_in_use(slot)) hop.link->load += change;
  flow.rate = rate;
}

bool BulkNetwork::has_room(std::uint32_t slot) const {
  const Flow& flow = flows_[slot];
  for (const Hop& hop : hops_in_use(slot)) {
    const Link& link = *hop.link;
    if (link.tied || link.load - flow.rate + flow.cap > link.capacity + 1e-9) return false;
  }
  return true;
}

bool BulkNetwork::on_full_link(std::uint32_t slot) const {
  for (const Hop& hop : hops_in_use(slot)) {
    if (is_full(*hop.link)) return true;
  }
  return false;
}

void BulkNetwork::begin_component() {
  ++epoch_;
  component_.clear();
  used_links_ = 0;
  spread_ = 0;
}

void BulkNetwork::join_component(std::uint32_t slot) {
  joined_[slot] = epoch_;
  component_.push_back(slot);
}

/// The component grows over the full links of its trains; their links learn what it leaves and wants of them.
void BulkNetwork::spread_component() {
  for (; spread_ < component_.size(); ++spread_) {
    const std::uint32_t slot = component_[spread_];
    const double rate = flows_[slot].rate, cap = flows_[slot].cap;
    for (const Hop& hop : hops_in_use(slot)) {
      Link& link = *hop.link;
      const bool fresh = link.used != epoch_;
      link.used = epoch_;
      used_[used_links_] = &link;
      used_links_ += fresh;
      link.residual = (fresh ? link.capacity - link.load : link.residual) + rate;
      link.wanted = (fresh ? 0 : link.wanted) + cap;
      if (is_full(link)) take_members(link);
    }
  }
}

void BulkNetwork::join_members(Link& link) {
  link.spread = epoch_;
  for (const Member& member : link.members) {
    if (joined_[member.flow] != epoch_) join_component(member.flow);
  }
}

/// Max-min shares of the component, the others' rates being fixed. Where a link turns out full and a train
/// outside has more than its members, that train belongs to the component: take it in and share again.
void BulkNetwork::share_component(double now_ps) {
  if (share_.size() < flows_.size()) share_.resize(flows_.size());
  sharing_ps_ = now_ps;
  do {
    spread_component();
    find_necks();
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

void BulkNetwork::share_with(std::uint32_t slot, double now_ps) {
  begin_component();
  join_component(slot);
  share_component(now_ps);
}

/// Links the component could fill: capacity left by the others against the sum of its members' caps.
void BulkNetwork::find_necks() {
  Neck* neck = necks_.data();
  for (Link* link : std::span(used_).first(used_links_)) {  // without a branch, see open_level
    const bool binds = link->wanted > link->residual + 1e-9;
    link->tied = false;
    link->neck = binds ? neck : &no_neck_;
    neck->link = link;
    neck->residual = link->residual;
    neck->full = false;
    neck += binds;
  }
  found_necks_ = static_cast<std::size_t>(neck - necks_.data());
}

bool BulkNetwork::take_in_outsiders() {
  for (const Neck& neck : necks()) {
    if (neck.full) take_members(*neck.link);
  }
  return component_.size() > spread_;
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
    const int link = number_of(hops[i].link);
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
