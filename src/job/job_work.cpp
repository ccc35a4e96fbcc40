// SPDX-License-Identifier: MIT
#include "job/job_work.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace kiln::job {

namespace {

constexpr double kNothing_s = 1e-12;
constexpr int kMostIdleRounds = 1000;

}  // namespace

const char* name(Activity activity) {
  switch (activity) {
    case Activity::train:
      return "train";
    case Activity::validate:
      return "validate";
    case Activity::infer:
      return "infer";
    case Activity::storage:
      return "storage";
    case Activity::start:
      return "start";
    case Activity::wait:
      return "wait";
    case Activity::off:
      return "off";
  }
  return "?";
}

const run::Signature& JobWork::signature(StepKind kind) {
  const run::Signature*& known = signatures_[static_cast<std::size_t>(kind)];
  if (known == nullptr) known = &steps_.of(kind).at(point_).signature;
  return *known;
}

void JobWork::move_to(const sim::OperatingPoint& point, double stopped_s) {
  // Only work bound by the tiles waits for their clock.
  if (now_ && now_->turn.kind == Turn::Kind::step)
    stall_left_s_ += stopped_s * signature(now_->turn.step).busy_share_at(now_->progress.work());
  point_ = point;
  signatures_.fill(nullptr);
}

Activity JobWork::activity() const {
  if (!now_ || now_->turn.kind == Turn::Kind::wait) return Activity::wait;
  if (now_->turn.kind == Turn::Kind::store)
    return now_->turn.purpose == Turn::Purpose::start_up || now_->turn.purpose == Turn::Purpose::install
               ? Activity::start
               : Activity::storage;
  switch (now_->turn.step) {
    case StepKind::train:
    case StepKind::train_cached:
      return Activity::train;
    case StepKind::validate:
      return Activity::validate;
    case StepKind::infer:
      return Activity::infer;
  }
  return Activity::wait;
}

void JobWork::draw_storage(double joules) {
  storage_j_ += joules;
  books_.storage_j += joules;
}

void JobWork::end_turn() {
  now_.reset();
  if (!paused_ || agenda_.requests()->waiting()) return;
  now_ = paused_;
  paused_.reset();
}

/// The supply may have changed since: waits are asked for again, and no further training step begins.
void JobWork::reconsider() {
  if (!now_) return;
  if (now_->turn.kind == Turn::Kind::wait) now_.reset();
  if (!now_ || !now_->turn.may_be_interrupted() || agenda_.may_train()) return;
  if (now_->progress.work() == 0)
    now_.reset();
  else
    now_->turn.count = 1;
}

/// A request that may not wait for the end of the step takes the tiles.
void JobWork::interrupt_for_requests() {
  Requests* requests = agenda_.requests();
  if (requests == nullptr || requests->priority() != Priority::preempt) return;
  if (!now_ || !now_->turn.may_be_interrupted() || paused_) return;
  requests->arrive_until(now_s_);
  if (!requests->waiting()) return;
  paused_ = now_;
  now_.reset();
}

double JobWork::until_interruption_s() const {
  const Requests* requests = agenda_.requests();
  if (requests == nullptr || requests->priority() == Priority::last || !now_->turn.may_be_interrupted())
    return kNever_s;
  return std::max(0.0, requests->next_s() - now_s_);
}

double JobWork::wait(double left_s) {
  const double until_s = now_->turn.until_s - now_s_;
  if (until_s > left_s) return left_s;
  end_turn();
  return std::max(0.0, until_s);
}

double JobWork::use_storage(double left_s) {
  const double used_s = std::min(left_s, storage_left_s_);
  // Storage works in the begin, what more there is (booting) comes behind it.
  const double before_s = now_->turn.least_s - storage_left_s_;
  const double working_s = std::clamp(now_->turn.storage_s - before_s, 0.0, used_s);
  draw_storage(working_s * now_->turn.storage_w);
  storage_left_s_ -= used_s;
  if (storage_left_s_ > kNothing_s) return used_s;
  agenda_.stored(now_->turn, now_s_ + used_s);
  end_turn();
  return used_s;
}

void JobWork::finish_steps(std::int64_t count, double used_s) {
  Running& running = *now_;
  const Turn turn = running.turn;
  draw_storage(static_cast<double>(count) * turn.storage_s * turn.storage_w);
  running.progress.restart();
  running.turn.count -= count;
  // At a fixed rate the agenda says when the next one begins; a request, whether it is still wanted.
  const bool asks = running.turn.count == 0 || turn.least_s > signature(turn.step).duration_s() ||
                    until_interruption_s() <= used_s;
  agenda_.stepped(turn, count, now_s_ + used_s);
  if (asks) end_turn();
}

