// SPDX-License-Identifier: MIT
#include "dram/exact/admission.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::dram {

/// Accepted, and not complete yet as far as is known.
int Admission::inside() const {
  const int waiting = state_.queues.size(false) + state_.queues.size(true) + state_.activated.size();
  return static_cast<int>(state_.ledger.in_flight().size()) + waiting;
}

bool Admission::can_accept(const Access& access) const {
  const ControllerConfig& c = config();
  if (cycle_is_full() || window_is_full()) return false;
  const int depth = access.write ? c.write_queue : c.read_queue;
  switch (c.queue) {
    case QueueKind::shared:
      return state_.queues.size(access.write) < depth;
    case QueueKind::two_stage:
      return state_.front.size(access.write) < static_cast<std::size_t>(depth);
    case QueueKind::bank:
      return last_bank_ == kNone || state_.queues.bank_size(last_bank_) < c.bank_queue;
  }
  return false;
}

Cycle Admission::accept_again() const {
  const Cycle next = state_.buses.now() + 1;
  const auto& in_flight = state_.ledger.in_flight();
  if (cycle_is_full()) return next;
  return in_flight.empty() ? kNeverCycle : std::max(in_flight.front(), next);
}

std::uint64_t Admission::room(bool write) const {
  constexpr std::uint64_t kMany = std::uint64_t{1} << 40;  // more than a burst has accesses
  const ControllerConfig& c = config();
  const auto depth = static_cast<std::uint64_t>(write ? c.write_queue : c.read_queue);
  const auto banks = static_cast<std::uint64_t>(state_.device.banks());
  switch (c.queue) {
    case QueueKind::shared: {
      const std::uint64_t early = c.slot_release == SlotRelease::activate ? banks : 0;
      return depth - static_cast<std::uint64_t>(state_.queues.size(write)) + early;
    }
    case QueueKind::two_stage:
      return depth + static_cast<std::uint64_t>(c.bank_queue) * banks;
    case QueueKind::bank:
      return kMany;
  }
  return 0;
}

void Admission::enqueue(const Access& access, Cycle at, Cycle due) {
  const std::int32_t index = state_.queues.take();
  RequestQueues::Slot& slot = state_.queues.slot(index);
  slot.access = access;
  slot.age = next_age_++;
  slot.arrival = due;
  slot.from = at + config().request_cycles;
  if (access.write && config().write_completion == WriteCompletion::accepted)
    state_.ledger.complete(access, due, at + 1);
  if (config().queue == QueueKind::two_stage) return state_.front.push(index, access.write);
  state_.queues.append(index, state_.device.bank(access.bank).row);
  scheduler_.queued(index);
}

void Admission::accept(const Access& access, Cycle at, Cycle due) {
  const Cycle now = state_.buses.now();
  KILN_CHECK(at >= now, "request accepted at cycle {} after cycle {} was done", at, now);
  state_.buses.go_to(at);
  upkeep_.wake();
  upkeep_.disturb();
  accepted_in_cycle_ = accepted_cycle_ == at ? accepted_in_cycle_ + 1 : 1;
  accepted_cycle_ = at;
  last_bank_ = access.bank;
  state_.ledger.accepted(at);
  const bool forwards = config().queue != QueueKind::bank;
  if (!access.write && forwards && state_.queues.list(access.bank, true).count > 0 &&
      state_.queues.holds_write(access)) {
    state_.ledger.forwarded();
    // Served from the write queue: through the controller both ways, not to the memory.
    state_.ledger.complete(access, due, at + config().request_cycles + config().response_cycles);
    return;
  }
  state_.ledger.waits(access.write);
  enqueue(access, at, due);
}

void Admission::admit_patrols() {
  Patrol& patrol = state_.patrol;
  const Cycle now = state_.buses.now();
  while (patrol.due() <= now && state_.ledger.patrols() < config().read_queue) {
    upkeep_.wake();
    const Access read = access_at(state_.config.organisation, patrol.place(), false, kPatrolId);
    const Cycle due = patrol.due();
    enqueue(read, now, due);
    state_.ledger.patrol_waits();
    if (!patrol.advance()) continue;
    Access write = read;
    write.write = true;
    enqueue(write, now, due);
  }
}

}  // namespace kiln::dram
