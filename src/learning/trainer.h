// SPDX-License-Identifier: MIT
// A training from its first weights on, an epoch at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/watch.h"
#include "learning/faults/recovery.h"
#include "learning/judge.h"
#include "learning/learning_config.h"
#include "learning/model.h"
#include "learning/weight_mask.h"

namespace kiln::learning {

/// What the device makes of an epoch.
struct Conditions {
  double rate_factor = 1;  ///< of the learning rate, by the governor
  FailingCells failing;
};

struct EpochResult {
  std::int32_t epoch = 0;  ///< from 1
  std::int64_t steps = 0, skipped = 0;
  double loss = 0, test_loss = 0, train_accuracy = 0, test_accuracy = 0;
  double learning_rate = 0, loss_scale = 1;
  std::int64_t sent_bits = 0, sent_elements = 0, kept_elements = 0;
  double saturated = 0, flushed = 0;  ///< shares of the errors
  std::int64_t wrong_bits = 0, corrected_bits = 0, spoilt_words = 0, guarded_values = 0;
  double missed_updates = 0;  ///< by the weights of the gradients, all steps together, a mean over workers
  std::int64_t spoilt_steps = 0;  ///< with a word or message found wrong or a loss that is no number
  LinkCounts links;               ///< what they did to gradients
  std::int64_t good_samples = 0;  ///< of steps that were neither skipped, spoilt nor rolled back
  RecoveryCounts recovery;
  double density() const {
    return sent_elements == 0 ? 1 : static_cast<double>(kept_elements) / static_cast<double>(sent_elements);
  }
};

/// All that a training depends on besides its conditions.
struct TrainingSetup {
  workload::Network network;
  workload::TrainingConfig training;
  LearningConfig learning;
  std::vector<compression::Codec> codecs;  ///< by layer; empty: gradients as they are
  int workers = 1;
  MemoryLayout layout;                  ///< without tensors: one behind another, in SRAM
  WordCode dram_code;                   ///< what the memory has against wrong bits
  std::optional<TeacherModel> teacher;  ///< of a training that is a distillation
  std::optional<FirstValues> first;     ///< what it begins with; what it does not tell is random
};

class Trainer {
 public:
  /// `setup` and `data` must outlive it.
  Trainer(const TrainingSetup& setup, const TrainAndTest& data, std::uint64_t seed);

  std::int64_t steps_per_epoch() const { return steps_per_epoch_; }
  int epochs_done() const { return epoch_; }
  EpochResult epoch(const Conditions& conditions, const base::Watch& watch = {});
  /// So many steps of the first epoch, for what they send; the training is spent by it.
  void probe(std::int64_t steps);
  const GradientExchange& exchange() const { return exchange_; }
  const workload::StepGraph& graph() const { return graph_; }

  /// Goes on from what another training has learnt: takes the weights and norms of layers that have the same
  /// shapes and returns how many weights it took. Others begin anew. With pruning, the smallest of these
  /// weights are held at zero instead of the smallest first ones.
  std::int64_t begin_from(const Model& model);
  /// Weights held at zero from the first step on, with `training.pruning`.
  const std::optional<WeightMask>& mask() const { return mask_; }
  /// What it has learnt so far, as other trainings take it.
  Model model();
  /// On the test samples, as it is now.
  LossTotals judge();

  /// Everything that an epoch depends on, for a training of the same setup and seed.
  std::string save();
  /// Throws SimError for what `save` of another setup left.
  void load(std::string_view bytes);

 private:
  StepResult step(const Batches& batches, std::int64_t number, const OptimizerSettings& settings);
  void scale_loss(const StepResult& result);
  double learning_rate() const;
  OptimizerSettings optimizer_settings(double rate_factor) const;
  void set_faults(const FailingCells& failing);
  void set_links(const LinkFaultsConfig& links, double guard);
  bool is_spoilt(const StepResult& result) const;
  /// Behind a step: counts it, keeps a checkpoint when it is time, goes back to the last one.
  void follow_up(const StepResult& result, EpochResult& epoch);
  void restore(std::string_view learnt);
  void take_first(const FirstValues& first);
  void settle_weights();
  void prune();
  void store_weights();
  void take_teacher();
  template <class Archive>
  void archive(Archive& a);
  /// What training changes, step by step; going back restores it.
  template <class Archive>
  void archive_learnt(Archive& a);
  std::string learnt();
  void touch_all();

  const TrainingSetup& setup_;
  const TrainAndTest& data_;
  std::uint64_t seed_;
  workload::StepGraph graph_;
  GradientExchange exchange_;
  StepExecutor executor_;
  StoredValues memory_;
  RunningNorms norms_;
  Judge judge_;
  std::unique_ptr<MemoryCells> cells_;  ///< empty: none fails
  LinkCounts step_links_;               ///< of this step
  std::optional<Recovery> recovery_;    ///< empty: goes on, whatever happens
  std::optional<WeightMask> mask_;
  std::optional<WeightHistory> history_;  ///< empty: gradients are of today's weights
  std::int64_t steps_per_epoch_ = 1;
  std::int32_t epoch_ = 0;
  std::int64_t step_ = 0, good_steps_ = 0;
  std::int64_t good_samples_ = 0;  ///< that are in the weights
  double loss_scale_ = 1;
};

}  // namespace kiln::learning
