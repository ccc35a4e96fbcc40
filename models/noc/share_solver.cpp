// SPDX-License-Identifier: MIT
#include "noc/share_solver.h"

#include <algorithm>
#include <functional>

namespace kiln::noc {

ShareSolver::ShareSolver(const NocConfig& config, const Topology& topology, Fluid& fluid)
    : fluid_(fluid),
      sharing_(config.sharing),
      has_rings_(topology.has_rings()),
      by_level_(config.qos.priority && config.qos.policy != ClassPolicy::shared),
      low_share_(config.qos.starvation_cycles > 0
                     ? std::min(0.5, static_cast<double>(config.packet_flits) / config.qos.starvation_cycles)
                     : 0),
      used_(fluid.links.size() + 1),  // one is written to before it is known whether it counts
      necks_(fluid.links.size() + 1),
      port_weights_(static_cast<std::size_t>(topology.ports() + topology.interfaces())) {}

void ShareSolver::begin() {
  ++epoch_;
  component_.clear();
  used_links_ = 0;
  spread_ = 0;
}

void ShareSolver::join(std::uint32_t slot) {
  joined_[slot] = epoch_;
  component_.push_back(slot);
}

/// The component grows over the full links of its trains; their links learn what it leaves and wants of them.
void ShareSolver::spread() {
  for (; spread_ < component_.size(); ++spread_) {
    const std::uint32_t slot = component_[spread_];
    const double rate = fluid_.flows[slot].rate, cap = fluid_.flows[slot].cap;
    for (const Hop& hop : fluid_.hops_in_use(slot)) {
      FluidLink& link = *hop.link;
      const bool fresh = link.used != epoch_;
      link.used = epoch_;
      used_[used_links_] = &link;
      used_links_ += fresh;
      link.residual = (fresh ? link.capacity - link.load : link.residual) + rate;
      link.wanted = (fresh ? 0 : link.wanted) + cap;
      if (link.full()) take_members(link);
    }
  }
}

void ShareSolver::join_members(FluidLink& link) {
  link.spread = epoch_;
  for (const FluidLink::Member& member : link.members) {
    if (joined_[member.flow] != epoch_) join(member.flow);
  }
}

/// Max-min shares of the component, the others' rates being fixed. Where a link turns out full and a train
/// outside has more than its members, that train belongs to the component: take it in and share again.
void ShareSolver::solve(double now_ps) {
  if (share_.size() < fluid_.flows.size()) share_.resize(fluid_.flows.size());
  now_ps_ = now_ps;
  do {
    spread();
    find_necks();
    if (by_level_) {
      levels_.clear();
      for (std::uint32_t slot : component_) levels_.push_back(fluid_.flows[slot].level);
      std::sort(levels_.begin(), levels_.end(), std::greater<>());
      levels_.erase(std::unique(levels_.begin(), levels_.end()), levels_.end());
      for (int level : levels_) fill_level(level);
    } else {
      fill_level(0);
    }
  } while (take_in_outsiders());
}

/// Links the component could fill: capacity left by the others against the sum of its members' caps.
void ShareSolver::find_necks() {
  Neck* neck = necks_.data();
  for (FluidLink* link : std::span(used_).first(used_links_)) {  // without a branch, see open_level
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

void ShareSolver::take_members_of_full_links(std::uint32_t slot) {
  for (const Hop& hop : fluid_.hops_in_use(slot))
    if (hop.link->full()) take_members(*hop.link);
}

bool ShareSolver::take_in_outsiders() {
  for (const Neck& neck : necks()) {
    if (neck.full) take_members(*neck.link);
  }
  return component_.size() > spread_;
}

}  // namespace kiln::noc
