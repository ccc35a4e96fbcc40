// SPDX-License-Identifier: MIT
// A training step on numbers: the graph that is lowered to tiles and transfers, executed operation by
// operation on every worker's samples.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "learning/exchange.h"
#include "learning/optimizer.h"
#include "learning/step_context.h"

namespace kiln::learning {

/// What one step did.
struct StepResult {
  LossTotals loss;
  bool skipped = false;       ///< a gradient was not finite: the weights stayed
  double missed_updates = 0;  ///< by the weights that its gradients are of, a mean over the workers
};

class StepExecutor {
 public:
  /// Fills the samples of a micro-batch: the input, channels innermost, and what the outputs shall be.
  using Fill = std::function<void(int micro_batch, std::span<float> input, Targets& targets)>;

  /// `graph`, `exchange` and the networks (the graph's, and a teacher's behind it) must outlive it. Without
  /// an exchange gradients of several workers are summed as they are. Weights are 0 until somebody fills
  /// them.
  StepExecutor(const workload::StepGraph& graph, const std::vector<const workload::Network*>& networks,
               int workers, GradientExchange* exchange = nullptr);

  /// One step: all micro-batches, then the update. `number` counts from 0.
  StepResult step(std::int64_t number, const OptimizerSettings& settings, const Fill& fill);

  StepContext& context() { return context_; }
  const workload::StepGraph& graph() const { return context_.graph; }
  Tensors& tensors() { return context_.tensors; }
  /// Of the loss, where the training asks for scaling; gradients are divided by it in front of the codec.
  void set_loss_scale(double scale) { loss_scale_ = scale; }
  /// What it counts from step to step.
  template <class Archive>
  void archive(Archive& a) {
    a(updates_);
  }
  double loss_scale() const { return scales_loss_ ? loss_scale_ : 1; }

 private:
  void begin_step();
  void run(const workload::Op& op);
  void run_micro_batches(const Fill& fill);
  void run_zeroth_order(const Fill& fill);
  void show(int micro_batch, const Fill& fill);
  void run_on_workers(const workload::Op& op);
  void join_statistics(const workload::Op& op);
  void show_teacher();
  void check_overflow(const workload::Op& op);
  void compress(const workload::Op& op);
  void reduce(const workload::Op& op);
  void update(const workload::Op& op);
  void project(const workload::Op& op);
  void perturb(const workload::Op& op);

  StepContext context_;
  GradientExchange* exchange_;
  workload::TensorId input_ = workload::kNone;
  workload::TensorId teacher_input_ = workload::kNone;  ///< of a distillation
  double terms_per_sample_ = 1;                         ///< of the loss
  std::vector<workload::TensorId> sums_;                ///< gradients and losses that operations add to
  bool scales_loss_ = false;
  double loss_scale_ = 1;
  OptimizerSettings settings_;
  std::int64_t number_ = 0;
  std::int64_t updates_ = 0;  ///< steps that were not skipped
  bool overflow_ = false;
};

}  // namespace kiln::learning
