// SPDX-License-Identifier: MIT
// Weighted max-min filling of one component of trains, priority level by level.
#include <algorithm>
#include <limits>

#include "noc/share_solver.h"

namespace kiln::noc {
namespace {

constexpr double kUntied = std::numeric_limits<double>::infinity();

}  // namespace

/// Progressive filling: a link none of whose trains is held back elsewhere is a bottleneck, its trains get
/// their limits. With equal weights the tightest link always is one; with others it is taken for one.
void ShareSolver::fill_level(int level) {
  open_level(level);
  while (!open_.empty()) {
    find_limits();
    const auto is_final = [](const Open& train) { return train.by == nullptr || !train.by->slack; };
    if (std::none_of(open_.begin(), open_.end(), is_final)) {
      const auto tightest = std::min_element(
          open_.begin(), open_.end(), [](const Open& a, const Open& b) { return a.by->level < b.by->level; });
      tightest->by->slack = false;
    }
    std::erase_if(open_, [&](const Open& train) {
      if (!is_final(train)) return false;
      fix(train);
      return true;
    });
  }
}

/// Trains of the level, the links that can hold them back, their weights there and what is kept of those
/// links for lower levels.
void ShareSolver::open_level(int level) {
  open_.clear();
  ++filling_;
  for (Neck& neck : necks()) {
    neck.kept = neck.weights = neck.held = 0;
    neck.tie = kUntied;
  }
  if (by_level_) keep_for_lower(level);
  if (sharing_ == LinkSharing::round_robin)
    for (const Neck& neck : necks()) weigh(*neck.link, level);
  std::uint32_t last = 0;
  for (std::uint32_t slot : component_) {
    if (!in_level(fluid_.flows[slot], level)) continue;
    const std::uint32_t first = last;
    const Hop* const path = fluid_.hops[slot].data();
    const std::span<const Hop> hops = fluid_.hops_in_use(slot);
    if (parts_.size() < last + hops.size()) parts_.resize(2 * (last + hops.size()));
    Part* part = parts_.data() + first;
    for (const Hop& hop : hops) {  // written without a branch: which link is a neck cannot be foretold
      Neck* neck = hop.link->neck;
      neck->weights += hop.weight;
      *part = {neck, static_cast<int>(&hop - path), hop.weight, 0.0};
      part += neck != &no_neck_;
    }
    last = static_cast<std::uint32_t>(part - parts_.data());
    open_.push_back({slot, first, last, nullptr, 0.0});
  }
}

void ShareSolver::keep_for_lower(int level) {
  for (std::uint32_t slot : component_) {
    if (fluid_.flows[slot].level >= level) continue;
    for (const Hop& hop : fluid_.hops_in_use(slot)) {
      hop.link->neck->kept = low_share_;
    }
  }
}

/// Round-robin arbiters give every input port that wants the link an equal part; within a port trains share
/// as they did on the link before, which is weighed first. Only where somebody asks: at necks and before
/// them.
void ShareSolver::weigh_anew(FluidLink& link, int level) {
  link.weighed = filling_;
  if (link.spread == epoch_ && !by_level_) {  // all its members joined
    if (link.members.size() > 1) {
      for (const FluidLink::Member& member : link.members) weigh_before(*member.hop, level);
    }
    weigh_sharers(link.members);
    return;
  }
  const std::size_t first = sharers_.size();
  for (const FluidLink::Member& member : link.members) {
    if (joined_[member.flow] == epoch_ && in_level(fluid_.flows[member.flow], level))
      sharers_.push_back(member);
  }
  const std::size_t end = sharers_.size();
  if (end - first > 1) {
    for (std::size_t i = first; i < end; ++i) weigh_before(*sharers_[i].hop, level);
  }
  weigh_sharers(std::span(sharers_).subspan(first));
  sharers_.resize(first);
}

/// A train that enters the network here is a port of its own.
void ShareSolver::weigh_sharers(std::span<const FluidLink::Member> sharers) {
  if (sharers.size() == 1) {
    sharers.front().hop->weight = 1;
    return;
  }
  int ports = 0;
  std::uint64_t seen = 0;
  for (const FluidLink::Member& sharer : sharers) {
    const Hop* hop = sharer.hop;
    if (hop->port == Hop::kEnters) {
      ++ports;
      continue;
    }
    const std::uint64_t port = std::uint64_t{1} << hop->port;
    const double before = (seen & port) != 0 ? port_weights_[hop->port] : 0;
    port_weights_[hop->port] = before + hop[-1].weight;
    ports += (seen & port) == 0;
    seen |= port;
  }
  for (const FluidLink::Member& sharer : sharers) {
    Hop* hop = sharer.hop;
    const double in_port = hop->port == Hop::kEnters ? 1 : hop[-1].weight / port_weights_[hop->port];
    hop->weight = ports == 1 ? in_port : in_port / ports;
  }
}

void ShareSolver::find_limits() {
  for (Neck& neck : necks()) {
    neck.level = std::min(neck.tie, std::max(0.0, neck.residual - neck.kept) / neck.weights);
    neck.slack = false;
  }
  for (Open& train : open_) {
    double limit = fluid_.flows[train.slot].cap;
    Neck* by = nullptr;
    for (Part& part : parts_of(train)) {
      part.share = part.neck->level * part.weight;
      const bool less = part.share < limit;  // chosen without a branch: which it is cannot be foretold
      by = less ? part.neck : by;
      limit = less ? part.share : limit;
    }
    train.limit = limit;
    train.by = by;
    const double more = limit * (1 + 1e-9);
    for (const Part& part : parts_of(train)) part.neck->slack |= part.share > more;
  }
}

void ShareSolver::fix(const Open& train) {
  share_[train.slot] = train.limit;
  int bottleneck = 0;
  for (const Part& part : parts_of(train)) {
    part.neck->residual -= train.limit;
    part.neck->weights -= part.weight;
    if (part.neck == train.by) bottleneck = part.hop;
  }
  if (train.by == nullptr) return;
  train.by->full = true;
  // Round a ring ties would come back to where they began and choke it: there only what is full by itself
  // ties.
  const bool by_itself = train.by->level < train.by->tie;
  if (sharing_ == LinkSharing::round_robin && (by_itself || !has_rings_)) tie_links(train, bottleneck);
}

/// Head-of-line blocking. Flits that wait for a bottleneck fill the buffers before it, port by port upstream.
/// Where they also fill the port from which they ask for a link, one of them always waits for the link's
/// channels, which are free only when another moves on, and arbiters hand them out in turn: all trains get as
/// much of the link, by weight, as the waiting ones.
void ShareSolver::tie_links(const Open& train, int bottleneck) {
  if (parts_[train.first].hop >= bottleneck) return;
  const Flow& flow = fluid_.flows[train.slot];
  const double held = in_network(flow);
  for (const Part& part : parts_of(train)) {
    if (part.hop >= bottleneck) break;
    Neck& neck = *part.neck;
    neck.held += held;
    if (neck.held < (bottleneck - part.hop + 1) * flow.port_flits) continue;
    neck.tie = std::min(neck.tie, train.limit / part.weight);
    neck.link->tied = true;
  }
}

/// Flits that have left the source and wait on their way: no more than one input port's buffers, because
/// those downstream are shared with other trains.
double ShareSolver::in_network(const Flow& flow) const {
  const double unsent = flow.remaining - flow.rate * (now_ps_ - flow.settled_ps) / fluid_.period_ps;
  const double out = flow.flits - std::max(0.0, unsent);
  const double injected =
      std::min(fluid_.arrived(flow, now_ps_), flow.peak * (now_ps_ - flow.began_ps) / fluid_.period_ps);
  return std::clamp(injected - out, 0.0, flow.port_flits);
}

}  // namespace kiln::noc
