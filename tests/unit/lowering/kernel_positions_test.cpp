// SPDX-License-Identifier: MIT
#include "lowering/cost/kernel_positions.h"

#include <rapidcheck.h>

#include <numeric>

#include "support/catch.h"

using namespace kiln;
using namespace kiln::lowering;

namespace {

std::int64_t macs_of(const std::vector<GemmShape>& products) {
  return std::accumulate(products.begin(), products.end(), std::int64_t{0},
                         [](std::int64_t sum, const GemmShape& one) { return sum + one.macs(); });
}

ArrayCost cost_of(const std::vector<GemmShape>& products, const ArrayShape& array, Dataflow dataflow) {
  ArrayCost cost = gemm_cost(products.front(), array, dataflow, CostLaw::pipelined);
  for (std::size_t i = 1; i < products.size(); ++i)
    append(cost, gemm_cost(products[i], array, dataflow, CostLaw::pipelined));
  return cost;
}

constexpr TrainingPhase kPhases[] = {TrainingPhase::forward, TrainingPhase::dgrad, TrainingPhase::wgrad};

}  // namespace

TEST_CASE("a tile of a convolution has the same work by kernel positions, wherever it is cut") {
  CHECK(rc::check("work", [] {
    const GemmShape gemm{*rc::gen::inRange<std::int64_t>(1, 400), *rc::gen::inRange<std::int64_t>(1, 400),
                         *rc::gen::inRange<std::int64_t>(1, 400), *rc::gen::inRange<std::int64_t>(1, 4)};
    const auto phase = *rc::gen::elementOf(std::vector(std::begin(kPhases), std::end(kPhases)));
    const auto channels = *rc::gen::inRange<std::int64_t>(1, 130);
    const std::vector<GemmShape> products = per_position(gemm, phase, channels);
    RC_ASSERT(macs_of(products) == gemm.macs());

    const ArrayShape array{32, 32};
    const ArrayCost cost = cost_of(products, array, Dataflow::output_stationary);
    RC_ASSERT(cost.macs == gemm.macs());
    RC_ASSERT(cost.utilization <= 1);
    // Each result is written for every product and, but for the first time, read before.
    const std::int64_t results = gemm.m * gemm.n * gemm.repeats;
    if (phase == TrainingPhase::forward) RC_ASSERT(cost.c_writes - cost.c_reads == results);
    if (phase == TrainingPhase::wgrad) RC_ASSERT(cost.c_reads == 0);
  }));
}

TEST_CASE("one kernel position is im2col's product") {
  const GemmShape pointwise{3136, 128, 64};
  for (const TrainingPhase phase : kPhases)
    CHECK(per_position(phase_gemm(pointwise, phase), phase, 64) == std::vector{phase_gemm(pointwise, phase)});
}

TEST_CASE(
    "few channels leave rows empty: a stem of 3 channels takes a product for each of its 49 positions") {
  const GemmShape stem{12544, 64, 147};
  const ArrayShape array{128, 128};
  const ArrayCost im2col = gemm_cost(stem, array, Dataflow::weight_stationary, CostLaw::pipelined);
  const ArrayCost by_position =
      cost_of(per_position(stem, TrainingPhase::forward, 3), array, Dataflow::weight_stationary);
  CHECK(im2col.folds == 2);
  CHECK(by_position.folds == 49);
  CHECK(by_position.cycles > 49 * 12544);
  CHECK(by_position.cycles < 49 * 12544 + 512);
  CHECK(by_position.a_reads == im2col.a_reads);
}
