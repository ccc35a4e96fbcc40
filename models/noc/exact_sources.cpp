// SPDX-License-Identifier: MIT
// Network interfaces of the exact engine: queues per class, choice of class and VC, one flit per cycle.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "noc/exact_network.h"

namespace kiln::noc {
namespace {

constexpr int kTopLevel = 1000;  ///< above every configured level: a class that starves

}  // namespace

void ExactNetwork::offer(const Offer& offer) {
  topology_.check_endpoint(offer.source);
  topology_.check_endpoint(offer.destination);
  KILN_CHECK(offer.flits > 0 && offer.last_flits >= 0, "a packet of {} flits", offer.flits);
  KILN_CHECK(offer.packets > 0, "an offer without packets");
  const auto source = static_cast<std::uint32_t>(topology_.interface_of(offer.source));
  std::vector<Queued>& queue = sources_[source].queues[static_cast<int>(offer.cls)];
  queue.push_back({offer, 0, offer.cycle, offers_++});
  std::push_heap(queue.begin(), queue.end());
  queued_packets_ += offer.packets;
  // Behind others the packet is looked at when they are sent.
  if (queue.front().number + 1 == offers_) wakes_.push({std::max(cycle_, offer.cycle), source});
}

void ExactNetwork::take_source_credit(std::uint32_t channel) {
  const std::uint32_t index = channel / kMaxChannels;
  const int vc = static_cast<int>(channel % kMaxChannels);
  Source& source = sources_[index];
  const int credits = ++source.credits[static_cast<std::size_t>(vc)];
  if ((source.draining & bit(vc)) != 0 && credits == config_.buffer_depth) {
    source.draining &= ~bit(vc);
    source.in_use &= ~bit(vc);
  }
  wake_source(index);
}

void ExactNetwork::ask_again() {
  for (std::uint32_t index = 0; index < sources_.size(); ++index)
    for (std::vector<Queued>& queue : sources_[index].queues) {
      for (Queued& next : queue)
        if (next.offer.supply != nullptr) set_ready(next);
      std::make_heap(queue.begin(), queue.end());
      if (!queue.empty()) wakes_.push({std::max(cycle_, queue.front().ready), index});
    }
}

/// Of the first packet that an offer has left.
void ExactNetwork::set_ready(Queued& next) {
  const Offer& offer = next.offer;
  if (offer.supply != nullptr) {
    next.ready = offer.supply->ready(offer.tag, next.sent);
  } else {
    const double after = static_cast<double>(next.sent) * offer.interval;
    next.ready = offer.cycle + static_cast<std::int64_t>(std::ceil(after - 1e-9));
  }
}

/// Whether the first packet in the queue can be sent. Where its supply was only expected by now, others may
/// be first, and the source is woken when one may be ready.
bool ExactNetwork::front_ready(std::vector<Queued>& queue, std::uint32_t index) {
  bool put_off = false;
  while (!queue.empty() && queue.front().ready <= cycle_) {
    Queued& front = queue.front();
    if (front.offer.supply == nullptr) return true;
    const std::int64_t ready = front.offer.supply->ready(front.offer.tag, front.sent);
    if (ready <= cycle_) return true;
    std::pop_heap(queue.begin(), queue.end());
    queue.back().ready = ready;
    std::push_heap(queue.begin(), queue.end());
    put_off = true;
  }
  if (put_off) wakes_.push({queue.front().ready, index});
  return false;
}

/// Makes the next ready packet of the class the one being sent; false when there is none.
bool ExactNetwork::fetch_packet(std::uint32_t index, int cls) {
  Source& source = sources_[index];
  std::vector<Queued>& queue = source.queues[cls];
  if (!front_ready(queue, index)) return false;
  Queued& next = queue.front();
  const Offer offer = next.offer;
  const std::int64_t ready = next.ready;
  const bool last = ++next.sent == offer.packets;
  const int flits = last && offer.last_flits > 0 ? offer.last_flits : offer.flits;
  const std::uint32_t slot = take_packet();
  PacketState& packet = packets_[slot];
  packet.record = {.tag = offer.tag,
                   .created = ready,
                   .source = offer.source,
                   .destination = offer.destination,
                   .flits = flits,
                   .cls = offer.cls,
                   .last = last};
  const int sink = topology_.interface_of(offer.destination), interfaces = topology_.interfaces();
  packet.route = {topology_.router_of(offer.source.node), sink / interfaces, sink % interfaces,
                  class_vcs_[cls]};
  packet.level = class_level_[cls];
  packet.live = true;
  source.sending[cls] = {slot, flits, -1, true};
  const bool later = offer.interval > 0 || offer.supply != nullptr;
  if (last || later) std::pop_heap(queue.begin(), queue.end());
  if (last) {
    queue.pop_back();
  } else if (later) {
    set_ready(queue.back());
    std::push_heap(queue.begin(), queue.end());
  }
  if (!queue.empty() && queue.front().ready > cycle_) wakes_.push({queue.front().ready, index});
  return true;
}

std::uint32_t ExactNetwork::take_packet() {
  if (free_packets_.empty()) {
    packets_.emplace_back();
    return static_cast<std::uint32_t>(packets_.size() - 1);
  }
  const std::uint32_t slot = free_packets_.back();
  free_packets_.pop_back();
  return slot;
}

/// Round robin from the VC after the one the class used last; a VC must be unused and have a credit.
int ExactNetwork::choose_vc(const Source& source, int cls) const {
  const Mask allowed = class_vcs_[cls];
  const int first = std::countr_zero(allowed);
  const int count = std::popcount(allowed);
  const int last = source.last_vc[cls];
  const bool outside = last < first || last >= first + count;
  for (int i = 1; i <= (outside ? 1 : count); ++i) {
    const int vc = outside ? first : first + (last - first + i) % count;
    if ((source.in_use & bit(vc)) == 0 && source.credits[static_cast<std::size_t>(vc)] > 0) return vc;
  }
  return -1;
}

void ExactNetwork::inject(std::uint32_t index) {
  Source& source = sources_[index];
  int chosen = -1, chosen_level = 0;
  for (int i = 1; i <= kTrafficClasses; ++i) {
    const int cls = (source.last_class + i) % kTrafficClasses;
    Sending& sending = source.sending[cls];
    if (sending.flits_left == 0 && !fetch_packet(index, cls)) continue;
    int level = 0;
    if (shape_.priority) {
      const std::int64_t bound = config_.qos.starvation_cycles;
      const bool starves = bound > 0 && cycle_ - packets_[sending.packet].record.created > bound &&
                           cycle_ - source.last_sent[cls] > bound;
      level = starves ? kTopLevel : class_level_[cls];
    }
    if (chosen >= 0 && chosen_level >= level) continue;
    if (sending.vc < 0) sending.vc = choose_vc(source, cls);
    if (sending.vc < 0 || source.credits[static_cast<std::size_t>(sending.vc)] == 0) continue;
    if (sending.head && (source.in_use & bit(sending.vc)) != 0) continue;
    chosen = cls;
    chosen_level = level;
  }
  if (chosen < 0) {
    // Asleep until a credit returns or a packet is ready.
    active_sources_[index / 64] &= ~bit(static_cast<int>(index % 64));
    return;
  }
  send_from(index, chosen);
}

void ExactNetwork::send_from(std::uint32_t index, int cls) {
  Source& source = sources_[index];
  Sending& sending = source.sending[cls];
  PacketRecord& record = packets_[sending.packet].record;
  const bool tail = --sending.flits_left == 0;
  if (sending.head) {
    source.in_use |= bit(sending.vc);
    source.last_vc[cls] = sending.vc;
    record.injected = cycle_;
  }
  const std::uint32_t flit = sending.packet << 2 | (tail ? 2u : 0u) | (sending.head ? 1u : 0u);
  sending.head = false;
  source.last_class = cls;
  --source.credits[static_cast<std::size_t>(sending.vc)];
  const int interfaces = topology_.interfaces(), interface = static_cast<int>(index);
  const int input = shape_.channel(shape_.network_ports + interface % interfaces, sending.vc);
  in(kLocalWire)
      .arrivals.push_back({static_cast<std::uint32_t>(interface / interfaces * kMaxChannels + input), flit});
  ++pending_;
  ++injected_flits_;
  ++flits_in_network_;
  ++source_flits_[index];
  last_progress_ = cycle_;
  if (!tail) return;
  source.last_sent[cls] = cycle_;  // a starving packet goes through as a whole
  --queued_packets_;
  if (config_.wait_for_tail_credit) {
    source.draining |= bit(sending.vc);
  } else {
    source.in_use &= ~bit(sending.vc);
  }
}

}  // namespace kiln::noc
