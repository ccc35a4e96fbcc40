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
      period_ps_(base::kPicosecondsPerSecond / config.clock_hz),
      by_level_(config.qos.priority && config.qos.policy != ClassPolicy::shared),
      low_share_(config.qos.starvation_cycles > 0
                     ? std::min(0.5, static_cast<double>(config.packet_flits) / config.qos.starvation_cycles)
                     : 0),
      links_(static_cast<std::size_t>(topology_.links())),
      interfaces_(static_cast<std::size_t>(topology_.nodes() * topology_.local_ports() * kTrafficClasses)),
      activity_(static_cast<std::size_t>(topology_.nodes())),
      used_(links_.size() + 1),  // one is written to before it is known whether it counts
      necks_(links_.size() + 1),
      port_weights_(static_cast<std::size_t>(kDirections + topology_.local_ports())) {
  for (int cls = 0; cls < kTrafficClasses; ++cls)
    vcs_[cls] = train_vcs(config_, static_cast<TrafficClass>(cls));
  // An interface injects what one class can with its buffers (raised as trains show it); classes on VCs of
  // their own add up.
  separate_classes_ = config_.qos.policy == ClassPolicy::split ? priority_levels(config_.qos) : 1;
  for (int link = 0; link < topology_.links(); ++link) {
    if (topology_.is_injection_link(link)) links_[static_cast<std::size_t>(link)].capacity = 0;
  }
}

TrainId BulkNetwork::start(const Train& train, base::TimePs now) {
  topology_.check_endpoint(train.source);
  topology_.check_endpoint(train.destination);
  path_.clear();
  topology_.append_path(train.source, train.destination, columns_first(), path_);
  const int routers = static_cast<int>(path_.size()) - 1;
  return begin(train, path_, routers, 0, now);
}

TrainId BulkNetwork::begin(const Train& train, std::span<const int> links, int routers, int extra_cycles,
                           base::TimePs now) {
  KILN_CHECK(train.first <= train.last, "a train's departure curve runs backwards: first {} ps, last {} ps",
             train.first, train.last);
  const std::uint32_t slot = take_slot();
  Flow& flow = flows_[slot];
  flow = Flow{};
  flow.id = next_id_++;
  flow.level = config_.qos.level_of(train.cls);
  flow.hops = static_cast<int>(links.size());
  flow.tree = static_cast<int>(links.size()) != routers + 1;
  flow.interface = (train.source.node * topology_.local_ports() + train.source.port) * kTrafficClasses +
                   static_cast<int>(train.cls);
  std::vector<Hop>& hops = hops_[slot];
  hops.resize(links.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    const int port = i == 0 || flow.tree ? kEnters : topology_.input_port(links[i - 1]);
    hops[i] = {&links_[static_cast<std::size_t>(links[i])], 0, port, 1};
  }

  const std::uint64_t packets = config_.packets_of(train.bytes);
  const std::uint64_t flits = config_.flits_of(train.bytes);
  const int last_flits =
      static_cast<int>(flits - (packets - 1) * static_cast<std::uint64_t>(config_.packet_flits));
  const int vcs = vcs_[static_cast<int>(train.cls)];
  flow.flits = flow.remaining = static_cast<double>(flits);
  flow.peak = timing_.peak_rate(routers, vcs);
  flow.port_flits = vcs * config_.buffer_depth;
  flow.latency = static_cast<double>(timing_.lone_cycles(routers, vcs, packets, last_flits) + extra_cycles) -
                 flow.flits / flow.peak;
  flow.tail_latency = static_cast<double>(timing_.lone_cycles(routers, vcs, 1, last_flits) + extra_cycles);
  const int header = std::min(config_.header_flits, (packets > 1 ? config_.packet_flits : last_flits) - 1);
  flow.first_latency = timing_.head_cycles(routers) + extra_cycles + header;
  started_flits_ += flits;

  // A packet is sent when all of it is there: the train begins with its first full packet.
  const auto span_ps = static_cast<double>(train.last - train.first);
  const double packet_bytes = static_cast<double>(config_.payload_flits()) * config_.link_bytes;
  const double share = packets > 1 ? packet_bytes / static_cast<double>(train.bytes) : 1;
  flow.first_ps = static_cast<double>(train.first) + span_ps * share;
  flow.last_ps = static_cast<double>(train.last);
  const double begin_ps = edge_at(std::max(flow.first_ps, static_cast<double>(now)));
  if (begin_ps > static_cast<double>(now)) {
    events_.set(slot, up(begin_ps), flow.id);
  } else {
    activate(slot, begin_ps);
  }
  return flow.id;
}

