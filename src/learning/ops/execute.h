// SPDX-License-Identifier: MIT
// Every operation of a step on numbers: forward as it is, or the derivative that the action names.
#pragma once

#include "learning/op_run.h"

namespace kiln::learning {

struct Action {
  workload::Derivative derivative = workload::Derivative::none;
  bool first = false;  ///< of the operation: it takes operands, later ones what was handed on
};

void execute(const workload::Convolution&, const Action&, OpRun&);
void execute(const workload::TransposedConvolution&, const Action&, OpRun&);
void execute(const workload::Dense&, const Action&, OpRun&);
void execute(const workload::ExpertProduct&, const Action&, OpRun&);
void execute(const workload::MatrixProduct&, const Action&, OpRun&);
void execute(const workload::TiledAttention&, const Action&, OpRun&);
void execute(const workload::HeadProduct&, const Action&, OpRun&);
void execute(const workload::RecurrentInput&, const Action&, OpRun&);
void execute(const workload::RecurrentStep&, const Action&, OpRun&);
void execute(const workload::TopK&, const Action&, OpRun&);
void execute(const workload::Dispatch&, const Action&, OpRun&);
void execute(const workload::CombineExperts&, const Action&, OpRun&);
void execute(const workload::LookUp&, const Action&, OpRun&);
void execute(const workload::AddPositions&, const Action&, OpRun&);
void execute(const workload::Rotate&, const Action&, OpRun&);
void execute(const workload::Pool&, const Action&, OpRun&);
void execute(const workload::ReduceMean&, const Action&, OpRun&);
void execute(const workload::Combine&, const Action&, OpRun&);
void execute(const workload::Activate&, const Action&, OpRun&);
void execute(const workload::Normalise&, const Action&, OpRun&);
void execute(const workload::BatchStatistics&, const Action&, OpRun&);
void execute(const workload::ScaleShift&, const Action&, OpRun&);
void execute(const workload::Softmax&, const Action&, OpRun&);
void execute(const workload::Concatenate&, const Action&, OpRun&);
void execute(const workload::Split&, const Action&, OpRun&);
void execute(const workload::Slice&, const Action&, OpRun&);
void execute(const workload::Pad&, const Action&, OpRun&);
void execute(const workload::Resize&, const Action&, OpRun&);
void execute(const workload::Transpose&, const Action&, OpRun&);
void execute(const workload::Reshape&, const Action&, OpRun&);
void execute(const workload::AddBias&, const Action&, OpRun&);
void execute(const workload::SumError&, const Action&, OpRun&);
void execute(const workload::RepeatError&, const Action&, OpRun&);
void execute(const workload::Accumulate&, const Action&, OpRun&);
void execute(const workload::FakeQuantise&, const Action&, OpRun&);
void execute(const workload::Loss&, const Action&, OpRun&);

/// Gradients of scale and shift of a batch norm, which were summed on the way, join the layer's.
void take_sums(OpRun&);

}  // namespace kiln::learning
