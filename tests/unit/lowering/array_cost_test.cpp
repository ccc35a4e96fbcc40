// SPDX-License-Identifier: MIT
#include "lowering/cost/array_cost.h"

#include <rapidcheck.h>

#include "base/error.h"
#include "lowering/cost/buffer_traffic.h"
#include "lowering/cost/convolution_shape.h"
#include "lowering/cost/depthwise_cost.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::lowering;
using Catch::Matchers::WithinRel;

namespace {

constexpr Dataflow kDataflows[] = {Dataflow::output_stationary, Dataflow::weight_stationary,
                                   Dataflow::input_stationary};

GemmShape any_gemm() {
  return {*rc::gen::inRange<std::int64_t>(1, 600), *rc::gen::inRange<std::int64_t>(1, 600),
          *rc::gen::inRange<std::int64_t>(1, 600), *rc::gen::inRange<std::int64_t>(1, 4)};
}

ArrayShape any_array() {
  ArrayShape array;
  array.rows = *rc::gen::inRange(1, 130);
  array.columns = *rc::gen::inRange(1, 130);
  array.macs_per_pe_per_cycle = *rc::gen::element(0.25, 0.5, 1.0, 2.0, 4.0);
  return array;
}

}  // namespace

TEST_CASE("A GEMM that fills the array once costs load, stream and skew") {
  const ArrayShape array{32, 32};
  const GemmShape gemm{100, 32, 32};
  const ArrayCost weight = gemm_cost(gemm, array, Dataflow::weight_stationary, CostLaw::strict);
  CHECK(weight.cycles == 2 * 32 + 32 + 100 - 2);
  CHECK(weight.folds == 1);
  CHECK(weight.mapping_efficiency == 1.0);
  CHECK(weight.c_reads == 0);
  const ArrayCost output = gemm_cost({32, 32, 100}, array, Dataflow::output_stationary, CostLaw::strict);
  CHECK(output.cycles == 32 + 32 + 100 - 2);
  CHECK(gemm_cost({32, 100, 32}, array, Dataflow::input_stationary, CostLaw::strict).cycles == weight.cycles);
}

TEST_CASE("Pipelining hides every weight load but the first") {
  const ArrayShape array{128, 128};
  const ArrayCost cost = gemm_cost({512, 512, 512}, array, Dataflow::weight_stationary, CostLaw::pipelined);
  CHECK(cost.cycles == 16 * 512 + (2 * 128 - 1) + (128 + 128 - 2));
  CHECK(cost.c_writes == 4 * 512 * 512);
  CHECK(cost.c_reads == 3 * 512 * 512);
}

TEST_CASE("The edge-aware skew pays for the rows and columns an edge fold uses") {
  ArrayShape array{32, 32};
  const GemmShape gemm{4, 8, 40};  // second row fold uses 8 rows, 8 columns
  const auto aware = gemm_cost(gemm, array, Dataflow::weight_stationary, CostLaw::pipelined).cycles;
  array.edge_aware_skew = false;
  const auto blind = gemm_cost(gemm, array, Dataflow::weight_stationary, CostLaw::pipelined).cycles;
  CHECK(aware == 32 + 8 + 63 + 8 + 8 - 2);
  CHECK(blind == 2 * 32 + 63 + 32 + 32 - 2);
}

TEST_CASE("Packed lanes shorten the dot product and slow multipliers lengthen the stream") {
  ArrayShape array{16, 16};
  array.macs_per_pe_per_cycle = 4;
  const ArrayCost int4 = gemm_cost({64, 16, 64}, array, Dataflow::weight_stationary, CostLaw::strict);
  CHECK(int4.folds == 1);
  CHECK(int4.cycles == 2 * 16 + 16 + 64 - 2);
  array.macs_per_pe_per_cycle = 0.25;
  const ArrayCost fp32 = gemm_cost({64, 16, 16}, array, Dataflow::weight_stationary, CostLaw::strict);
  CHECK(fp32.cycles == 2 * 16 + 16 + 256 - 2);
  CHECK(int4.macs == 4 * fp32.macs);
}

