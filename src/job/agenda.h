// SPDX-License-Identifier: MIT
// What the device of a job does next: training, judging, checkpoints, answers, waiting. It knows the plan and
// how far it got; how long things take it is told.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "job/job_config.h"
#include "job/requests.h"
#include "job/steps.h"
#include "job/supply.h"
#include "job/updates.h"

namespace kiln::job {

/// Sizes of a job, in steps and bytes.
struct Plan {
  std::int64_t steps_per_epoch = 0, epochs = 0;
  std::int64_t validation_steps = 0;  ///< of one validation
  double rate_interval_s = 0;         ///< from training step to training step; 0: back to back
  double feature_bytes_per_step = 0;  ///< written in the first epoch, read in later ones
  double checkpoint_bytes = 0, final_bytes = 0;

  std::int64_t steps() const { return steps_per_epoch * epochs; }
};
Plan plan_of(const JobConfig& job, const JobSteps& steps);

/// One thing to do.
struct Turn {
  enum class Kind { step, store, wait };
  Kind kind = Kind::wait;
  StepKind step = StepKind::train;
  std::int64_t count = 1;  ///< of whole steps, before the agenda is asked again
  double least_s = 0;      ///< from the begin of a step to that of the next one
  double storage_s = 0;    ///< that storage is at work: for each step, or in all
  double storage_w = 0;
  double until_s = kNever_s;  ///< of a wait
  enum class Purpose { none, checkpoint, last_checkpoint, install, start_up } purpose = Purpose::none;

  bool trains() const {
    return kind == Kind::step && (step == StepKind::train || step == StepKind::train_cached);
  }
  bool may_be_interrupted() const { return kind == Kind::step && step != StepKind::infer; }
};

/// The end of an epoch. One that is trained again after a loss is closed again.
struct EpochEnd {
  std::int64_t epoch = 0;  ///< from 1
  double time_s = 0;
  std::int64_t trained = 0;  ///< steps made until then, lost ones too
};

class Agenda {
 public:
  Agenda(const JobConfig& job, const Plan& plan);

  Turn next(double now_s);
  /// Whether training may use the supply now.
  void allow_training(bool allowed) { may_train_ = allowed; }
  bool may_train() const { return may_train_; }
  /// A step of a turn begins.
  void begun(const Turn& turn, double now_s);
  /// Steps of a turn are done.
  void stepped(const Turn& turn, std::int64_t count, double now_s);
  void stored(const Turn& turn, double now_s);
  /// Power is gone: what was learnt since the last checkpoint is lost, with the share of a step under way.
  void lost_power(double share_of_step);
  /// Power has been gone until now.
  void pass_off(double now_s);

  /// Power has been there for so long: what comes in over the air comes in.
  void receive(double now_s, double dt_s) { updates_.receive(now_s, dt_s); }
  const Updates& updates() const { return updates_; }
  /// Nothing would be lost if the device were switched off: all that was learnt is kept.
  bool all_kept() const { return done_ == kept_ || plan_.epochs == 0; }

  /// Until when a device that waits now has nothing to do.
  double idle_until_s(double now_s) const;
  Requests* requests() { return requests_ ? &*requests_ : nullptr; }
  const Requests* requests() const { return requests_ ? &*requests_ : nullptr; }

  const Plan& plan() const { return plan_; }
  std::int64_t done() const { return done_; }
  bool finished() const { return finished_s_.has_value(); }
  std::optional<double> finished_s() const { return finished_s_; }
  const std::vector<EpochEnd>& epochs() const { return epochs_; }

  struct Books {
    std::int64_t trained = 0, trained_cached = 0, validated = 0, answered = 0;  ///< steps
    double lost = 0;                                                            ///< steps, in fractions
    std::int64_t checkpoints = 0, validations = 0, starts = 0;
    double written_bytes = 0, read_bytes = 0;
  };
  const Books& books() const { return books_; }

 private:
  std::optional<Turn> training(double now_s);
  std::optional<Turn> update();
  bool must_keep() const;
  Turn training_steps() const;
  Turn store(Turn::Purpose purpose, double bytes, bool write, double more_s = 0) const;
  bool checkpoint_due(double now_s) const;
  bool validation_due() const;
  void close_epoch(double now_s);
  void note_finished(double now_s);

  const JobConfig& job_;
  Plan plan_;
  std::optional<Requests> requests_;
  Updates updates_;
  std::int64_t done_ = 0;    ///< training steps that count
  std::int64_t kept_ = 0;    ///< of them, in the last checkpoint
  double kept_s_ = 0;        ///< when that was
  std::int64_t judged_ = 0;  ///< training steps at the last validation
  std::int64_t validation_left_ = 0;
  std::int64_t closed_ = 0;     ///< epochs
  double next_training_s_ = 0;  ///< at a fixed rate
  bool may_train_ = true, starting_ = false, last_kept_ = false;
  std::optional<double> finished_s_;
  std::vector<EpochEnd> epochs_;
  Books books_;
};

}  // namespace kiln::job
