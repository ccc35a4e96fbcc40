// SPDX-License-Identifier: MIT
// Where gradient checkpointing cuts the network (Chen et al.,
// "Training deep nets with sublinear memory cost", 2016).
#pragma once

#include <cstdint>
#include <vector>

#include "workload/network.h"
#include "workload/training_plan.h"

namespace kiln::workload {

/// A stretch of layers [first, end) whose forward pass is executed again before its backward pass.
struct Segment {
  int first = 0, end = 0;
  bool recompute = false;
};

/// A place in front of `layer` where exactly one value is alive and an error passes.
struct CutPoint {
  int layer = 0;
  std::int64_t elements = 0;  ///< of that value, per sample
};
std::vector<CutPoint> cut_points(const Network&, const TrainingPlan&);

/// `count` segments between cut points, of about equal saved size. Fewer when there are fewer cut points. The
/// last one is never recomputed, and stretches without a backward pass stay in front.
std::vector<Segment> split_into_segments(const Network&, const TrainingPlan&, int count);

/// A segment for each of the blocks that follow one another with as many parameters in the same places, as
/// `gradient_checkpointing` of the transformers library cuts; what is behind them stays. Throws ConfigError
/// for a network without any.
std::vector<Segment> split_into_blocks(const Network&, const TrainingPlan&);

/// Ways to split worth trying for the lowest peak: balanced ones of every size, and for a ladder of bounds on
/// a segment's saved size the cuts with the smallest checkpoints (dynamic programming over the cut points).
/// The first one recomputes nothing.
std::vector<std::vector<Segment>> candidate_splits(const Network&, const TrainingPlan&);

/// The layer whose tensor holds this value: flatten is a view.
int source_of(const Network&, int layer);

/// By layer + 1: values read by a segment other than the one that computes them.
std::vector<bool> checkpointed_values(const Network&, const std::vector<Segment>&);

}  // namespace kiln::workload