TEST_CASE("No law beats the peak of the array, and hiding loads never costs a whole load") {
  CHECK(rc::check("cycles are bounded by the peak and by the strict law", [] {
    const GemmShape gemm = any_gemm();
    const ArrayShape array = any_array();
    for (const Dataflow dataflow : kDataflows) {
      const ArrayCost strict = gemm_cost(gemm, array, dataflow, CostLaw::strict);
      const ArrayCost pipelined = gemm_cost(gemm, array, dataflow, CostLaw::pipelined);
      RC_ASSERT(strict.utilization <= 1.0);
      RC_ASSERT(pipelined.utilization <= 1.0);
      RC_ASSERT(pipelined.cycles <= strict.cycles + 2 * array.rows + 4 * pipelined.folds);
      RC_ASSERT(strict.c_writes - strict.c_reads == gemm.m * gemm.n * gemm.repeats);
    }
  }));
}

TEST_CASE("The best dataflow is no worse than any") {
  CHECK(rc::check("minimum over dataflows", [] {
    const GemmShape gemm = any_gemm();
    const ArrayShape array = any_array();
    const auto law = *rc::gen::element(CostLaw::strict, CostLaw::pipelined);
    const auto cost = [&](Dataflow dataflow) { return gemm_cost(gemm, array, dataflow, law); };
    const auto words = [&](Dataflow dataflow) {
      const ArrayCost c = cost(dataflow);
      return static_cast<double>(c.a_reads + c.b_reads + c.c_writes + c.c_reads);
    };
    const Dataflow fastest = best_dataflow(gemm, array, law);
    const Dataflow leanest = best_dataflow(gemm, array, law, {.objective = Objective::energy});
    for (const Dataflow dataflow : kDataflows) {
      const auto cycles = static_cast<double>(cost(dataflow).cycles);
      RC_ASSERT(static_cast<double>(cost(fastest).cycles) <= 1.01 * cycles);
      RC_ASSERT(words(leanest) <= 1.01 * words(dataflow));
      // What is as fast, to one percent, is not taken for less energy in vain.
      if (cycles <= static_cast<double>(cost(fastest).cycles)) RC_ASSERT(words(fastest) <= words(dataflow));
    }
    // Cycles that cost more than all words make energy time.
    const Dataflow by_cycles =
        best_dataflow(gemm, array, law, {.objective = Objective::energy, .cycle_energy = 1e12});
    for (const Dataflow dataflow : kDataflows)
      RC_ASSERT(static_cast<double>(cost(by_cycles).cycles) <=
                1.01 * static_cast<double>(cost(dataflow).cycles));
  }));
}

TEST_CASE("An empty GEMM or array is refused") {
  CHECK_THROWS_AS(gemm_cost({0, 1, 1}, {}, Dataflow::weight_stationary, CostLaw::strict), base::SimError);
  CHECK_THROWS_AS(gemm_cost({1, 1, 1}, {0, 8}, Dataflow::weight_stationary, CostLaw::strict), base::SimError);
}

TEST_CASE("The three training phases of a convolution have the same MACs") {
  const ConvolutionShape conv{58, 58, 3, 3, 64, 128, 2, 2};
  const GemmShape forward = forward_gemm(conv, 8);
  CHECK(forward.m == 8 * 29 * 29);  // rounded up: 58 - 3 over 2
  CHECK(forward.k == 576);
  const GemmShape dgrad = phase_gemm(forward, TrainingPhase::dgrad);
  const GemmShape wgrad = phase_gemm(forward, TrainingPhase::wgrad);
  CHECK(dgrad.n == forward.k);
  CHECK(wgrad.k == forward.m);
  CHECK(dgrad.macs() == forward.macs());
  CHECK(wgrad.macs() == forward.macs());
  CHECK_THROWS_AS(forward_gemm({2, 2, 3, 3}), base::SimError);
  CHECK(conv.input_elements() == 58 * 58 * 64);
  CHECK(ConvolutionShape{56, 56, 1, 1, 64, 128, 2, 2}.input_elements() ==
        28 * 28 * 64);  // every other row and column
  CHECK(ConvolutionShape{57, 57, 1, 1, 1, 1, 2, 2}.input_elements() == 29 * 29);
}

