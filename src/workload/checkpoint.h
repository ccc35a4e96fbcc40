// SPDX-License-Identifier: MIT
// Where gradient checkpointing cuts the network (Chen et al., "Training deep nets with sublinear memory cost", 2016).
#pragma once

#include <vector>

#include "workload/network.h"
#include "workload/training_plan.h"

namespace kiln::workload {

/// A stretch of layers [first, end) whose forward pass is executed again before its backward pass.
struct Segment {
  int first = 0, end = 0;
  bool recompute = false;
};

/// Layers in front of which exactly one value is alive and an error passes: the places where a cut is cheap.
std::vector<int> cut_points(const Network&, const TrainingPlan&);

/// `count` segments between cut points, of about equal saved size. Fewer when there are fewer cut points. The last
/// one is never recomputed, and stretches without a backward pass stay in front.
std::vector<Segment> split_into_segments(const Network&, const TrainingPlan&, int count);

/// The layer whose tensor holds this value: flatten is a view.
int source_of(const Network&, int layer);

/// By layer + 1: values read by a segment other than the one that computes them.
std::vector<bool> checkpointed_values(const Network&, const std::vector<Segment>&);

}  // namespace kiln::workload
