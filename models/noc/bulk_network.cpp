// SPDX-License-Identifier: MIT
#include "noc/bulk_network.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "noc/vc_policy.h"

namespace kiln::noc {
namespace {

/// Work below this many flits counts as done: far above the rounding of a picosecond clock, far below a flit.
constexpr double kFlitEpsilon = 1e-3;

base::TimePs up(double ps) {
  return static_cast<base::TimePs>(std::ceil(ps - 1e-6));
}

}  // namespace

BulkNetwork::BulkNetwork(const NocConfig& config)
    : config_(config),
      topology_(config),
      timing_(config),
      hz_(config.clock_hz),
      fluid_(static_cast<std::size_t>(topology_.links()), base::kPicosecondsPerSecond / config.clock_hz),
      shares_(config, topology_, fluid_),
      interfaces_(static_cast<std::size_t>(topology_.routers() * topology_.interfaces() * kTrafficClasses)),
      activity_(static_cast<std::size_t>(topology_.routers())) {
  for (int cls = 0; cls < kTrafficClasses; ++cls)
    vcs_[cls] = train_vcs(config_, static_cast<TrafficClass>(cls));
  // An interface injects what one class can with its buffers (raised as trains show it); classes on VCs of
  // their own add up.
  separate_classes_ = config_.qos.policy == ClassPolicy::split ? priority_levels(config_.qos) : 1;
  for (int link = 0; link < topology_.links(); ++link) {
    if (topology_.is_injection_link(link)) fluid_.links[static_cast<std::size_t>(link)].capacity = 0;
  }
}

TrainId BulkNetwork::start(const Train& train, base::TimePs now) {
  topology_.check_endpoint(train.source);
  topology_.check_endpoint(train.destination);
  KILN_CHECK(train.first <= train.last, "a train's departure curve runs backwards: first {} ps, last {} ps",
             train.first, train.last);
  const std::uint32_t slot = take_slot();
  Flow& flow = fluid_.flows[slot];
  flow = Flow{};
  flow.id = next_id_++;
  flow.level = config_.qos.level_of(train.cls);
  flow.interface = topology_.interface_of(train.source) * kTrafficClasses + static_cast<int>(train.cls);
  lay_path(train, slot);
  set_timing(train, flow);
  started_flits_ += config_.flits_of(train.bytes);
  const double begin_ps = edge_at(std::max(flow.first_ps, static_cast<double>(now)));
  if (begin_ps > static_cast<double>(now)) {
    events_.set(slot, up(begin_ps), flow.id);
  } else {
    activate(slot, begin_ps);
  }
  return flow.id;
}

void BulkNetwork::lay_path(const Train& train, std::uint32_t slot) {
  path_.clear();
  topology_.append_path(train.source, train.destination, columns_first(), path_);
  fluid_.flows[slot].hops = static_cast<int>(path_.size());
  std::vector<Hop>& hops = fluid_.hops[slot];
  hops.resize(path_.size());
  for (std::size_t i = 0; i < path_.size(); ++i) {
    const int port = i == 0 ? Hop::kEnters : topology_.input_port(path_[i - 1]);
    hops[i] = {&fluid_.links[static_cast<std::size_t>(path_[i])], 0, port, 1};
  }
}

void BulkNetwork::set_timing(const Train& train, Flow& flow) const {
  const int routers = flow.hops - 1;
  const std::uint64_t packets = config_.packets_of(train.bytes);
  const std::uint64_t flits = config_.flits_of(train.bytes);
  const int last_flits =
      static_cast<int>(flits - (packets - 1) * static_cast<std::uint64_t>(config_.packet_flits));
  const int vcs = vcs_[static_cast<int>(train.cls)];
  flow.flits = flow.remaining = static_cast<double>(flits);
  flow.peak = timing_.peak_rate(routers, vcs);
  flow.port_flits = vcs * config_.buffer_depth;
  flow.latency =
      static_cast<double>(timing_.lone_cycles(routers, vcs, packets, last_flits)) - flow.flits / flow.peak;
  flow.tail_latency = static_cast<double>(timing_.lone_cycles(routers, vcs, 1, last_flits));
  const int header = std::min(config_.header_flits, (packets > 1 ? config_.packet_flits : last_flits) - 1);
  flow.first_latency = timing_.head_cycles(routers) + header;

  // A packet is sent when all of it is there: the train begins with its first full packet.
  const auto span_ps = static_cast<double>(train.last - train.first);
  const double packet_bytes = static_cast<double>(config_.payload_flits()) * config_.link_bytes;
  const double share = packets > 1 ? packet_bytes / static_cast<double>(train.bytes) : 1;
  flow.first_ps = static_cast<double>(train.first) + span_ps * share;
  flow.last_ps = static_cast<double>(train.last);
}

double BulkNetwork::edge_at(double ps) const {
  return epoch_ps_ + std::ceil((ps - epoch_ps_) / fluid_.period_ps - 1e-6) * fluid_.period_ps;
}

std::uint32_t BulkNetwork::take_slot() {
  if (!free_.empty()) {
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  fluid_.flows.emplace_back();
  fluid_.hops.emplace_back();
  shares_.add_slot();
  return static_cast<std::uint32_t>(fluid_.flows.size() - 1);
}

base::TimePs BulkNetwork::packet_latency(Endpoint source, Endpoint destination, int flits) const {
  const int routers = topology_.hops(source.node, destination.node) + 1;
  const int vcs = vcs_[static_cast<int>(TrafficClass::control)];
  return up(static_cast<double>(timing_.lone_cycles(routers, vcs, 1, flits)) * fluid_.period_ps);
}

void BulkNetwork::advance(base::TimePs now, std::vector<Delivery>& done) {
  while (!events_.empty() && events_.top_time() <= now) {
    const base::TimePs time = events_.top_time();
    if (standstill_.too_many(time)) fail_standstill(time);
    handle(events_.top_slot(), time, done);
  }
}

void BulkNetwork::fail_standstill(base::TimePs now) const {
  const Flow& flow = fluid_.flows[events_.top_slot()];
  throw base::SimError(fmt::format(
      "network: {} events at {} ps and time does not go on; {} trains are on their way, the next event "
      "is that of train {} with {} of {} flits to send",
      standstill_.events(), now, fluid_.flows.size() - free_.size(), flow.id, flow.remaining, flow.flits));
}

void BulkNetwork::handle(std::uint32_t slot, base::TimePs now, std::vector<Delivery>& done) {
  Flow& flow = fluid_.flows[slot];
  const double now_ps = static_cast<double>(now);
  switch (flow.state) {
    case Flow::State::waiting:
      activate(slot, now_ps);
      return;
    case Flow::State::delivering:
      deliver(slot, done);
      return;
    case Flow::State::queued:
      return;
    case Flow::State::following:
    case Flow::State::backlogged:
      break;
  }
  fluid_.settle(flow, now_ps);
  if (flow.remaining <= kFlitEpsilon) {
    finish_sending(slot, now_ps);
    return;
  }
  if (flow.in_interface && release_ps(slot) <= now_ps + 1) {
    leave_interface(slot, now_ps);
    schedule(slot);
    return;
  }
  if (flow.whole) {
    schedule(slot);
    return;
  }
  // The backlog is worked off: from here the source's own pace is the limit.
  const bool others_gain = fluid_.on_full_link(slot);
  flow.state = Flow::State::following;
  flow.cap = fluid_.following_cap(flow);
  if (others_gain) {
    share_with(slot, now_ps);
  } else {
    fluid_.set_rate(slot, flow.cap);
  }
  schedule(slot);
}

void BulkNetwork::activate(std::uint32_t slot, double now_ps) {
  Flow& flow = fluid_.flows[slot];
  flow.whole = flow.last_ps <= now_ps + flow.flits / flow.peak * fluid_.period_ps;
  Interface& interface = interfaces_[static_cast<std::size_t>(flow.interface)];
  if (interface.queue.empty() && may_send(interface, flow)) {
    enter_interface(slot, now_ps);
  } else {
    flow.state = Flow::State::queued;
    interface.queue.push_back(slot);
    events_.set(slot, base::kNever, flow.id);
  }
}

/// Packets leave in the order they become ready: a train waits for those whose data is there before its own
/// (to half of it: such trains hardly mix), and mixes with the others.
bool BulkNetwork::may_send(const Interface& interface, const Flow& flow) const {
  const double half_ps = flow.first_ps + (flow.last_ps - flow.first_ps) / 2;
  return std::none_of(interface.sending.begin(), interface.sending.end(),
                      [&](std::uint32_t other) { return fluid_.flows[other].last_ps <= half_ps; });
}

void BulkNetwork::enter_interface(std::uint32_t slot, double now_ps) {
  fluid_.flows[slot].in_interface = true;
  interfaces_[static_cast<std::size_t>(fluid_.flows[slot].interface)].sending.push_back(slot);
  begin_sending(slot, now_ps);
}

void BulkNetwork::begin_sending(std::uint32_t slot, double now_ps) {
  Flow& flow = fluid_.flows[slot];
  flow.settled_ps = flow.began_ps = now_ps;
  flow.first_out_ps = now_ps + flow.first_latency * fluid_.period_ps;
  const bool follows = fluid_.following_cap(flow) < flow.peak && fluid_.arrived(flow, now_ps) <= kFlitEpsilon;
  flow.state = follows ? Flow::State::following : Flow::State::backlogged;
  flow.cap = follows ? fluid_.following_cap(flow) : flow.peak;
  fluid_.join_links(slot);
  double& injection = fluid_.hops[slot].front().link->capacity;
  injection = std::max(injection, std::min(1.0, separate_classes_ * flow.peak));
  if (fluid_.has_room(slot)) {
    fluid_.set_rate(slot, flow.cap);
    schedule(slot);
  } else {
    share_with(slot, now_ps);
  }
}

void BulkNetwork::finish_sending(std::uint32_t slot, double now_ps) {
  Flow& flow = fluid_.flows[slot];
  // However early the fluid ran out, the last packet leaves only when it is complete.
  const double last_packet_ps = edge_at(flow.last_ps) + flow.tail_latency * fluid_.period_ps;
  const double stream_ps =
      flow.state == Flow::State::following ? 0 : flow.last_out_ps + flow.latency * fluid_.period_ps;
  flow.last_out_ps = std::max(last_packet_ps, stream_ps);
  shares_.begin();
  shares_.take_members_of_full_links(slot);
  shares_.remove(slot);
  fluid_.set_rate(slot, 0);
  fluid_.leave_links(slot);
  flow.state = Flow::State::delivering;
  flow.remaining = 0;
  count_activity(slot);
  events_.set(slot, up(flow.last_out_ps), flow.id);
  if (!shares_.component().empty()) share_component(now_ps);
  Interface& interface = interfaces_[static_cast<std::size_t>(fluid_.flows[slot].interface)];
  if (std::exchange(fluid_.flows[slot].in_interface, false)) {
    std::erase(interface.sending, slot);
    serve_next(interface, now_ps);
    return;
  }
  std::erase(interface.draining, slot);
  for (std::uint32_t sending : interface.sending) schedule(sending);
}

/// When the interface has sent its train: when all of it was there, at link speed, and what waits of it and
/// of trains before it in the buffers of its router's port leaves a channel free for the next one.
double BulkNetwork::release_ps(std::uint32_t slot) const {
  const Flow& flow = fluid_.flows[slot];
  double waiting = flow.remaining;
  for (std::uint32_t other : interfaces_[static_cast<std::size_t>(flow.interface)].draining) {
    const Flow& before = fluid_.flows[other];
    waiting += before.remaining - before.rate * (flow.settled_ps - before.settled_ps) / fluid_.period_ps;
  }
  // A channel falls free with the tail of its packet: on average half a packet more has to leave.
  const double ahead = flow.port_flits - config_.buffer_depth - 0.5 * config_.packet_flits;
  const double room = std::max(0.0, waiting - std::max(0.0, ahead)) / flow.rate;
  const double there_ps =
      flow.whole ? flow.began_ps + flow.flits / flow.peak * fluid_.period_ps : flow.last_ps;
  return std::max(there_ps, flow.settled_ps + room * fluid_.period_ps);
}

/// The train's last flits wait in the network: its interface is free for the next one.
void BulkNetwork::leave_interface(std::uint32_t slot, double now_ps) {
  Interface& interface = interfaces_[static_cast<std::size_t>(fluid_.flows[slot].interface)];
  FluidLink& injection = *fluid_.hops[slot].front().link;
  const bool others_gain = injection.members.size() > 1 && injection.full();
  if (others_gain) {
    shares_.begin();
    shares_.join(slot);
    shares_.take_members(injection);
  }
  fluid_.leave_injection(slot);
  fluid_.flows[slot].in_interface = false;
  std::erase(interface.sending, slot);
  interface.draining.push_back(slot);
  if (others_gain) share_component(now_ps);
  serve_next(interface, now_ps);
}

void BulkNetwork::serve_next(Interface& interface, double now_ps) {
  while (!interface.queue.empty() && may_send(interface, fluid_.flows[interface.queue.front()])) {
    const std::uint32_t slot = interface.queue.front();
    interface.queue.pop_front();
    enter_interface(slot, now_ps);
  }
}

void BulkNetwork::deliver(std::uint32_t slot, std::vector<Delivery>& done) {
  Flow& flow = fluid_.flows[slot];
  done.push_back({flow.id, up(std::min(flow.first_out_ps, flow.last_out_ps)), up(flow.last_out_ps)});
  delivered_flits_ += static_cast<std::uint64_t>(flow.flits);
  ++completed_trains_;
  if (flow.contended) ++contended_trains_;
  flow.hops = 0;
  events_.erase(slot);
  free_.push_back(slot);
}

void BulkNetwork::set_clock(base::TimePs now, double hz) {
  KILN_CHECK(hz > 0, "network clock {} Hz at {} ps: must be positive", hz, now);
  const double now_ps = static_cast<double>(now);
  const double old_period = fluid_.period_ps;
  const double period = base::kPicosecondsPerSecond / hz;
  const auto stretched = [&](double ps) {
    return ps <= now_ps ? ps : now_ps + (ps - now_ps) / old_period * period;
  };
  std::vector<std::uint32_t> sending;
  for (std::uint32_t slot = 0; slot < fluid_.flows.size(); ++slot) {
    Flow& flow = fluid_.flows[slot];
    if (flow.hops == 0 || flow.state == Flow::State::waiting || flow.state == Flow::State::queued) continue;
    flow.first_out_ps = stretched(flow.first_out_ps);
    flow.began_ps = now_ps - (now_ps - flow.began_ps) / old_period * period;
    if (flow.state == Flow::State::delivering) {
      flow.last_out_ps = stretched(flow.last_out_ps);
      events_.set(slot, up(flow.last_out_ps), flow.id);
    } else {
      fluid_.settle(flow, now_ps);
      sending.push_back(slot);
    }
  }
  hz_ = hz;
  fluid_.period_ps = period;
  epoch_ps_ = now_ps;
  // A source that paces itself in seconds is another fraction of the new cycle; so every share is new.
  for (std::uint32_t slot : sending) {
    Flow& flow = fluid_.flows[slot];
    if (flow.state != Flow::State::following) continue;
    if (fluid_.following_cap(flow) >= flow.peak) flow.state = Flow::State::backlogged;
    flow.cap = std::min(flow.peak, fluid_.following_cap(flow));
  }
  const std::uint32_t done = shares_.epoch();
  for (std::uint32_t slot : sending) {
    if (shares_.joined_since(slot, done)) continue;
    share_with(slot, now_ps);
  }
  for (std::uint32_t slot : sending) schedule(slot);
}

void BulkNetwork::schedule(std::uint32_t slot) {
  Flow& flow = fluid_.flows[slot];
  if (flow.rate <= 0) {
    events_.set(slot, base::kNever, flow.id);
    return;
  }
  double event_ps = flow.settled_ps + std::max(0.0, flow.remaining) / flow.rate * fluid_.period_ps;
  flow.last_out_ps = event_ps;
  if (flow.in_interface) {
    event_ps = std::min(event_ps, release_ps(slot));
  }
  if (!flow.whole && flow.state == Flow::State::backlogged && flow.settled_ps < flow.last_ps) {
    const double arrival = fluid_.following_cap(flow);
    const double backlog = fluid_.arrived(flow, flow.settled_ps) - (flow.flits - flow.remaining);
    if (flow.rate > arrival) {
      // At least the time of a packet between two changes, or two trains could pass a tiny share of capacity
      // back and forth without end.
      const double work_off =
          std::max(backlog / (flow.rate - arrival), static_cast<double>(config_.packet_flits));
      const double caught_up = flow.settled_ps + work_off * fluid_.period_ps;
      if (caught_up < flow.last_ps) event_ps = caught_up;
    }
  }
  events_.set(slot, static_cast<base::TimePs>(std::ceil(event_ps - 1e-6)), flow.id);
}

void BulkNetwork::share_with(std::uint32_t slot, double now_ps) {
  shares_.begin();
  shares_.join(slot);
  share_component(now_ps);
}

void BulkNetwork::share_component(double now_ps) {
  shares_.solve(now_ps);
  for (const std::uint32_t slot : shares_.component()) adopt_share(slot, now_ps);
}

void BulkNetwork::adopt_share(std::uint32_t slot, double now_ps) {
  Flow& flow = fluid_.flows[slot];
  const double share = shares_.share(slot);
  if (flow.rate > 0 && std::abs(share - flow.rate) <= 1e-9 * flow.rate) return;  // its forecast stands
  fluid_.settle(flow, now_ps);
  fluid_.set_rate(slot, share);
  if (share < flow.cap * (1 - 1e-9)) {
    flow.contended = true;
    // The source runs ahead of the network from now on; what it is owed is no longer its pace but the link.
    if (flow.state == Flow::State::following) {
      flow.state = Flow::State::backlogged;
      flow.cap = flow.peak;
    }
  }
  schedule(slot);
}

void BulkNetwork::count_activity(std::uint32_t slot) {
  const Flow& flow = fluid_.flows[slot];
  const auto flits = static_cast<std::uint64_t>(flow.flits);
  const Hop* hops = fluid_.hops[slot].data();
  for (int i = 0; i < flow.hops; ++i) {
    const int link = fluid_.number_of(hops[i].link);
    RouterActivity& router = activity_[topology_.router_of_link(link)];
    router.wire_flits += flits * static_cast<std::uint64_t>(topology_.link_tiles(link));
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
      const int port = link % topology_.ports();
      router.link_flits[port] += flits;
      activity_[topology_.neighbour(topology_.router_of_link(link), port)].buffer_writes += flits;
    } else {
      router.ejected += flits;
    }
  }
}

}  // namespace kiln::noc