TEST_CASE("Depthwise layers use most of the array with their own mapping, a sliver of it as GEMMs") {
  const ArrayShape array{32, 32};
  const DepthwiseShape layer{96, 56 * 56, 9};
  const ArrayCost own = depthwise_cost(layer, array, CostLaw::pipelined);
  CHECK(own.macs == layer.macs());
  CHECK(own.utilization > 0.8);  // 27 of 32 rows
  CHECK(own.mapping_efficiency == 27.0 / 32);
  const ArrayCost as_gemm =
      gemm_cost({56 * 56, 1, 9, 96}, array, Dataflow::weight_stationary, CostLaw::pipelined);
  CHECK(as_gemm.utilization < 0.01);
  const ArrayCost gradient = depthwise_cost(layer, array, CostLaw::pipelined, DepthwisePass::weight);
  CHECK(gradient.c_writes == 96 * 9);
  CHECK(gradient.utilization > 0.8);
}

TEST_CASE("A depthwise kernel taller than the array folds") {
  const ArrayCost cost = depthwise_cost({8, 100, 49}, {16, 8}, CostLaw::strict);
  CHECK(cost.folds == 4);
  CHECK(cost.utilization <= 1.0);
  CHECK(cost.c_writes - cost.c_reads == 8 * 100);
}

TEST_CASE("Overlapped execution stays between the conservation bounds") {
  CHECK(rc::check("max(compute, words / bandwidth) <= total <= sum", [] {
    const GemmShape gemm = any_gemm();
    const ArrayShape array = any_array();
    const BufferWords buffers{*rc::gen::inRange(100, 70000), *rc::gen::inRange(100, 70000),
                              *rc::gen::inRange(100, 70000)};
    const double bandwidth = *rc::gen::element(0.5, 1.0, 4.0, 16.0);
    for (const Dataflow dataflow : kDataflows) {
      const auto compute = gemm_cost(gemm, array, dataflow, CostLaw::strict).cycles;
      const auto traffic = strict_traffic(gemm, array, dataflow, buffers, gemm.m * gemm.k);
      const auto total = static_cast<double>(overlapped_cycles(compute, traffic, buffers, bandwidth));
      const double moving = static_cast<double>(traffic.total()) / bandwidth;
      RC_ASSERT(total >= static_cast<double>(compute));
      RC_ASSERT(total >= moving - 1);
      RC_ASSERT(total <= static_cast<double>(compute) + moving + 1);
    }
  }));
}

TEST_CASE(
    "The pipelined memory schedule never moves more than the worst order and never less than each word "
    "once") {
  CHECK(rc::check("bounds", [] {
    const GemmShape gemm = any_gemm();
    const BufferWords buffers{*rc::gen::inRange(200, 70000), *rc::gen::inRange(200, 70000),
                              *rc::gen::inRange(200, 70000)};
    for (const Dataflow dataflow : kDataflows) {
      const auto traffic = pipelined_traffic(gemm, {32, 32}, dataflow, buffers, gemm.m * gemm.k);
      RC_ASSERT(traffic.a_words >= gemm.m * gemm.k * gemm.repeats);
      RC_ASSERT(traffic.b_words >= gemm.k * gemm.n * gemm.repeats);
      RC_ASSERT(traffic.c_words >= gemm.m * gemm.n * gemm.repeats);
      RC_ASSERT(traffic.a_words == gemm.m * gemm.k * gemm.repeats ||
                traffic.b_words == gemm.k * gemm.n * gemm.repeats ||
                traffic.c_words == gemm.m * gemm.n * gemm.repeats);
    }
  }));
}

TEST_CASE("Partial sums stay on chip when the output buffer holds a column fold") {
  const GemmShape gemm{256, 64, 512};
  const ArrayShape array{32, 32};
  const BufferWords roomy{65536, 65536, 65536};
  const BufferWords tight{65536, 65536, 256};
  const auto kept = pipelined_traffic(gemm, array, Dataflow::weight_stationary, roomy, gemm.m * gemm.k);
  const auto spilled = pipelined_traffic(gemm, array, Dataflow::weight_stationary, tight, gemm.m * gemm.k);
  CHECK(kept.c_words == 256 * 64);
  CHECK(kept.c_read_words == 0);
  CHECK(spilled.c_words == 16 * 256 * 64);
  CHECK(spilled.c_read_words == 15 * 256 * 64);
}
