// SPDX-License-Identifier: MIT
#include "sparsity/engine.h"

#include "compression/codec.h"
#include "compression/gradient_source.h"
#include "support/catch.h"

using namespace kiln;
using compression::CodecConfig;
using compression::Selection;
using compression::Selector;
using compression::WorkCounts;
using sparsity::EngineConfig;
using sparsity::Placement;

namespace {

constexpr std::int64_t kElements = 100'000;

WorkCounts work_of(Selector selector, bool feedback) {
  const CodecConfig config{.selection = Selection::top_k,
                           .density = 0.01,
                           .selector = selector,
                           .values = compression::Values::int4,
                           .error_feedback = feedback};
  compression::State state;
  base::Rng rng(1, "engine_test", "rounding");
  const compression::Codec codec(config);
  codec.encode(compression::gradient_source(kElements, 1), state, rng);
  return codec.encode(compression::gradient_source(kElements, 1, 0, 1), state, rng).work;
}

}  // namespace

TEST_CASE("Cycles are passes times elements over lanes, and the pipeline once") {
  const EngineConfig engine{.lanes = 16, .depth = 12, .counters = 256, .counters_per_cycle = 16};
  CHECK(cost(engine, work_of(Selector::previous_step, false)).cycles == kElements / 16 + 12);
  CHECK(cost(engine, work_of(Selector::exponent_histogram, false)).cycles == 2 * kElements / 16 + 16 + 12);
  CHECK(cost(engine, work_of(Selector::exact, false)).cycles == 5 * kElements / 16 + 4 * 16 + 12);
}

TEST_CASE("A coder slower than the last pass shows, where places depend on what came before") {
  const EngineConfig slow{.lanes = 64, .depth = 12, .coder_values_per_cycle = 1};
  const EngineConfig fast{.lanes = 64, .depth = 12, .coder_values_per_cycle = 16};
  const std::int64_t pass = (kElements + 63) / 64;
  const WorkCounts sparse = work_of(Selector::previous_step, false);
  REQUIRE(sparse.serial_values > pass);
  CHECK(cost(slow, sparse).cycles == sparse.serial_values + 12);
  CHECK(cost(fast, sparse).cycles == pass + 12);

  compression::State state;
  base::Rng rng(1, "engine_test", "rounding");
  const CodecConfig int8{.values = compression::Values::int8};
  const WorkCounts dense =
      compression::Codec(int8).encode(compression::gradient_source(kElements, 1), state, rng).work;
  CHECK(dense.coded_values == kElements);
  CHECK(cost(slow, dense).cycles == pass + 12);
}

TEST_CASE("Sitting at the array's output saves one read of the gradient") {
  const WorkCounts work = work_of(Selector::exponent_histogram, false);
  const EngineConfig near{.placement = Placement::array_output};
  const EngineConfig far{.placement = Placement::dma};
  CHECK(cost(near, work).gradient_read_bytes == 4 * kElements);
  CHECK(cost(far, work).gradient_read_bytes == 8 * kElements);
  CHECK(cost(far, work, 16).gradient_read_bytes == 4 * kElements);
}

TEST_CASE("Error feedback moves the residual, in its stored format") {
  const WorkCounts work = work_of(Selector::previous_step, true);
  const auto fp32 = cost(EngineConfig{}, work, 32, 32);
  const auto int8 = cost(EngineConfig{}, work, 32, 8);
  CHECK(fp32.residual_read_bytes == 4 * kElements);
  CHECK(fp32.residual_write_bytes >= 4 * kElements);
  CHECK(int8.residual_read_bytes == kElements);
  CHECK(fp32.gradient_read_bytes == 0);  // taken on the fly, later passes read the residual
}

TEST_CASE("An engine without counters for the asked resolution says so") {
  const CodecConfig codec{
      .selection = Selection::top_k, .selector = Selector::exponent_histogram, .histogram_bits = 3};
  CHECK_THAT(unsupported(EngineConfig{}, codec), testing::contains("2048 counters"));
  CHECK(unsupported(EngineConfig{.counters = 2048}, codec).empty());
  CHECK(unsupported(EngineConfig{}, CodecConfig{}).empty());
}
