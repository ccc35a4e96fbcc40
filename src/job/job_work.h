// SPDX-License-Identifier: MIT
// Plays the agenda's turns with the signatures of their steps, control period by control period.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <utility>

#include "job/agenda.h"
#include "run/work.h"

namespace kiln::job {

/// What the time of a job goes into.
enum class Activity { train, validate, infer, storage, start, wait, off };
inline constexpr int kActivities = 7;
const char* name(Activity activity);

class JobWork : public run::Work {
 public:
  /// Told behind every pass what storage drew in it, in W.
  using StorageHook = std::function<void(double storage_w)>;
  /// All must outlive it.
  JobWork(Agenda& agenda, JobSteps& steps, StorageHook hook)
      : agenda_(agenda), steps_(steps), hook_(std::move(hook)) {}

  device::Stretch pass(double dt_s, std::vector<double>& block_j) override;
  void pass_off(double dt_s) override;
  void move_to(const sim::OperatingPoint& point, double stopped_s) override;

  double now_s() const { return now_s_; }
  /// Not in a wait, nor about to go on.
  bool busy() const { return paused_ || (now_ && now_->turn.kind != Turn::Kind::wait); }
  /// Drawn by storage in the last pass, in J.
  double storage_j() const { return storage_j_; }

  struct Books {
    std::array<double, kActivities> time_s{};
    std::array<double, kStepKinds> dynamic_j{};
    std::array<double, kStepKinds> steps{};  ///< done, in fractions
    double storage_j = 0;
  };
  const Books& books() const { return books_; }

 private:
  struct Running {
    Turn turn;
    run::StepProgress progress;
  };
  double advance(double left_s, device::Stretch& stretch, std::vector<double>& block_j);
  double wait(double left_s);
  double use_storage(double left_s);
  double do_step(double left_s, device::Stretch& stretch, std::vector<double>& block_j);
  void finish_steps(std::int64_t count, double used_s);
  void interrupt_for_requests();
  void end_turn();
  void reconsider();
  double until_interruption_s() const;
  std::int64_t steps_at_once(double left_s, double duration_s) const;
  const run::Signature& signature(StepKind kind);
  void draw_storage(double joules);
  Activity activity() const;

  Agenda& agenda_;
  JobSteps& steps_;
  StorageHook hook_;
  sim::OperatingPoint point_;
  std::array<const run::Signature*, kStepKinds> signatures_{};  ///< of the point, as far as met
  std::optional<Running> now_, paused_;
  double stall_left_s_ = 0;
  double storage_left_s_ = 0;  ///< of a turn of storage
  double now_s_ = 0, storage_j_ = 0;
  bool off_ = false;
  Books books_;
};

}  // namespace kiln::job
