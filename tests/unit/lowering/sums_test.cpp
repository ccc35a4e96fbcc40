// SPDX-License-Identifier: MIT
// Partial sums beside the array are as wide as what its elements latch of them.
#include "config/load.h"
#include "lowering/lower.h"
#include "support/catch.h"
#include "unit/lowering/targets.h"
#include "workload/expand.h"

using namespace kiln;
using namespace kiln::lowering;

namespace {

struct Sums {
  double read = 0, written = 0;  ///< bytes
};

/// Of two products that the array takes in slices of their depth.
Sums sums_of(const std::string& format) {
  const auto network = config::read_tree<workload::NetworkConfig>(
                           config::parse_yaml("net",
                                              "name: net\nsource: test\ninput: {channels: 256, height: 1, "
                                              "width: 1}\nlayers: [{name: f1, op: linear, out: 64}, "
                                              "{name: f2, op: linear, out: 64}]\n"),
                           "")
                           .value;
  const auto training =
      config::read_tree<workload::TrainingConfig>(
          config::parse_yaml("training", fmt::format("kind: none\nbatch: 64\nprecision: {{weights: "
                                                     "{0}, activations: {0}, forward: {0}}}\n",
                                                     format)),
          "")
          .value;
  Target target = target_of(1);
  target.accumulator_sram_bytes = 64 << 10;
  target.forward_dataflow = Dataflow::weight_stationary;
  Sums sums;
  for (const TileProgram& tile : lower(workload::build_step(network, training), target, {}, {}).tiles)
    for (const Task& task : tile.tasks) {
      sums.read += static_cast<double>(task.accumulator_read_bytes);
      sums.written += static_cast<double>(task.accumulator_write_bytes);
    }
  return sums;
}

}  // namespace

TEST_CASE("sums of FP8 and INT4 take 16 and 20 bits in the accumulators, others 32") {
  const Sums wide = sums_of("fp16");
  REQUIRE(wide.read > 0);
  for (const auto& [format, bits] : {std::pair{"fp8", 16.0}, std::pair{"int4", 20.0}, std::pair{"int8", 32.0},
                                     std::pair{"int16", 32.0}, std::pair{"fp32", 32.0}}) {
    INFO(format);
    const Sums sums = sums_of(format);
    CHECK(sums.read == Approx(wide.read * bits / 32));
    CHECK(sums.written == Approx(wide.written * bits / 32));
  }
}