double BulkNetwork::edge_at(double ps) const {
  return epoch_ps_ + std::ceil((ps - epoch_ps_) / period_ps_ - 1e-6) * period_ps_;
}

TrainId BulkNetwork::start_multicast(const Train& train, std::span<const Endpoint> destinations,
                                     base::TimePs now) {
  KILN_CHECK(!destinations.empty(), "a multicast needs at least one destination");
  topology_.check_endpoint(train.source);
  path_.clear();
  int routers = 0;
  for (Endpoint destination : destinations) {
    topology_.check_endpoint(destination);
    topology_.append_path(train.source, destination, columns_first(), path_);
    routers = std::max(routers, topology_.hops(train.source.node, destination.node) + 1);
  }
  keep_each_link_once();
  return begin(train, path_, routers, 0, now);
}

TrainId BulkNetwork::start_reduction(const Train& train, std::span<const Endpoint> sources,
                                     base::TimePs now) {
  KILN_CHECK(!sources.empty(), "a reduction needs at least one source");
  topology_.check_endpoint(train.destination);
  path_.clear();
  int routers = 0;
  for (Endpoint source : sources) {
    topology_.check_endpoint(source);
    // Columns first, mirrored: paths that meet stay together, so the union is a tree towards the sink.
    topology_.append_path(source, train.destination, columns_first(), path_);
    routers = std::max(routers, topology_.hops(source.node, train.destination.node) + 1);
  }
  keep_each_link_once();
  const int adding = sources.size() > 1 ? routers * config_.reduction_cycles : 0;
  return begin(train, path_, routers, adding, now);
}

void BulkNetwork::keep_each_link_once() {
  std::sort(path_.begin(), path_.end());
  path_.erase(std::unique(path_.begin(), path_.end()), path_.end());
}

