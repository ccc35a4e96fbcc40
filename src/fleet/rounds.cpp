// SPDX-License-Identifier: MIT
#include "fleet/rounds.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/rng.h"
#include "fleet/network.h"

namespace kiln::fleet {

Rounds::Rounds(const FleetConfig& config, std::span<const Parcels> buckets, Stage& stage)
    : config_(config),
      buckets_(buckets),
      stage_(stage),
      bound_(config.exchange.barrier == Barrier::bounded ? config.exchange.staleness : 0),
      in_turn_(config.exchange.overlap == Overlap::backward && config.exchange.topology != Topology::server),
      devices_(static_cast<std::size_t>(config.device_count())) {
  history_.rounds.resize(static_cast<std::size_t>(config.rounds));
  if (config.exchange.updates_behind()) {
    history_.buckets.resize(buckets.size());
    updating_ = devices_.size();
  }
}

/// Members of a round in ascending order. All, or a drawn share.
std::vector<int> Rounds::drawn(std::int64_t round) const {
  std::vector<int> all(devices_.size());
  std::iota(all.begin(), all.end(), 0);
  if (everybody()) return all;
  base::Rng rng(config_.seed, "fleet", "participants", static_cast<std::uint64_t>(round));
  rng.shuffle(all);
  const double share = config_.exchange.participation * static_cast<double>(all.size());
  all.resize(static_cast<std::size_t>(std::max(1.0, std::round(share))));
  std::sort(all.begin(), all.end());
  return all;
}

Rounds::Round& Rounds::round_at(std::int64_t round) {
  const auto found = rounds_.find(round);
  if (found != rounds_.end()) return found->second;
  Round& made = rounds_[round];
  made.members.round = round;
  if (round >= 0) made.members.senders = drawn(round);
  made.members.receivers = made.members.senders;
  const bool by_server = config_.exchange.topology == Topology::server;
  if (by_server && round + 1 < config_.rounds) made.members.receivers = drawn(round + 1);
  base::Rng rng(config_.seed, "fleet", "dropouts", static_cast<std::uint64_t>(round + 1));
  for (std::size_t i = 0; i < made.members.senders.size(); ++i)
    made.drops.push_back(rng.uniform() < config_.exchange.dropout);
  made.received.resize(devices_.size());
  for (std::size_t b = 0; b < buckets_.size(); ++b) {
    Members members = made.members;
    members.bucket = static_cast<int>(b);
    made.parts.push_back(
        {make_exchange(config_.exchange, std::move(members), buckets_[b], *this, config_.seed)});
  }
  if (round >= 0) {
    RoundRecord& record = history_.rounds[static_cast<std::size_t>(round)];
    record.members = static_cast<int>(made.members.senders.size());
  }
  return made;
}

bool Rounds::drops(std::int64_t round, int device) {
  const Round& at = round_at(round);
  const auto place = std::lower_bound(at.members.senders.begin(), at.members.senders.end(), device);
  return at.drops[static_cast<std::size_t>(place - at.members.senders.begin())];
}

/// The first round from `from` on that draws the device.
void Rounds::find_next(int device, std::int64_t from) {
  Device& state = devices_[static_cast<std::size_t>(device)];
  state.next = from;
  if (everybody()) return;
  while (state.next < config_.rounds) {
    const std::vector<int> members = drawn(state.next);
    if (std::binary_search(members.begin(), members.end(), device)) return;
    ++state.next;
  }
}

std::int64_t Rounds::needed(const Device& device) const {
  if (everybody()) return std::max<std::int64_t>(-1, device.next - 1 - bound_);
  return config_.exchange.topology == Topology::server ? device.next - 1 : device.before;
}

void Rounds::begin() {
  // Devices begin with the same model; where not all are drawn, those that are get it first.
  const bool distribute = !everybody() && config_.exchange.topology == Topology::server;
  for (Device& device : devices_) device.complete = distribute ? -2 : -1;
  for (std::size_t device = 0; device < devices_.size(); ++device) find_next(static_cast<int>(device), 0);
  if (distribute) {
    Round& first = round_at(-1);
    for (const int device : first.members.receivers)
      send({kServer, device, -1, 1}, buckets_.front().model(), 0);
    return;
  }
  for (std::size_t device = 0; device < devices_.size(); ++device)
    begin_if_possible(static_cast<int>(device), 0);
}

void Rounds::begin_if_possible(int device, double now_s) {
  Device& state = devices_[static_cast<std::size_t>(device)];
  if (state.trains || state.complete < needed(state)) return;
  if (state.holds) resume(device, now_s);
  if (state.next >= config_.rounds) return;
  RoundRecord& record = history_.rounds[static_cast<std::size_t>(state.next)];
  if (record.begin_s < 0 || now_s < record.begin_s) record.begin_s = now_s;
  state.trains = true;
  state.version = everybody() ? state.complete + 1 : state.next;
  int steps = config_.exchange.local_steps;
  if (drops(state.next, device)) {
    // Somewhere on its way through its steps.
    base::Rng rng(
        config_.seed, "fleet", "silence",
        static_cast<std::uint64_t>(state.next) * devices_.size() + static_cast<std::uint64_t>(device));
    steps = 1 + static_cast<int>(rng.below(static_cast<std::uint64_t>(steps)));
  }
  ++history_.trainings;
  stage_.train(device, steps, now_s);
}

/// Its update may begin; behind the last round nothing but it is left.
void Rounds::resume(int device, double now_s) {
  Device& state = devices_[static_cast<std::size_t>(device)];
  RoundRecord& record = history_.rounds[static_cast<std::size_t>(state.before)];
  record.resumed_s = std::max(record.resumed_s, now_s);
  state.holds = false;
  if (state.next >= config_.rounds) stage_.update(device, now_s);
}

void Rounds::updated(int device, double) {
  if (devices_[static_cast<std::size_t>(device)].next >= config_.rounds) --updating_;
}

void Rounds::bucket_ready(int device, double now_s) {
  sweep();
  Device& state = devices_[static_cast<std::size_t>(device)];
  exchange(state.next, state.ready++, device, now_s);
}

void Rounds::exchange(std::int64_t round, std::size_t part, int device, double now_s) {
  round_at(round).parts[part].ready_s = now_s;
  if (!in_turn_) return start_exchange({round, part}, device, now_s);
  std::deque<Bucket>& waiting = devices_[static_cast<std::size_t>(device)].waiting;
  waiting.push_back({round, part});
  if (waiting.size() == 1) start_exchange(waiting.front(), device, now_s);
}

void Rounds::start_exchange(const Bucket& bucket, int device, double now_s) {
  round_at(bucket.round).parts[bucket.part].exchange->ready(device, now_s);
}

void Rounds::trained(int device, double now_s) {
  sweep();
  Device& state = devices_[static_cast<std::size_t>(device)];
  const std::int64_t round = state.next;
  RoundRecord& record = history_.rounds[static_cast<std::size_t>(round)];
  state.trains = false;
  state.before = round;
  find_next(device, round + 1);
  if (drops(round, device)) {
    ++history_.dropouts;
    stage_.remind(device, round, now_s + config_.exchange.dropout_timeout_s);
  } else {
    if (record.slowest < 0) record.first_ready_s = now_s;
    record.slowest = device;
    record.ready_s = now_s;
    history_.note_staleness(device, static_cast<std::uint64_t>(round - state.version));
    state.holds = config_.exchange.updates_behind();
    const std::size_t part = std::exchange(state.ready, 0);
    exchange(round, part, device, now_s);
  }
  begin_if_possible(device, now_s);
}

void Rounds::reminded(int device, std::int64_t round, double now_s) {
  sweep();
  for (Part& part : round_at(round).parts) part.exchange->absent(device, now_s);
}

void Rounds::arrived(const Message& message, double now_s) {
  sweep();
  if (message.round < 0) {
    complete_round(-1, message.to, now_s);
  } else {
    Round& round = round_at(message.round);
    round.parts[static_cast<std::size_t>(message.bucket)].exchange->arrived(message, now_s);
  }
}

void Rounds::send(const Message& message, const link::Packets& packets, double now_s) {
  stage_.send(message, packets, now_s);
}

void Rounds::complete(std::int64_t round, int bucket, int device, double now_s) {
  Round& at = round_at(round);
  at.parts[static_cast<std::size_t>(bucket)].complete_s = now_s;
  if (++at.received[static_cast<std::size_t>(device)] == at.parts.size())
    complete_round(round, device, now_s);
  if (!in_turn_) return;
  std::deque<Bucket>& waiting = devices_[static_cast<std::size_t>(device)].waiting;
  waiting.pop_front();
  if (!waiting.empty()) start_exchange(waiting.front(), device, now_s);
}

/// A server with several channels may serve the end of a round behind the begin of the next.
void Rounds::note_result(std::int64_t round, Device& state) {
  if (buckets_.size() > 1 && round > state.complete + 1) {
    state.early.push_back(round);
    return;
  }
  state.complete = round;
  while (std::erase(state.early, state.complete + 1) > 0) ++state.complete;
}

void Rounds::complete_round(std::int64_t round, int device, double now_s) {
  Device& state = devices_[static_cast<std::size_t>(device)];
  KILN_CHECK(round > state.complete || round < 0, "exchange {} reached device {} after exchange {}", round,
             device, state.complete);
  note_result(round, state);
  Round& at = round_at(round);
  if (++at.complete == at.members.receivers.size()) {
    finished_.push_back(round);
    if (round >= 0) {
      RoundRecord& record = history_.rounds[static_cast<std::size_t>(round)];
      record.end_s = now_s;
      note_exchange(at, record);
      ++rounds_over_;
      ++history_.updates;
    }
  }
  begin_if_possible(device, now_s);
}

/// Buckets follow one another: the exchange of one begins when all devices have it and that of the one before
/// is over.
void Rounds::note_exchange(const Round& round, RoundRecord& record) {
  double over_s = 0;
  for (std::size_t b = 0; b < history_.buckets.size(); ++b) {
    const Part& part = round.parts[b];
    record.exchanging_s += std::max(0.0, part.complete_s - std::max(part.ready_s, over_s));
    over_s = std::max(over_s, part.complete_s);
    history_.buckets[b].ready_s += part.ready_s - record.begin_s;
    history_.buckets[b].complete_s += part.complete_s - record.begin_s;
  }
}

/// Exchanges are forgotten once none of their members' calls is under way.
void Rounds::sweep() {
  for (const std::int64_t round : finished_) rounds_.erase(round);
  finished_.clear();
}

}  // namespace kiln::fleet
