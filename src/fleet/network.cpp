// SPDX-License-Identifier: MIT
#include "fleet/network.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::fleet {

using link::Access;
using link::Direction;

Traffic& Traffic::operator+=(const Traffic& other) {
  messages += other.messages;
  payload_bytes += other.payload_bytes;
  packets += other.packets;
  repeats += other.repeats;
  wire_bytes += other.wire_bytes;
  repeat_bytes += other.repeat_bytes;
  return *this;
}

Network::Network(const link::LinkConfig& config, const ExchangeConfig& exchange, int devices,
                 std::uint64_t seed)
    : link_(config), devices_(devices), rng_(seed, "fleet", "link errors") {
  ends_.reserve(static_cast<std::size_t>(devices) + 1);
  for (int device = 0; device < devices; ++device) ends_.emplace_back(config, 1);
  ends_.emplace_back(config, exchange.server_channels);
}

link::Transfer Network::drawn(const link::Packets& packets, Direction direction) {
  if (packets.expected_repeats <= 0) return link_.with_errors(packets, 0, direction);
  return link_.with_errors(packets, link_.draw_errors(packets, rng_.uniform()), direction);
}

Calendar& Network::first_free(std::vector<Calendar>& channels, double from_s, double length_s) {
  return *std::min_element(channels.begin(), channels.end(), [&](const Calendar& a, const Calendar& b) {
    return a.earliest(from_s, length_s) < b.earliest(from_s, length_s);
  });
}

void Network::settle(End& end, double now_s) {
  end.meter.settle(now_s);
  for (auto* calendars : {&end.sending, &end.receiving})
    for (Calendar& calendar : *calendars) calendar.forget_before(now_s);
}

double Network::hop(End* from, End* to, const link::Transfer& transfer, double now_s) {
  const Access access = link_.config().access;
  const double busy_s = transfer.busy_s();
  std::vector<Calendar*>& used = used_;
  used.clear();
  if (from != nullptr) used.push_back(&first_free(from->sending, now_s, busy_s));
  if (to != nullptr) {
    std::vector<Calendar>& calendars = access == Access::full ? to->receiving : to->sending;
    used.push_back(&first_free(calendars, now_s, busy_s));
  }
  if (access == Access::shared) used.push_back(&channel_);
  double begin_s = now_s;
  const bool limited = from != nullptr && link_.config().duty.limit < 1;
  if (limited)  // how long it takes is known when it begins: it does so behind all others
    for (const Calendar* calendar : used) begin_s = std::max(begin_s, calendar->last_end_s());
  begin_s = earliest_of_all(used, begin_s, busy_s);
  double wake_s = 0;
  for (End* end : {from, to})
    if (end != nullptr) wake_s = std::max(wake_s, end->meter.wake_s(begin_s));
  if (wake_s > 0) begin_s = earliest_of_all(used, begin_s + wake_s, busy_s);
  const double sent_s = limited ? from->duty.send(begin_s, transfer.air_s) : begin_s + transfer.air_s;
  const double end_s = sent_s + transfer.gap_s + transfer.acknowledgement_s;
  for (Calendar* calendar : used) calendar->take(begin_s, end_s);
  // A sender that waits for its duty limit idles meanwhile; its sending is booked at the end of the wait.
  const auto book = [&](End* end, const link::EndEnergy& energy) {
    if (end == nullptr) return;
    message_j_ += energy.total_j();
    end->meter.book(end_s - busy_s, end_s, energy);
  };
  book(from, energy_of_sending(link_.config().power, transfer));
  book(to, energy_of_receiving(link_.config().power, transfer));
  return end_s;
}

double Network::send(int from, int to, const link::Packets& packets, double now_s) {
  const bool through = infrastructure();
  End* sender = from == kServer && through ? nullptr : &at(from);
  End* receiver = to == kServer && through ? nullptr : &at(to);
  settle(at(from), now_s);
  settle(at(to), now_s);
  channel_.forget_before(now_s);
  const auto note = [&](const link::Transfer& transfer) {
    at(from).sent += {1,
                      packets.payload_bytes,
                      transfer.packets,
                      transfer.repeats,
                      transfer.wire_bytes,
                      transfer.repeat_bytes};
  };
  double end_s = now_s;
  if (through && sender != nullptr && receiver != nullptr) {
    const link::Transfer up = drawn(packets, Direction::up);
    note(up);
    end_s = hop(sender, nullptr, up, now_s);
    end_s = hop(nullptr, receiver, drawn(packets, Direction::down), end_s);
  } else {
    const link::Transfer transfer = drawn(packets, from == kServer ? Direction::down : Direction::up);
    note(transfer);
    end_s = hop(sender, receiver, transfer, now_s);
  }
  return end_s + link_.config().latency_s;
}

void Network::receive(int to, const link::Packets& packets) {
  at(to).received_bytes += packets.payload_bytes;
}

void Network::finish(double now_s) {
  for (End& end : ends_) end.meter.finish(now_s);
}

void Network::follow() {
  for (End& end : ends_) end.meter.follow();
}

Traffic Network::sent() const {
  Traffic all;
  for (const End& end : ends_) all += end.sent;
  return all;
}

std::uint64_t Network::received_bytes() const {
  std::uint64_t all = 0;
  for (const End& end : ends_) all += end.received_bytes;
  return all;
}

}  // namespace kiln::fleet
