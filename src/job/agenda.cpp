// SPDX-License-Identifier: MIT
#include "job/agenda.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::job {

namespace {

std::int64_t steps_for(std::int64_t samples, double per_step) {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(samples) / per_step - 1e-9));
}

}  // namespace

Plan plan_of(const JobConfig& job, const JobSteps& steps) {
  Plan plan;
  if (job.data.epochs == 0) return plan;
  const double per_step = steps.samples(StepKind::train);
  plan.epochs = job.data.epochs;
  plan.steps_per_epoch = steps_for(job.data.samples, per_step);
  if (job.data.validation.samples > 0)
    plan.validation_steps = steps_for(job.data.validation.samples, steps.samples(StepKind::validate));
  if (const auto& rate = job.experiment.run.rate_samples_per_s) plan.rate_interval_s = per_step / *rate;
  plan.feature_bytes_per_step = steps.feature_bytes() * per_step;
  plan.final_bytes = steps.parameter_bytes();
  plan.checkpoint_bytes =
      steps.parameter_bytes() + (job.checkpoints.optimizer_state ? steps.optimizer_bytes() : 0);
  return plan;
}

Agenda::Agenda(const JobConfig& job, const Plan& plan)
    : job_(job), plan_(plan), updates_(job.updates, job.storage) {
  if (job.requests) requests_.emplace(*job.requests, job.experiment.run.seed);
  last_kept_ = !job.checkpoints.at_end;
  if (plan.epochs == 0) finished_s_ = 0;
}

Turn Agenda::store(Turn::Purpose purpose, double bytes, bool write, double more_s) const {
  Turn turn;
  turn.kind = Turn::Kind::store;
  turn.purpose = purpose;
  const StorageConfig& storage = job_.storage;
  turn.storage_s = bytes / (write ? storage.write_bytes_per_s : storage.read_bytes_per_s);
  turn.storage_w = write ? storage.write_w : storage.read_w;
  turn.least_s = turn.storage_s + more_s;
  return turn;
}

bool Agenda::checkpoint_due(double now_s) const {
  if (done_ == kept_ || done_ == plan_.steps()) return false;  // the last one is of its own
  const CheckpointConfig& when = job_.checkpoints;
  return (when.every_steps && done_ - kept_ >= *when.every_steps) ||
         (when.every_s && now_s - kept_s_ >= *when.every_s);
}

bool Agenda::validation_due() const {
  if (plan_.validation_steps == 0 || done_ == judged_) return false;
  const std::int64_t every = job_.data.validation.every_steps.value_or(plan_.steps_per_epoch);
  return done_ % every == 0;
}

Turn Agenda::training_steps() const {
  Turn turn;
  turn.kind = Turn::Kind::step;
  const std::int64_t in_epoch = done_ % plan_.steps_per_epoch;
  turn.count = plan_.steps_per_epoch - in_epoch;
  const auto stop_at_next = [&](const std::optional<std::int64_t>& every, std::int64_t from) {
    if (every) turn.count = std::min(turn.count, *every - (done_ - from) % *every);
  };
  stop_at_next(job_.checkpoints.every_steps, kept_);
  if (plan_.validation_steps > 0) stop_at_next(job_.data.validation.every_steps, 0);
  turn.least_s = plan_.rate_interval_s;
  if (job_.checkpoints.every_s) turn.count = 1;  // a clock asks between any two steps
  if (plan_.feature_bytes_per_step == 0) return turn;
  const bool writes = done_ < plan_.steps_per_epoch;
  if (!writes) turn.step = StepKind::train_cached;
  const StorageConfig& storage = job_.storage;
  turn.storage_s =
      plan_.feature_bytes_per_step / (writes ? storage.write_bytes_per_s : storage.read_bytes_per_s);
  turn.storage_w = writes ? storage.write_w : storage.read_w;
  turn.least_s = std::max(turn.least_s, turn.storage_s);
  return turn;
}

/// Training had to stop, and what it learnt is not kept yet.
bool Agenda::must_keep() const {
  return job_.checkpoints.at_reserve && !may_train_ && !finished_s_ && !all_kept();
}

/// An image that came in: what was learnt is kept, the image is read for its signature (and written, with a
/// single slot), then the device starts anew.
std::optional<Turn> Agenda::update() {
  if (!updates_.ready()) return std::nullopt;
  if (!all_kept()) return store(Turn::Purpose::checkpoint, plan_.checkpoint_bytes, true);
  Turn turn = store(Turn::Purpose::install, updates_.install_write_bytes(), true);
  const double reading_s = updates_.install_read_bytes() / job_.storage.read_bytes_per_s;
  const double joules = turn.storage_s * turn.storage_w + reading_s * job_.storage.read_w;
  turn.storage_s += reading_s;
  turn.storage_w = joules / turn.storage_s;
  turn.least_s = turn.storage_s;
  return turn;
}

