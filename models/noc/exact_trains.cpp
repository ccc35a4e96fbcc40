// SPDX-License-Identifier: MIT
#include "noc/exact_trains.h"

#include <algorithm>
#include <cmath>

#include "noc/vc_policy.h"

namespace kiln::noc {

ExactTrains::ExactTrains(const NocConfig& config)
    : config_(config), network_(config), timing_(config), clock_(config.clock_hz) {}

TrainId ExactTrains::start(const Train& train, base::TimePs now, const TrainSupply& supply) {
  settle(now);
  const std::uint64_t packets = config_.packets_of(train.bytes), flits = config_.flits_of(train.bytes);
  const auto full = static_cast<std::uint64_t>(config_.packet_flits);
  const TrainId id = flights_.push({.train = train,
                                    .supply = supply,
                                    .packets_left = packets,
                                    .flits_left = static_cast<std::int64_t>(flits)});
  Offer offer{.source = train.source, .destination = train.destination, .cls = train.cls, .packets = packets};
  offer.flits = packets > 1 ? config_.packet_flits : static_cast<int>(flits);
  offer.last_flits = static_cast<int>(flits - (packets - 1) * full);
  offer.tag = id;
  offer.supply = this;
  offer.cycle = std::max(network_.cycle(), ready(id, 0));
  network_.offer(offer);
  Flight& flight = flights_[id];
  const int routers = network_.topology().hops(train.source.node, train.destination.node) + 1;
  flight.earliest = offer.cycle + timing_.head_cycles(routers) + flight.flits_left - 1;
  started_flits_ += flits;
  bound_ = std::min(bound_, bound(flight));
  return id;
}

/// A packet can be sent when its last payload byte is there; the last packet may be shorter than the others.
std::int64_t ExactTrains::ready(std::uint64_t train, std::uint64_t packet) {
  const Flight& flight = flights_[train];
  const std::uint64_t full =
      static_cast<std::uint64_t>(config_.payload_flits()) * static_cast<std::uint64_t>(config_.link_bytes);
  const std::uint64_t bytes = std::min((packet + 1) * full, flight.train.bytes);
  const double share =
      flight.train.bytes == 0 ? 1 : static_cast<double>(bytes) / static_cast<double>(flight.train.bytes);
  const TrainSupply& supply = flight.supply;
  const base::TimePs whole = supply.data ? supply.pace : flight.train.last - flight.train.first;
  base::TimePs at =
      flight.train.first + static_cast<base::TimePs>(std::ceil(share * static_cast<double>(whole) - 1e-6));
  if (supply.data) {
    const double plain = std::ceil(static_cast<double>(bytes) * supply.bytes_per_wire_byte - 1e-6);
    at = std::max(at, supply.data->ready(static_cast<std::uint64_t>(plain)) + supply.delay);
  }
  return clock_.next_cycle(at);
}

std::int64_t ExactTrains::bound(const Flight& flight) const {
  // A sink takes a flit per cycle. Of undelivered packets, all but their tails may be there: one per channel.
  const std::int64_t arrived = config_.virtual_channels * (config_.packet_flits - 1);
  const std::int64_t rest = std::max<std::int64_t>(flight.flits_left - arrived, 1);
  return std::max(network_.cycle() + rest - 1 + network_.ejection_cycles(), flight.earliest);
}

base::TimePs ExactTrains::next_event() const {
  const base::TimePs next = bound_ == kNoTrain ? base::kNever : clock_.time_of(bound_);
  return arriving_.empty() ? next : std::min(next, arriving_.front().last);
}

void ExactTrains::settle(base::TimePs now) {
  // What happens in a cycle is decided when all that starts in it is there.
  const std::int64_t end = clock_.next_cycle(now);
  if (end <= network_.cycle()) return;
  network_.run_until(end);
  collect();
  find_bound();
}

void ExactTrains::find_bound() {
  bound_ = kNoTrain;
  for (TrainId id = flights_.first(); id < flights_.end(); ++id)
    if (flights_[id].packets_left > 0) bound_ = std::min(bound_, bound(flights_[id]));
}

void ExactTrains::collect() {
  for (const PacketRecord& record : network_.delivered()) note(record);
  network_.delivered().clear();
  while (!flights_.empty() && flights_.front().packets_left == 0) flights_.pop();
}

void ExactTrains::note(const PacketRecord& record) {
  Flight& flight = flights_[record.tag];
  const int header = std::min(config_.header_flits, record.flits - 1);
  flight.first = std::min(flight.first, clock_.time_of(record.head_delivered + header));
  flight.last = std::max(flight.last, clock_.time_of(record.delivered));
  flight.flits_left -= record.flits;
  if (record.network_latency() > timing_.head_cycles(record.hops) + record.flits - 1) flight.contended = true;
  if (--flight.packets_left > 0) return;
  contended_trains_ += flight.contended;
  flight.supply = {};
  const auto later = [](const Delivery& a, const Delivery& b) { return a.last < b.last; };
  const Delivery delivery{record.tag, flight.first, flight.last};
  arriving_.insert(std::upper_bound(arriving_.begin(), arriving_.end(), delivery, later), delivery);
}

void ExactTrains::advance(base::TimePs now, std::vector<Delivery>& done) {
  settle(now);
  const auto end = std::find_if(arriving_.begin(), arriving_.end(),
                                [now](const Delivery& delivery) { return delivery.last > now; });
  done.insert(done.end(), arriving_.begin(), end);
  arriving_.erase(arriving_.begin(), end);
}

void ExactTrains::set_clock(base::TimePs now, double hz) {
  settle(now);
  const double ratio = clock_.hz() / hz;  // what is on its last wire takes so much longer
  const auto stretched = [&](base::TimePs at) {
    return at <= now ? at : now + static_cast<base::TimePs>(std::ceil(static_cast<double>(at - now) * ratio));
  };
  for (Delivery& delivery : arriving_)
    delivery = {delivery.id, stretched(delivery.first), stretched(delivery.last)};
  for (TrainId id = flights_.first(); id < flights_.end(); ++id) {
    Flight& flight = flights_[id];
    if (flight.first != base::kNever) flight.first = stretched(flight.first);
    flight.last = stretched(flight.last);
    flight.earliest = 0;  // what is still to be sent is asked for again, in cycles of the new clock
  }
  clock_ = clock_.changed(hz, now);
  network_.ask_again();
  find_bound();
}

base::TimePs ExactTrains::packet_latency(Endpoint source, Endpoint destination, int flits) const {
  const int routers = network_.topology().hops(source.node, destination.node) + 1;
  const int vcs = train_vcs(config_, TrafficClass::control);
  return clock_.duration(timing_.lone_cycles(routers, vcs, 1, flits));
}

}  // namespace kiln::noc
