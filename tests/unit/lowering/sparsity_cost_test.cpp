// SPDX-License-Identifier: MIT
#include "lowering/cost/sparsity_cost.h"

#include "base/error.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::lowering;
using Catch::Matchers::WithinRel;

namespace {

SparsityCost cost_of(SparsityScheme scheme, double density) {
  SparsityShape sparsity;
  sparsity.scheme = scheme;
  sparsity.density = density;
  return sparse_gemm_cost({256, 256, 1024}, {32, 32}, Dataflow::weight_stationary, CostLaw::pipelined,
                          sparsity);
}

}  // namespace

TEST_CASE("Gating zeros saves switching, not time") {
  const SparsityCost dense = cost_of(SparsityScheme::dense, 1);
  const SparsityCost gated = cost_of(SparsityScheme::zero_gated, 0.25);
  CHECK(gated.array.cycles == dense.array.cycles);
  CHECK(gated.active_macs * 4 == dense.active_macs);
  CHECK(gated.active_macs + gated.gated_macs == dense.active_macs);
  CHECK(gated.speedup == 1.0);
}

TEST_CASE("Two-of-four sparsity nearly halves the cycles and costs two bits per weight kept") {
  const SparsityCost cost = cost_of(SparsityScheme::n_of_m, 1);
  CHECK_THAT(cost.speedup, WithinRel(2.0, 0.02));
  CHECK(cost.metadata_bits == 256 * 512 * 2);
  CHECK(cost.active_macs == 256 * 256 * 512);
}

TEST_CASE("Unstructured sparsity is nearly ideal at many zeros and poor at half") {
  double previous = 0.9;
  for (const double density : {1.0, 0.7, 0.5, 0.2, 0.1, 0.05}) {
    const SparsityCost cost = cost_of(SparsityScheme::unstructured, density);
    CHECK(cost.speedup > previous * 0.999);
    previous = cost.speedup;
  }
  CHECK(cost_of(SparsityScheme::unstructured, 0.1).speedup > 7.5);
  SparsityShape half;
  half.scheme = SparsityScheme::unstructured;
  half.density = 0.5;
  const auto poor =
      sparse_gemm_cost({64, 64, 256}, {16, 8}, Dataflow::input_stationary, CostLaw::strict, half);
  CHECK(poor.speedup < 1.7);
}

TEST_CASE("Impossible sparsity is refused") {
  CHECK_THROWS_AS(cost_of(SparsityScheme::unstructured, 1.5), base::SimError);
  SparsityShape wrong{SparsityScheme::n_of_m, 1, 5, 4};
  CHECK_THROWS_AS(sparse_gemm_cost({8, 8, 8}, {8, 8}, Dataflow::weight_stationary, CostLaw::strict, wrong),
                  base::SimError);
}
