// SPDX-License-Identifier: MIT
#include "dram/exact_channel.h"

#include <cmath>

#include "base/error.h"

namespace kiln::dram {

namespace {
constexpr std::uint64_t kMany = std::uint64_t{1} << 40;  ///< more than a burst has accesses
}  // namespace

ExactChannel::ExactChannel(const DramConfig& config)
    : ExactChannel(config, resolve(config, config.clock_hz, config.refresh.rate)) {}

ExactChannel::ExactChannel(const DramConfig& config, const TimingTable& timing, double clock_hz)
    : config_(config),
      clock_hz_(clock_hz),
      timing_(timing),
      device_(config, timing),
      queues_(device_.banks()),
      refresh_(config, timing),
      patrol_(config),
      separate_(config.timing.separate_buses),
      by_end_(config.controller.queue == QueueKind::bank),
      by_age_(config.controller.queue != QueueKind::shared ||
              config.controller.direction == DirectionPolicy::interleaved ||
              config.controller.direction == DirectionPolicy::grouped),
      release_at_activate_(config.controller.slot_release == SlotRelease::activate),
      whole_(config.controller.direction_scope == DirectionScope::channel),
      owners_{OfferList(device_.subs(), device_.banks()), OfferList(device_.subs(), device_.banks())},
      access_offers_(owners_),
      activate_offers_(owners_),
      precharge_offers_(owners_) {
  patrol_.restart(0, clock_hz);
  owner_.assign(static_cast<std::size_t>(device_.banks()), kNone);
  const auto subs = static_cast<std::size_t>(device_.subs());
  owners_in_.assign(subs, 0);
  writing_.assign(subs, 0);
  batch_.assign(subs, 0);
  waiting_.assign(subs, {0, 0});
  patrols_in_.assign(subs, 0);
  check_share_ = inline_share(config.ecc);
  checks_owed_.assign(subs, 0);
  const double entries = config.controller.write_queue / (whole_ ? 1.0 : static_cast<double>(subs));
  write_high_ = static_cast<int>(std::floor(config.controller.write_high * entries));
  // Below 1, not 0: reads that wait get their turn when no write is left, however low the mark is.
  write_low_ = std::max(1, static_cast<int>(std::ceil(config.controller.write_low * entries)));
  path_cycles_ = config.controller.response_cycles;
  if (config.ecc.kind != EccKind::none) path_cycles_ += config.ecc.decode_cycles;
  if (config.encryption.enabled) path_cycles_ += config.encryption.latency_cycles;
}

bool ExactChannel::limited() const {
  const ControllerConfig& c = config_.controller;
  if (c.accepts_per_cycle > 0 && accepted_cycle_ == now_ && accepted_in_cycle_ >= c.accepts_per_cycle)
    return true;
  const std::size_t inside = in_flight_.size() +
                             static_cast<std::size_t>(queues_.size(false) + queues_.size(true)) +
                             owners_[0].size() + owners_[1].size();
  return c.outstanding > 0 && inside >= static_cast<std::size_t>(c.outstanding);
}

bool ExactChannel::can_accept(const Access& access) const {
  const ControllerConfig& c = config_.controller;
  if ((c.accepts_per_cycle > 0 || c.outstanding > 0) && limited()) return false;
  const int depth = access.write ? c.write_queue : c.read_queue;
  switch (c.queue) {
    case QueueKind::shared:
      return queues_.size(access.write) < depth;
    case QueueKind::two_stage:
      return front_[access.write].size() < static_cast<std::size_t>(depth);
    case QueueKind::bank:
      return last_bank_ == kNone || queues_.bank_size(last_bank_) < c.bank_queue;
  }
  return false;
}

std::uint64_t ExactChannel::room(bool write) const {
  const ControllerConfig& c = config_.controller;
  if (c.queue == QueueKind::bank) return kMany;
  const auto depth = static_cast<std::uint64_t>(write ? c.write_queue : c.read_queue);
  if (c.queue == QueueKind::two_stage)
    return depth + static_cast<std::uint64_t>(c.bank_queue * device_.banks());
  const std::uint64_t early = release_at_activate_ ? static_cast<std::uint64_t>(device_.banks()) : 0;
  return depth - static_cast<std::uint64_t>(queues_.size(write)) + early;
}

Cycle ExactChannel::accept_again() const {
  const ControllerConfig& c = config_.controller;
  Cycle again = kNeverCycle;
  if (c.accepts_per_cycle > 0 && accepted_cycle_ == now_ && accepted_in_cycle_ >= c.accepts_per_cycle)
    again = now_ + 1;
  if (c.outstanding > 0 && !in_flight_.empty())
    again = std::min(again, std::max(in_flight_.front(), now_ + 1));
  return again;
}

void ExactChannel::accept(const Access& access, Cycle at, Cycle due) {
  KILN_CHECK(at >= now_, "request accepted at cycle {} after cycle {} was done", at, now_);
  go_to(at);
  if (sleep_ != Sleep::none) wake_up();
  rest_since_ = kNeverCycle;
  served_at_ = at;
  accepted_in_cycle_ = accepted_cycle_ == at ? accepted_in_cycle_ + 1 : 1;
  accepted_cycle_ = at;
  last_bank_ = access.bank;
  ++incomplete_;
  const bool forwards = config_.controller.queue != QueueKind::bank;
  if (!access.write && forwards && queues_.list(access.bank, true).count > 0 && queues_.holds_write(access)) {
    ++forwarded_reads_;
    complete({.access = access, .age = 0, .arrival = due}, at + 1);  // served from the write queue
    return;
  }
  ++pending_[access.write];
  enqueue(access, at, due);
}

void ExactChannel::enqueue(const Access& access, Cycle at, Cycle due) {
  const std::int32_t index = queues_.take();
  RequestQueues::Slot& slot = queues_.slot(index);
  slot.access = access;
  slot.age = next_age_++;
  slot.arrival = due;
  slot.from = at + config_.controller.request_cycles;
  if (access.write && config_.controller.write_completion == WriteCompletion::accepted)
    complete(slot, at + 1);
  if (config_.controller.queue == QueueKind::two_stage) {
    front_[access.write].push_back(index);
    return;
  }
  ++waiting_[static_cast<std::size_t>(device_.sub_of(access.bank))][access.write];
  queues_.append(index, device_.bank(access.bank).row);
  if (by_age_) return;
  const RequestQueues::List& list = queues_.list(access.bank, access.write);
  if (list.hit == index) update_access(access.bank, access.write);
  // A hit matters to rows only where it may forbid a precharge.
  if (list.head == index || list.miss == index || (list.hit == index && list.miss != kNone))
    update_row(access.bank, access.write);
}

/// Patrol reads that fell due take entries of the queues like other reads, at most a queue full of them.
void ExactChannel::admit_patrol() {
  while (patrol_.due() <= now_ && patrols_queued_ < config_.controller.read_queue) {
    wake_up();
    const Access read = access_at(config_.organisation, patrol_.place(), false, kPatrolId);
    const Cycle due = patrol_.due();
    enqueue(read, now_, due);
    ++patrols_queued_;
    ++patrols_in_[static_cast<std::size_t>(device_.sub_of(read.bank))];
    if (!patrol_.advance()) continue;
    Access write = read;
    write.write = true;
    enqueue(write, now_, due);
  }
}

void ExactChannel::complete(const RequestQueues::Slot& slot, Cycle at) {
  if (slot.access.id == kPatrolId) return;
  last_completion_ = std::max(last_completion_, at);
  --incomplete_;
  if (config_.controller.outstanding > 0) in_flight_.push_back(at);
  if (completions_ != nullptr) completions_->push_back({slot.access.id, at});
  if (slot.access.write) return;
  const Cycle latency = at - slot.arrival;
  ++latency_.reads;
  latency_.sum += static_cast<double>(latency);
  latency_.least = std::min(latency_.least, latency);
  latency_.most = std::max(latency_.most, latency);
}

void ExactChannel::advance_refresh() {
  forget_all();
  refresh_.advance(now_, device_, [this](int bank) {
    return queues_.bank_size(bank) == 0 && owner_[static_cast<std::size_t>(bank)] == kNone &&
           act2_.bank != bank;
  });
  constexpr std::size_t kPostponed = 8;  // by bank or rank: JESD79-4 4.26, JESD209-4 4.13
  if (refresh_.pending().size() > kPostponed * static_cast<std::size_t>(device_.banks()))
    throw base::SimError(
        fmt::format("DRAM {}: {} refreshes are owed at cycle {} and more fall due than can be done; "
                    "lower refresh.rate or take refresh.policy all_bank",
                    config_.name, refresh_.pending().size(), now_));
}

Cycle ExactChannel::step(Cycle limit) {
  if (config_.controller.outstanding > 0)
    while (!in_flight_.empty() && in_flight_.front() <= now_) in_flight_.pop_front();
  for (;;) {
    admit_patrol();
    const Cycle until = patrol_.due() > now_ ? std::min(limit, patrol_.due()) : limit;
    const bool in_turn = config_.controller.arbitration == Arbitration::round_robin;
    const Cycle at = in_turn ? step_round_robin(until) : issue_cycle(until);
    if (at != kNeverCycle || until == limit) return at;
  }
}

Cycle ExactChannel::issue_cycle(Cycle limit) {
  for (;;) {
    watch_progress(limit);
    update_direction();
    const Pick& column = best_column();
    const Pick& row = best_row();
    const Pick& best = column < row ? column : row;
    const Cycle command_at = separate_ ? std::min(column.at, row.at) : best.at;
    const Cycle at = std::min(command_at, move_at());
    if (tend(std::min(at, limit))) continue;  // takes part in this cycle's decision
    if (at > limit) {
      go_to(std::max(now_, limit));
      done_with(now_);
      return kNeverCycle;
    }
    if (at == kNeverCycle) fail_starved();  // nor would anything happen later
    go_to(at);
    if (!separate_) {
      if (best.at == at) issue(best);
    } else {
      if (column.at == at) {
        issue(column);
        update_direction();
        best_row();  // refreshes `row`
      }
      if (row.at == at) issue(row);
    }
    done_with(now_);
    if (move_at() == at) move();
    return at;
  }
}

void ExactChannel::set_refresh_rate(double rate) {
  timing_ = resolve(config_, clock_hz_, rate);
  device_.set_timing(timing_);
  refresh_.set_timing(now_, timing_);
  rest_since_ = kNeverCycle;
}

CommandCounts ExactChannel::counts(Cycle now) const {
  CommandCounts all = counts_;
  const double cycle_s = 1.0 / clock_hz_;
  for (int sub = 0; sub < device_.subs(); ++sub)
    all.active_standby_s += static_cast<double>(device_.active_cycles(sub, now)) * cycle_s;
  all.power_down_s += static_cast<double>(slept(Sleep::power_down, now)) * cycle_s;
  all.self_refresh_s += static_cast<double>(slept(Sleep::self_refresh, now)) * cycle_s;
  all.row_hits = all.accesses() - std::min(all.accesses(), all.activates);
  all.bytes_read = all.reads * static_cast<std::uint64_t>(config_.organisation.access_bytes);
  all.bytes_written = all.writes * static_cast<std::uint64_t>(config_.organisation.access_bytes);
  return all;
}

}  // namespace kiln::dram