std::uint32_t BulkNetwork::take_slot() {
  if (!free_.empty()) {
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  flows_.emplace_back();
  hops_.emplace_back();
  joined_.push_back(0);
  return static_cast<std::uint32_t>(flows_.size() - 1);
}

base::TimePs BulkNetwork::packet_latency(Endpoint source, Endpoint destination, int flits) const {
  const int routers = topology_.hops(source.node, destination.node) + 1;
  const int vcs = vcs_[static_cast<int>(TrafficClass::control)];
  return up(static_cast<double>(timing_.lone_cycles(routers, vcs, 1, flits)) * period_ps_);
}

void BulkNetwork::advance(base::TimePs now, std::vector<Delivery>& done) {
  while (!events_.empty() && events_.top_time() <= now) {
    const base::TimePs time = events_.top_time();
    if (standstill_.too_many(time)) fail_standstill(time);
    handle(events_.top_slot(), time, done);
  }
}

void BulkNetwork::fail_standstill(base::TimePs now) const {
  const Flow& flow = flows_[events_.top_slot()];
  throw base::SimError(fmt::format(
      "network: {} events at {} ps and time does not go on; {} trains are on their way, the next event "
      "is that of train {} with {} of {} flits to send",
      standstill_.events(), now, flows_.size() - free_.size(), flow.id, flow.remaining, flow.flits));
}

void BulkNetwork::handle(std::uint32_t slot, base::TimePs now, std::vector<Delivery>& done) {
  Flow& flow = flows_[slot];
  const double now_ps = static_cast<double>(now);
  switch (flow.state) {
    case State::waiting:
      activate(slot, now_ps);
      return;
    case State::delivering:
      deliver(slot, done);
      return;
    case State::queued:
      return;
    case State::following:
    case State::backlogged:
      break;
  }
  settle(flow, now_ps);
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
  const bool others_gain = on_full_link(slot);
  flow.state = State::following;
  flow.cap = following_cap(flow);
  if (others_gain) {
    share_with(slot, now_ps);
  } else {
    set_rate(slot, flow.cap);
  }
  schedule(slot);
}

void BulkNetwork::activate(std::uint32_t slot, double now_ps) {
  Flow& flow = flows_[slot];
  flow.whole = !flow.tree && flow.last_ps <= now_ps + flow.flits / flow.peak * period_ps_;
  Interface& interface = interfaces_[static_cast<std::size_t>(flow.interface)];
  if (flow.tree) {
    begin_sending(slot, now_ps);
  } else if (interface.queue.empty() && may_send(interface, flow)) {
    enter_interface(slot, now_ps);
  } else {
    flow.state = State::queued;
    interface.queue.push_back(slot);
    events_.set(slot, base::kNever, flow.id);
  }
}

/// Packets leave in the order they become ready: a train waits for those whose data is there before its own
/// (to half of it: such trains hardly mix), and mixes with the others.
bool BulkNetwork::may_send(const Interface& interface, const Flow& flow) const {
  const double half_ps = flow.first_ps + (flow.last_ps - flow.first_ps) / 2;
  return std::none_of(interface.sending.begin(), interface.sending.end(),
                      [&](std::uint32_t other) { return flows_[other].last_ps <= half_ps; });
}

void BulkNetwork::enter_interface(std::uint32_t slot, double now_ps) {
  flows_[slot].in_interface = true;
  interfaces_[static_cast<std::size_t>(flows_[slot].interface)].sending.push_back(slot);
  begin_sending(slot, now_ps);
}

void BulkNetwork::begin_sending(std::uint32_t slot, double now_ps) {
  Flow& flow = flows_[slot];
  flow.settled_ps = flow.began_ps = now_ps;
  flow.first_out_ps = now_ps + flow.first_latency * period_ps_;
  const bool follows = following_cap(flow) < flow.peak && arrived(flow, now_ps) <= kFlitEpsilon;
  flow.state = follows ? State::following : State::backlogged;
  flow.cap = follows ? following_cap(flow) : flow.peak;
  join_links(slot);
  for (const Hop& hop : hops_[slot]) {
    if (!topology_.is_injection_link(number_of(hop.link))) continue;
    double& injection = hop.link->capacity;
    injection = std::max(injection, std::min(1.0, separate_classes_ * flow.peak));
    if (!flow.tree) break;
  }
  if (has_room(slot)) {
    set_rate(slot, flow.cap);
    schedule(slot);
  } else {
    share_with(slot, now_ps);
  }
}

void BulkNetwork::finish_sending(std::uint32_t slot, double now_ps) {
  Flow& flow = flows_[slot];
  // However early the fluid ran out, the last packet leaves only when it is complete.
  const double last_packet_ps = edge_at(flow.last_ps) + flow.tail_latency * period_ps_;
  const double stream_ps = flow.state == State::following ? 0 : flow.last_out_ps + flow.latency * period_ps_;
  flow.last_out_ps = std::max(last_packet_ps, stream_ps);
  begin_component();
  for (const Hop& hop : hops_in_use(slot))
    if (is_full(*hop.link)) take_members(*hop.link);
  std::erase(component_, slot);
  set_rate(slot, 0);
  leave_links(slot);
  flow.state = State::delivering;
  flow.remaining = 0;
  count_activity(slot);
  events_.set(slot, up(flow.last_out_ps), flow.id);
  if (!component_.empty()) share_component(now_ps);
  if (flows_[slot].tree) return;
  Interface& interface = interfaces_[static_cast<std::size_t>(flows_[slot].interface)];
  if (std::exchange(flows_[slot].in_interface, false)) {
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
  const Flow& flow = flows_[slot];
  double waiting = flow.remaining;
  for (std::uint32_t other : interfaces_[static_cast<std::size_t>(flow.interface)].draining) {
    const Flow& before = flows_[other];
    waiting += before.remaining - before.rate * (flow.settled_ps - before.settled_ps) / period_ps_;
  }
  // A channel falls free with the tail of its packet: on average half a packet more has to leave.
  const double ahead = flow.port_flits - config_.buffer_depth - 0.5 * config_.packet_flits;
  const double room = std::max(0.0, waiting - std::max(0.0, ahead)) / flow.rate;
  const double there_ps = flow.whole ? flow.began_ps + flow.flits / flow.peak * period_ps_ : flow.last_ps;
  return std::max(there_ps, flow.settled_ps + room * period_ps_);
}

/// The train's last flits wait in the network: its interface is free for the next one.
void BulkNetwork::leave_interface(std::uint32_t slot, double now_ps) {
  Interface& interface = interfaces_[static_cast<std::size_t>(flows_[slot].interface)];
  Link& injection = *hops_[slot].front().link;
  const bool others_gain = injection.members.size() > 1 && is_full(injection);
  if (others_gain) {
    begin_component();
    join_component(slot);
    take_members(injection);
  }
  leave_injection(slot);
  flows_[slot].in_interface = false;
  std::erase(interface.sending, slot);
  interface.draining.push_back(slot);
  if (others_gain) share_component(now_ps);
  serve_next(interface, now_ps);
}

void BulkNetwork::serve_next(Interface& interface, double now_ps) {
  while (!interface.queue.empty() && may_send(interface, flows_[interface.queue.front()])) {
    const std::uint32_t slot = interface.queue.front();
    interface.queue.pop_front();
    enter_interface(slot, now_ps);
  }
}

void BulkNetwork::deliver(std::uint32_t slot, std::vector<Delivery>& done) {
  Flow& flow = flows_[slot];
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
  const double old_period = period_ps_;
  const double period = base::kPicosecondsPerSecond / hz;
  const auto stretched = [&](double ps) {
    return ps <= now_ps ? ps : now_ps + (ps - now_ps) / old_period * period;
  };
  std::vector<std::uint32_t> sending;
  for (std::uint32_t slot = 0; slot < flows_.size(); ++slot) {
    Flow& flow = flows_[slot];
    if (flow.hops == 0 || flow.state == State::waiting || flow.state == State::queued) continue;
    flow.first_out_ps = stretched(flow.first_out_ps);
    flow.began_ps = now_ps - (now_ps - flow.began_ps) / old_period * period;
    if (flow.state == State::delivering) {
      flow.last_out_ps = stretched(flow.last_out_ps);
      events_.set(slot, up(flow.last_out_ps), flow.id);
    } else {
      settle(flow, now_ps);
      sending.push_back(slot);
    }
  }
  hz_ = hz;
  period_ps_ = period;
  epoch_ps_ = now_ps;
  // A source that paces itself in seconds is another fraction of the new cycle; so every share is new.
  for (std::uint32_t slot : sending) {
    Flow& flow = flows_[slot];
    if (flow.state != State::following) continue;
    if (following_cap(flow) >= flow.peak) flow.state = State::backlogged;
    flow.cap = std::min(flow.peak, following_cap(flow));
  }
  const std::uint32_t done = epoch_;
  for (std::uint32_t slot : sending) {
    if (joined_[slot] > done) continue;
    share_with(slot, now_ps);
  }
  for (std::uint32_t slot : sending) schedule(slot);
}

}  // namespace kiln::noc
