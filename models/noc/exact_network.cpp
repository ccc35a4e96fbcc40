// SPDX-License-Identifier: MIT
#include "noc/exact_network.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "noc/vc_policy.h"

namespace kiln::noc {
namespace {

constexpr std::uint32_t kHead = 1, kTail = 2;
constexpr int kUrgencyPeriod = 64;  ///< how often waiting times are looked at; the bound is far longer

std::size_t power_of_two(std::size_t least) {
  return std::bit_ceil(std::max<std::size_t>(least, 1));
}

}  // namespace

ExactNetwork::ExactNetwork(const NocConfig& config) : ExactNetwork(config, nullptr) {}

ExactNetwork::ExactNetwork(const NocConfig& config, std::unique_ptr<Routing> routing)
    : config_(config),
      topology_(config),
      routing_(routing ? std::move(routing) : make_routing(config_, topology_)),
      shape_(config_, topology_, routing_->adaptive()),
      ring_(power_of_two(static_cast<std::size_t>(config.buffer_depth))) {
  const PipelineConfig& pipeline = config_.pipeline;
  crossing_ = pipeline.st_prepare_delay + pipeline.st_final_delay;
  wire_ = config_.link_latency + 1;
  credit_wire_ = wire_ + pipeline.credit_delay;
  for (int cls = 0; cls < kTrafficClasses; ++cls) {
    class_level_[cls] = config_.qos.level_of(static_cast<TrafficClass>(cls));
    class_vcs_[cls] = class_vcs(config_, static_cast<TrafficClass>(cls));
  }

  const auto routers = static_cast<std::size_t>(topology_.routers());
  routers_.resize(routers);
  for (RouterState& router : routers_) {
    router.free = shape_.channels() == kMaxChannels ? ~Mask{0} : bit(shape_.channels()) - 1;
    for (auto& output : router.outputs) output.credits = static_cast<std::int16_t>(config_.buffer_depth);
  }
  next_channel_allocation_.assign(routers, 0);
  next_switch_allocation_.assign(routers, 0);
  flits_.resize(routers * static_cast<std::size_t>(shape_.channels()) * ring_);
  head_since_.resize(routers * kMaxChannels);
  sources_.resize(routers * static_cast<std::size_t>(topology_.interfaces()));
  for (Source& source : sources_) {
    source.credits.assign(static_cast<std::size_t>(shape_.vcs),
                          static_cast<std::int16_t>(config_.buffer_depth));
    source.last_vc.fill(-1);
    source.last_class = static_cast<int>(TrafficClass::gradient);
  }
  source_flits_.resize(sources_.size());
  grants_.resize(routers * static_cast<std::size_t>(shape_.ports));
  active_routers_.resize(routers / 64 + 1);
  active_sources_.resize(sources_.size() / 64 + 1);
  const int longest = crossing_ + 2 * wire_ + 2 * kLocalWire + pipeline.credit_delay +
                      pipeline.routing_delay + pipeline.vc_alloc_delay + pipeline.sw_alloc_delay;
  wheel_.resize(power_of_two(static_cast<std::size_t>(longest) + 1));
  wheel_mask_ = wheel_.size() - 1;
}

int ExactNetwork::ejection_cycles() const {
  return crossing_ + kLocalWire;
}

void ExactNetwork::run_until(std::int64_t end) {
  while (cycle_ < end) step_or_skip(end);
}

void ExactNetwork::run_to_idle(const base::Watch& watch) {
  base::PacedWatch paced(watch);
  while (!idle()) {
    paced.check();
    step_or_skip(std::numeric_limits<std::int64_t>::max());
  }
  KILN_CHECK(injected_flits_ == ejected_flits_, "network lost flits: {} injected, {} ejected by cycle {}",
             injected_flits_, ejected_flits_, cycle_);
}

/// One cycle, or the jump to the next cycle in which something can happen.
void ExactNetwork::step_or_skip(std::int64_t end) {
  const auto any = [](const std::vector<Mask>& words) {
    return std::any_of(words.begin(), words.end(), [](Mask word) { return word != 0; });
  };
  if (pending_ == 0 && !any(active_routers_) && !any(active_sources_)) {
    const bool never_sent = queued_packets_ > 0 && wakes_.empty();
    if (flits_in_network_ > 0 || never_sent) report_deadlock();
    const std::int64_t next = wakes_.empty() ? end : std::min(end, wakes_.top().cycle);
    if (next > cycle_) {
      cycle_ = last_progress_ = next;
      return;
    }
  }
  step();
  if (cycle_ - last_progress_ > config_.watchdog_cycles && flits_in_network_ > 0) report_deadlock();
}

void ExactNetwork::step() {
  Slot& now = wheel_[static_cast<std::size_t>(cycle_) & wheel_mask_];
  pending_ -= now.arrivals.size() + now.credits.size() + now.source_credits.size() + now.routed.size();
  for (std::uint32_t channel : now.credits) take_credit(channel);
  for (std::uint32_t channel : now.source_credits) take_source_credit(channel);
  for (std::uint32_t channel : now.routed) {
    ask_for_channels(channel / kMaxChannels, static_cast<int>(channel % kMaxChannels));
  }
  for (const Arrival& arrival : now.arrivals) arrive(arrival);
  now.arrivals.clear();
  now.credits.clear();
  now.source_credits.clear();
  now.routed.clear();

  for (; !wakes_.empty() && wakes_.top().cycle <= cycle_; wakes_.pop()) wake_source(wakes_.top().source);
  for (std::size_t word = 0; word < active_sources_.size(); ++word) {
    for (Mask rest = active_sources_[word]; rest != 0; rest &= rest - 1) {
      inject(static_cast<std::uint32_t>(word * 64 + std::countr_zero(rest)));
    }
  }
  for (std::size_t word = 0; word < active_routers_.size(); ++word) {
    for (Mask rest = active_routers_[word]; rest != 0; rest &= rest - 1) {
      evaluate(static_cast<std::uint32_t>(word * 64 + std::countr_zero(rest)));
    }
  }
  // Grants of allocators that take several cycles come into force at the end of their last one.
  pending_ -= now.channel_grants.size() + now.switch_grants.size();
  for (const auto& [router, grant] : now.channel_grants) give_channel(router, grant);
  for (const auto& [router, grant] : now.switch_grants) {
    if (may_send(routers_[router], grant)) send_flit(router, grant);
  }
  now.channel_grants.clear();
  now.switch_grants.clear();
  ++cycle_;
}

void ExactNetwork::evaluate(std::uint32_t index) {
  RouterState& router = routers_[index];
  const PipelineConfig& pipeline = config_.pipeline;
  if (shape_.priority && cycle_ % kUrgencyPeriod == 0) mark_urgent(index);
  GrantList channels, switches;
  if ((router.wanted & router.free) != 0 && cycle_ >= next_channel_allocation_[index]) {
    allocate_channels(router, shape_, channels);
    next_channel_allocation_[index] = cycle_ + pipeline.vc_alloc_delay;
  }
  const bool asks_switch = router.ready != 0 || (shape_.speculative && (router.wanted & router.free) != 0);
  if (asks_switch && cycle_ >= next_switch_allocation_[index]) {
    allocate_switch(router, shape_, switches);
    next_switch_allocation_[index] = cycle_ + pipeline.sw_alloc_delay;
  }
  for (const ChannelGrant& grant : channels) {
    if (pipeline.vc_alloc_delay == 1) {
      give_channel(index, grant);
    } else {
      in(pipeline.vc_alloc_delay - 1).channel_grants.emplace_back(index, grant);
      ++pending_;
    }
  }
  for (const ChannelGrant& grant : switches) {
    if (pipeline.sw_alloc_delay == 1) {
      if (!shape_.speculative || may_send(router, grant)) send_flit(index, grant);
    } else {
      in(pipeline.sw_alloc_delay - 1).switch_grants.emplace_back(index, grant);
      ++pending_;
    }
  }
  if (!has_work(router)) active_routers_[index / 64] &= ~bit(index % 64);
}

/// A switch grant is void if a speculating head got no channel of that port, or if the credit is gone.
bool ExactNetwork::may_send(const RouterState& router, ChannelGrant grant) const {
  const RouterState::Input& input = router.inputs[grant.input];
  return input.stage == RouterState::Stage::active && shape_.port_of[input.output] == grant.output &&
         router.outputs[input.output].credits > 0;
}

void ExactNetwork::arrive(const Arrival& arrival) {
  const std::uint32_t index = arrival.channel / kMaxChannels;
  const int input = static_cast<int>(arrival.channel % kMaxChannels);
  RouterState& router = routers_[index];
  const std::size_t place = (router.inputs[input].head + router.inputs[input].queued) & (ring_ - 1);
  flits_[(index * static_cast<std::size_t>(shape_.channels()) + input) * ring_ + place] = arrival.flit;
  ++router.inputs[input].queued;
  router.occupied |= bit(input);
  if (router.inputs[input].stage == RouterState::Stage::idle) {
    start_routing(index, input, config_.pipeline.routing_delay);
  } else if (router.inputs[input].stage == RouterState::Stage::active && router.inputs[input].queued == 1 &&
             router.outputs[router.inputs[input].output].credits > 0) {
    router.ready |= bit(input);
    activate(index);
  }
}

void ExactNetwork::take_credit(std::uint32_t channel) {
  const std::uint32_t index = channel / kMaxChannels;
  const int output = static_cast<int>(channel % kMaxChannels);
  RouterState& router = routers_[index];
  const int credits = ++router.outputs[output].credits;
  if ((router.free & bit(output)) != 0) return;
  const int input = router.outputs[output].owner;
  const bool held =
      router.inputs[input].stage == RouterState::Stage::active && router.inputs[input].output == output;
  if (!held) {
    // Only with wait_for_tail_credit: the packet has left, its last flits were still in the next buffer.
    if (credits == config_.buffer_depth) {
      router.free |= bit(output);
      if ((router.wanted & bit(output)) != 0) activate(index);
    }
    return;
  }
  if (credits == 1 && router.inputs[input].queued > 0) {
    router.ready |= bit(input);
    activate(index);
  }
}

std::uint32_t ExactNetwork::front_packet(std::uint32_t index, int input) const {
  const std::size_t channel =
      index * static_cast<std::size_t>(shape_.channels()) + static_cast<std::size_t>(input);
  return flits_[channel * ring_ + routers_[index].inputs[input].head] >> 2;
}

/// A head flit is at the front: it asks for channels in `cycles` cycles (at once when look-ahead routing is
/// on).
void ExactNetwork::start_routing(std::uint32_t index, int input, int cycles) {
  RouterState& router = routers_[index];
  router.inputs[input].stage = RouterState::Stage::routing;
  if (shape_.priority) {
    router.of_level[packets_[front_packet(index, input)].level] |= bit(input);
    head_since_[index * kMaxChannels + static_cast<std::size_t>(input)] = cycle_;
  }
  if (cycles == 0) {
    ask_for_channels(index, input);
    return;
  }
  in(cycles).routed.push_back(index * kMaxChannels + static_cast<std::uint32_t>(input));
  ++pending_;
}

void ExactNetwork::ask_for_channels(std::uint32_t index, int input) {
  RouterState& router = routers_[index];
  const PacketState& packet = packets_[front_packet(index, input)];
  Mask asked = 0;
  if (static_cast<int>(index) == packet.route.destination) {
    asked = packet.route.vcs << ((shape_.network_ports + packet.route.destination_interface) * shape_.vcs);
  } else {
    RouteChoices choices;
    routing_->route(static_cast<int>(index), packet.route, choices);
    for (int i = 0; i < choices.count; ++i)
      asked |= choices.choices[i].vcs << (choices.choices[i].port * shape_.vcs);
  }
  router.inputs[input].stage = RouterState::Stage::waiting;
  router.asked[input] = asked;
  router.wanted |= asked;
  for (Mask rest = asked; rest != 0; rest &= rest - 1) router.requests[std::countr_zero(rest)] |= bit(input);
  if ((asked & router.free) != 0) activate(index);
}

void ExactNetwork::give_channel(std::uint32_t index, ChannelGrant grant) {
  RouterState& router = routers_[index];
  const Mask input = bit(grant.input);
  for (Mask rest = router.asked[grant.input]; rest != 0; rest &= rest - 1) {
    const int output = std::countr_zero(rest);
    router.requests[output] &= ~input;
    if (router.requests[output] == 0) router.wanted &= ~bit(output);
  }
  router.free &= ~bit(grant.output);
  router.outputs[grant.output].owner = grant.input;
  router.inputs[grant.input].output = grant.output;
  router.inputs[grant.input].stage = RouterState::Stage::active;
  if (router.outputs[grant.output].credits > 0) {
    router.ready |= input;
    activate(index);
  }
  last_progress_ = cycle_;
}

void ExactNetwork::send_flit(std::uint32_t index, ChannelGrant grant) {
  RouterState& router = routers_[index];
  const int input = grant.input;
  const int port = grant.output;
  const int output = router.inputs[input].output;
  const std::size_t base = (index * static_cast<std::size_t>(shape_.channels()) + input) * ring_;
  const std::uint32_t flit = flits_[base + router.inputs[input].head];
  router.inputs[input].head = static_cast<std::uint8_t>((router.inputs[input].head + 1u) & (ring_ - 1));
  if (--router.inputs[input].queued == 0) {
    router.occupied &= ~bit(input);
    router.ready &= ~bit(input);
  }
  if (--router.outputs[output].credits == 0) router.ready &= ~bit(input);
  ++grants_[index * static_cast<std::size_t>(shape_.ports) + static_cast<std::size_t>(port)];
  last_progress_ = cycle_;

  if (port < shape_.network_ports) {
    const int next = topology_.neighbour(static_cast<int>(index), port);
    const int next_input =
        shape_.channel(topology_.entry(static_cast<int>(index), port), shape_.vc_of(output));
    in(crossing_ + wire_)
        .arrivals.push_back({static_cast<std::uint32_t>(next * kMaxChannels + next_input), flit});
  } else {
    // The sink takes a flit as it comes and returns the credit in the same cycle.
    in(crossing_ + kLocalWire + kLocalWire + config_.pipeline.credit_delay)
        .credits.push_back(index * kMaxChannels + static_cast<std::uint32_t>(output));
    eject(flit >> 2, (flit & kHead) != 0, (flit & kTail) != 0);
  }
  const int input_port = shape_.port_of[input];
  const int input_vc = shape_.vc_of(input);
  if (input_port < shape_.network_ports) {
    const int upstream = topology_.neighbour(static_cast<int>(index), input_port);
    const int upstream_output =
        shape_.channel(topology_.entry(static_cast<int>(index), input_port), input_vc);
    in(credit_wire_).credits.push_back(static_cast<std::uint32_t>(upstream * kMaxChannels + upstream_output));
  } else {
    const std::uint32_t source = index * static_cast<std::uint32_t>(topology_.interfaces()) +
                                 static_cast<std::uint32_t>(input_port - shape_.network_ports);
    in(kLocalWire).source_credits.push_back(source * kMaxChannels + static_cast<std::uint32_t>(input_vc));
  }
  pending_ += 2;
  if ((flit & kTail) != 0) release_input(index, input);
}

/// The tail has left: the output channel is free for the next packet (or drains first), and the input turns
/// to the packet behind.
void ExactNetwork::release_input(std::uint32_t index, int input) {
  RouterState& router = routers_[index];
  const int output = router.inputs[input].output;
  router.ready &= ~bit(input);
  if (!config_.wait_for_tail_credit) router.free |= bit(output);
  if (shape_.priority) {
    for (Mask& level : router.of_level) level &= ~bit(input);
    router.urgent &= ~bit(input);
  }
  router.inputs[input].stage = RouterState::Stage::idle;
  if (router.inputs[input].queued == 0) return;
  // The allocators of this cycle are done: the next head is in time for those of the next.
  const int delay = config_.pipeline.routing_delay;
  start_routing(index, input, delay == 0 ? 0 : delay + 1);
}

void ExactNetwork::eject(std::uint32_t index, bool head, bool tail) {
  PacketState& packet = packets_[index];
  ++ejected_flits_;
  --flits_in_network_;
  if (head) packet.record.head_delivered = cycle_ + ejection_cycles();
  if (!tail) return;
  packet.record.delivered = cycle_ + ejection_cycles();
  packet.record.hops = topology_.hops(packet.record.source.node, packet.record.destination.node) + 1;
  packet.live = false;
  delivered_.push_back(packet.record);
  free_packets_.push_back(index);
}

void ExactNetwork::mark_urgent(std::uint32_t index) {
  if (config_.qos.starvation_cycles == 0) return;
  RouterState& router = routers_[index];
  for (Mask rest = router.occupied & ~router.urgent; rest != 0; rest &= rest - 1) {
    const int input = std::countr_zero(rest);
    const std::int64_t since = head_since_[index * kMaxChannels + static_cast<std::size_t>(input)];
    if (cycle_ - since > config_.qos.starvation_cycles) router.urgent |= bit(input);
  }
}

ExactNetwork::InFlight ExactNetwork::in_flight() const {
  InFlight sum;
  for (const PacketState& packet : packets_) {
    if (!packet.live) continue;
    sum.flits += static_cast<std::uint64_t>(packet.record.flits);
    sum.age_cycles += static_cast<double>((cycle_ - packet.record.created) * packet.record.flits);
  }
  return sum;
}

std::uint64_t ExactNetwork::flit_hops() const {
  std::uint64_t total = 0;
  for (std::uint64_t grants : grants_) total += grants;
  return total;
}

RouterActivity ExactNetwork::activity(int router) const {
  RouterActivity activity;
  const std::uint64_t* grants = &grants_[static_cast<std::size_t>(router * shape_.ports)];
  for (int port = 0; port < shape_.ports; ++port) {
    activity.buffer_reads += grants[port];
    if (port < shape_.network_ports) {
      activity.link_flits[port] = grants[port];
      activity.wire_flits += grants[port] * static_cast<std::uint64_t>(topology_.wire_tiles(router, port));
    } else {
      activity.ejected += grants[port];
    }
  }
  activity.crossbar = activity.arbitrations = activity.buffer_reads;
  for (int i = 0; i < topology_.interfaces(); ++i) {
    const int interface = router * topology_.interfaces() + i;
    const std::uint64_t injected = source_flits_[static_cast<std::size_t>(interface)];
    activity.injected += injected;
    activity.wire_flits += (injected + grants[shape_.network_ports + i]) *
                           static_cast<std::uint64_t>(topology_.access_tiles(interface));
  }
  activity.buffer_writes = activity.injected;
  for (int port = 0; port < shape_.network_ports; ++port) {
    const int from = topology_.neighbour(router, port);
    if (from < 0) continue;
    activity.buffer_writes +=
        grants_[static_cast<std::size_t>(from * shape_.ports + topology_.entry(router, port))];
  }
  return activity;
}

}  // namespace kiln::noc
