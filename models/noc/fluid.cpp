// SPDX-License-Identifier: MIT
#include "noc/fluid.h"

#include <algorithm>
#include <limits>

namespace kiln::noc {

double Fluid::arrived(const Flow& flow, double now_ps) const {
  if (now_ps >= flow.last_ps) return flow.flits;
  return flow.flits * std::max(0.0, now_ps - flow.first_ps) / (flow.last_ps - flow.first_ps);
}

double Fluid::following_cap(const Flow& flow) const {
  if (flow.last_ps <= flow.first_ps) return std::numeric_limits<double>::infinity();
  return flow.flits / (flow.last_ps - flow.first_ps) * period_ps;
}

void Fluid::settle(Flow& flow, double now_ps) const {
  flow.remaining -= flow.rate * (now_ps - flow.settled_ps) / period_ps;
  flow.settled_ps = now_ps;
}

void Fluid::set_rate(std::uint32_t slot, double rate) {
  Flow& flow = flows[slot];
  const double change = rate - flow.rate;
  for (const Hop& hop : hops_in_use(slot)) hop.link->load += change;
  flow.rate = rate;
}

void Fluid::join_links(std::uint32_t slot) {
  for (Hop& hop : hops_in_use(slot)) {
    FluidLink& link = *hop.link;
    hop.place = static_cast<std::uint32_t>(link.members.size());
    link.members.push_back({&hop, slot});
  }
}

void Fluid::leave_links(std::uint32_t slot) {
  for (const Hop& hop : hops_in_use(slot)) leave_link(hop);
}

void Fluid::leave_link(const Hop& hop) {
  FluidLink& link = *hop.link;
  const FluidLink::Member moved = link.members.back();
  link.members[hop.place] = moved;
  moved.hop->place = hop.place;
  link.members.pop_back();
  if (!link.members.empty()) return;
  link.load = 0;  // no rounding is carried from one busy spell to the next
  link.tied = false;
}

void Fluid::leave_injection(std::uint32_t slot) {
  Hop& injection = hops[slot].front();
  injection.link->load -= flows[slot].rate;
  leave_link(injection);
  injection.weight = 1;
  flows[slot].first_hop = 1;
}

bool Fluid::has_room(std::uint32_t slot) const {
  const Flow& flow = flows[slot];
  for (const Hop& hop : hops_in_use(slot)) {
    const FluidLink& link = *hop.link;
    if (link.tied || link.load - flow.rate + flow.cap > link.capacity + 1e-9) return false;
  }
  return true;
}

bool Fluid::on_full_link(std::uint32_t slot) const {
  for (const Hop& hop : hops_in_use(slot)) {
    if (hop.link->full()) return true;
  }
  return false;
}

}  // namespace kiln::noc
