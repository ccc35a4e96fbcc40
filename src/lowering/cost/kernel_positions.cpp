// SPDX-License-Identifier: MIT
#include "lowering/cost/kernel_positions.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::lowering {
namespace {

/// Where the kernel positions of an im2col product lie.
std::int64_t GemmShape::*axis_of(TrainingPhase phase) {
  switch (phase) {
    case TrainingPhase::forward:
      return &GemmShape::k;
    case TrainingPhase::dgrad:
      return &GemmShape::n;
    case TrainingPhase::wgrad:
      return &GemmShape::m;
  }
  throw base::SimError("cost: not a phase with a convolution");
}

double mean(double a, double weight_a, double b, double weight_b) {
  return (a * weight_a + b * weight_b) / (weight_a + weight_b);
}

}  // namespace

std::vector<GemmShape> per_position(const GemmShape& gemm, TrainingPhase phase, std::int64_t channels) {
  KILN_CHECK(channels > 0, "a kernel position of {} channels", channels);
  const auto axis = axis_of(phase);
  // Each position's weights have a gradient of their own.
  const bool adds_up = phase != TrainingPhase::wgrad;
  const std::int64_t positions = gemm.*axis / channels, rest = gemm.*axis % channels;
  std::vector<GemmShape> products;
  if (positions > 0) {
    GemmShape whole = gemm;
    whole.*axis = channels;
    whole.repeats *= positions;
    if (adds_up) whole.added += whole.repeats - gemm.repeats;
    products.push_back(whole);
  }
  if (rest > 0) {
    GemmShape part = gemm;
    part.*axis = rest;
    if (adds_up && positions > 0) part.added = part.repeats;
    products.push_back(part);
  }
  return products;
}

void append(ArrayCost& cost, const ArrayCost& next) {
  cost.mapping_efficiency = mean(cost.mapping_efficiency, static_cast<double>(cost.folds),
                                 next.mapping_efficiency, static_cast<double>(next.folds));
  cost.utilization = mean(cost.utilization, static_cast<double>(cost.cycles), next.utilization,
                          static_cast<double>(next.cycles));
  cost.cycles += next.cycles;
  cost.folds += next.folds;
  cost.macs += next.macs;
  cost.a_reads += next.a_reads;
  cost.b_reads += next.b_reads;
  cost.c_writes += next.c_writes;
  cost.c_reads += next.c_reads;
  cost.held_sums = std::max(cost.held_sums, next.held_sums);
}

}  // namespace kiln::lowering
