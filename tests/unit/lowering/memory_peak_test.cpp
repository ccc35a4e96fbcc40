// SPDX-License-Identifier: MIT
// What a memory holds by kind, when it holds most.
#include "lowering/memory_peak.h"

#include "config/load.h"
#include "lowering/lower.h"
#include "support/catch.h"
#include "unit/lowering/targets.h"
#include "workload/expand.h"

using namespace kiln;
using namespace kiln::lowering;

namespace {

workload::StepGraph step_of(std::int64_t batch, std::int32_t micro_batches = 1) {
  const std::string text =
      "name: net\nsource: test\ninput: {channels: 64, height: 1, width: 1}\nlayers:\n"
      "  - {name: a, op: linear, out: 96, act: gelu}\n  - {name: b, op: linear, out: 8}\n";
  workload::TrainingConfig training;
  training.batch = batch;
  training.micro_batches = micro_batches;
  training.optimizer.kind = workload::OptimizerKind::adam;
  return workload::build_step(
      config::read_tree<workload::NetworkConfig>(config::parse_yaml("net.yaml", text), "").value, training);
}

std::uint64_t of_kind(const std::vector<MemoryShare>& shares, Home home, const std::string& kind) {
  std::uint64_t sum = 0;
  for (const MemoryShare& share : shares)
    if (share.home == home && share.kind == kind) sum += share.bytes;
  return sum;
}

}  // namespace

TEST_CASE("the fullest moment is found, and what is gone or still to come does not count") {
  const std::vector<Held> held{{"weights", 0, 9, 100}, {"activations", 1, 2, 30}, {"activations", 2, 5, 50},
                               {"errors", 3, 4, 40},   {"errors", 5, 6, 20},      {"gradients", 7, 9, 60}};
  const std::vector<MemoryShare> shares = shares_at_peak(Home::dram, held);
  REQUIRE(shares.size() == 3);
  CHECK(shares[0].kind == "weights");
  CHECK(of_kind(shares, Home::dram, "activations") == 50);
  CHECK(of_kind(shares, Home::dram, "errors") == 40);
  CHECK(bytes_of(shares) == 190);
  CHECK(text_of(shares) == "weights 100 B, activations 50 B, errors 40 B");
  CHECK(shares_at_peak(Home::dram, {}).empty());
}

TEST_CASE("a step's memory by kind adds up to what it needs, with a copy of gradients for each worker") {
  LoweringOptions options;
  options.mapping = Mapping::data;
  options.gradients_in_sram = false;
  const std::int64_t parameters = 64 * 96 + 96 + 96 * 8 + 8;
  for (const int tiles : {1, 4}) {
    INFO(tiles << " tiles");
    const workload::StepGraph graph = step_of(8);
    const MemoryUse use = lower(graph, target_of(tiles), {}, options).memory;
    const std::uint64_t all = bytes_of(use.at_peak);
    CHECK(all <= use.dram_peak_bytes);
    CHECK(use.dram_peak_bytes < all + (64u << 10));  // what lies between is alignment
    CHECK(of_kind(use.at_peak, Home::dram, "optimizer states") == 2 * 4 * parameters);
    CHECK(of_kind(use.at_peak, Home::dram, "master weights") == 4 * parameters);
    CHECK(of_kind(use.at_peak, Home::dram, "weights") == 2 * parameters);
    CHECK(of_kind(use.at_peak, Home::dram, "weight gradients") >=
          static_cast<std::uint64_t>(tiles) * 2 * 64 * 96);
  }
}

TEST_CASE("micro-batches use the same memory one after the other") {
  LoweringOptions options;
  options.mapping = Mapping::data;
  const workload::StepGraph once = step_of(64), often = step_of(256, 4);
  const MemoryUse one = lower(once, target_of(2), {}, options).memory,
                  four = lower(often, target_of(2), {}, options).memory;
  for (const char* kind : {"saved activations", "activations", "errors"}) {
    INFO(kind);
    CHECK(of_kind(one.at_peak, Home::dram, kind) == of_kind(four.at_peak, Home::dram, kind));
  }
  CHECK(four.dram_peak_bytes == one.dram_peak_bytes);
}