/// What training asks for next; nothing when it is done or may not run.
std::optional<Turn> Agenda::training(double now_s) {
  if (must_keep()) return store(Turn::Purpose::checkpoint, plan_.checkpoint_bytes, true);
  if (finished_s_ || !may_train_) return std::nullopt;
  if (validation_left_ == 0 && validation_due()) validation_left_ = plan_.validation_steps;
  if (validation_left_ > 0) {
    Turn turn;
    turn.kind = Turn::Kind::step;
    turn.step = StepKind::validate;
    turn.count = validation_left_;
    return turn;
  }
  if (checkpoint_due(now_s)) return store(Turn::Purpose::checkpoint, plan_.checkpoint_bytes, true);
  if (done_ < plan_.steps()) {
    if (now_s < next_training_s_) {
      Turn wait;
      wait.until_s = next_training_s_;
      return wait;
    }
    return training_steps();
  }
  return store(Turn::Purpose::last_checkpoint, plan_.final_bytes, true);
}

Turn Agenda::next(double now_s) {
  if (starting_)
    return store(Turn::Purpose::start_up, kept_ > 0 ? plan_.checkpoint_bytes : 0, false,
                 job_.supply.start_up_s);
  if (const std::optional<Turn> own = update()) return *own;
  if (requests_) requests_->arrive_until(now_s);
  Turn answer;
  answer.kind = Turn::Kind::step;
  answer.step = StepKind::infer;
  const bool waiting = requests_ && requests_->waiting();
  if (waiting && requests_->priority() != Priority::last) return answer;
  const std::optional<Turn> own = training(now_s);
  if (own && own->kind != Turn::Kind::wait) return *own;
  if (waiting) return answer;
  Turn wait = own.value_or(Turn{});
  if (requests_) wait.until_s = std::min(wait.until_s, requests_->next_s());
  return wait;
}

double Agenda::idle_until_s(double now_s) const {
  const bool busy = starting_ || updates_.ready() || must_keep() || (requests_ && requests_->waiting()) ||
                    (!finished_s_ && may_train_ && now_s >= next_training_s_);
  if (busy) return now_s;
  double until_s = requests_ ? requests_->next_s() : kNever_s;
  if (!finished_s_ && may_train_) until_s = std::min(until_s, next_training_s_);
  return until_s;
}

void Agenda::begun(const Turn& turn, double now_s) {
  if (turn.trains()) next_training_s_ = now_s + turn.least_s;
}

void Agenda::close_epoch(double now_s) {
  if (done_ / plan_.steps_per_epoch <= closed_ || validation_due() || validation_left_ > 0) return;
  epochs_.push_back({++closed_, now_s, books_.trained + books_.trained_cached});
}

void Agenda::note_finished(double now_s) {
  if (!finished_s_ && done_ == plan_.steps() && closed_ == plan_.epochs && last_kept_) finished_s_ = now_s;
}

void Agenda::stepped(const Turn& turn, std::int64_t count, double now_s) {
  switch (turn.step) {
    case StepKind::train:
    case StepKind::train_cached:
      done_ += count;
      (turn.step == StepKind::train ? books_.trained : books_.trained_cached) += count;
      if (plan_.feature_bytes_per_step > 0)
        (turn.step == StepKind::train ? books_.written_bytes : books_.read_bytes) +=
            static_cast<double>(count) * plan_.feature_bytes_per_step;
      break;
    case StepKind::validate:
      validation_left_ -= count;
      books_.validated += count;
      if (validation_left_ == 0) {
        judged_ = done_;
        ++books_.validations;
      }
      break;
    case StepKind::infer:
      for (std::int64_t i = 0; i < count; ++i) requests_->answered(now_s);
      books_.answered += count;
      return;
  }
  close_epoch(now_s);
  note_finished(now_s);
}

void Agenda::stored(const Turn& turn, double now_s) {
  switch (turn.purpose) {
    case Turn::Purpose::none:
      break;
    case Turn::Purpose::checkpoint:
      kept_ = done_;
      kept_s_ = now_s;
      ++books_.checkpoints;
      books_.written_bytes += plan_.checkpoint_bytes;
      break;
    case Turn::Purpose::install:
      books_.read_bytes += updates_.install_read_bytes();
      updates_.installed();
      starting_ = true;
      break;
    case Turn::Purpose::last_checkpoint:
      kept_ = done_;
      last_kept_ = true;
      books_.written_bytes += plan_.final_bytes;
      note_finished(now_s);
      break;
    case Turn::Purpose::start_up:
      starting_ = false;
      kept_s_ = now_s;
      if (requests_) requests_->lost_until(now_s);  // nobody was there yet
      ++books_.starts;
      if (kept_ > 0) books_.read_bytes += plan_.checkpoint_bytes;
      break;
  }
}

void Agenda::lost_power(double share_of_step) {
  if (starting_) return;
  starting_ = true;
  if (finished_s_) return;
  books_.lost += static_cast<double>(done_ - kept_) + share_of_step;
  done_ = kept_;
  judged_ = std::min(judged_, done_);
  validation_left_ = 0;
  if (plan_.steps_per_epoch > 0) closed_ = std::min(closed_, done_ / plan_.steps_per_epoch);
}

void Agenda::pass_off(double now_s) {
  if (requests_) requests_->lost_until(now_s);
}

}  // namespace kiln::job