/// Whole steps that fit, up to the one in which a request comes.
std::int64_t JobWork::steps_at_once(double left_s, double duration_s) const {
  const Running& running = *now_;
  if (running.progress.work() != 0 || running.turn.least_s > duration_s || left_s < duration_s) return 0;
  double most = std::min(static_cast<double>(running.turn.count), std::floor(left_s / duration_s));
  const double until_s = until_interruption_s();
  if (until_s < kNever_s) {
    const bool preempts = agenda_.requests()->priority() == Priority::preempt;
    most = std::min(most, std::floor(until_s / duration_s) + (preempts ? 0 : 1));
  }
  return static_cast<std::int64_t>(most);
}

double JobWork::do_step(double left_s, device::Stretch& stretch, std::vector<double>& block_j) {
  Running& running = *now_;
  const run::Signature& step = signature(running.turn.step);
  if (running.progress.work() == 0) agenda_.begun(running.turn, now_s_);
  const std::int64_t count = steps_at_once(left_s, step.duration_s());
  if (count > 0) {
    const double used_s = run::StepProgress::whole(step, static_cast<double>(count), stretch, block_j);
    agenda_.begun(running.turn, now_s_ + used_s - step.duration_s());
    finish_steps(count, used_s);
    return used_s;
  }
  const Requests* requests = agenda_.requests();
  if (requests != nullptr && requests->priority() == Priority::preempt && !paused_)
    left_s = std::min(left_s, until_interruption_s());
  const double used_s = running.progress.advance(step, left_s, stretch, block_j);
  if (running.progress.done()) finish_steps(1, used_s);
  return used_s;
}

double JobWork::advance(double left_s, device::Stretch& stretch, std::vector<double>& block_j) {
  interrupt_for_requests();
  if (!now_) {
    now_ = Running{agenda_.next(now_s_), {}};
    storage_left_s_ = now_->turn.least_s;
  }
  const auto kind = static_cast<std::size_t>(now_->turn.step);
  const std::size_t spent_on = static_cast<std::size_t>(activity());
  double used_s = 0;
  if (now_->turn.kind == Turn::Kind::step &&
      stall_left_s_ > 0) {  // the clock stands still while its PLL locks
    used_s = std::min(left_s, stall_left_s_);
    stall_left_s_ -= used_s;
  } else if (now_->turn.kind == Turn::Kind::step) {
    const double before = std::accumulate(block_j.begin(), block_j.end(), 0.0), steps = stretch.steps;
    used_s = do_step(left_s, stretch, block_j);
    books_.dynamic_j[kind] += std::accumulate(block_j.begin(), block_j.end(), 0.0) - before;
    books_.steps[kind] += stretch.steps - steps;
  } else {
    used_s = now_->turn.kind == Turn::Kind::store ? use_storage(left_s) : wait(left_s);
  }
  books_.time_s[spent_on] += used_s;
  return used_s;
}

device::Stretch JobWork::pass(double dt_s, std::vector<double>& block_j) {
  device::Stretch stretch;
  stretch.dt_s = dt_s;
  storage_j_ = 0;
  off_ = false;
  reconsider();
  const double begin_s = now_s_, end_s = now_s_ + dt_s;
  int idle_rounds = 0;
  while (end_s - now_s_ > kNothing_s * (1 + end_s)) {
    const double used_s = advance(end_s - now_s_, stretch, block_j);
    now_s_ += used_s;
    idle_rounds = used_s > 0 ? 0 : idle_rounds + 1;
    KILN_CHECK(idle_rounds < kMostIdleRounds, "device time stands still at {} s, {} s of the period left",
               now_s_, end_s - now_s_);
  }
  now_s_ = begin_s + dt_s;
  hook_(storage_j_ / dt_s);
  stretch.utilization /= dt_s;
  if (now_ && now_->turn.kind == Turn::Kind::step) {
    const run::Signature& step = signature(now_->turn.step);
    stretch.phase = step.phase_at(now_->progress.work());
    stretch.queue_share = step.queue_share_at(now_->progress.work());
  }
  return stretch;
}

void JobWork::pass_off(double dt_s) {
  if (!off_) {
    const auto share_of = [](const std::optional<Running>& running) {
      return running && running->turn.trains() ? running->progress.work() : 0.0;
    };
    agenda_.lost_power(share_of(now_) + share_of(paused_));
    now_.reset();
    paused_.reset();
    stall_left_s_ = 0;
    off_ = true;
  }
  storage_j_ = 0;
  hook_(0);
  now_s_ += dt_s;
  agenda_.pass_off(now_s_);
  books_.time_s[static_cast<std::size_t>(Activity::off)] += dt_s;
}

}  // namespace kiln::job
