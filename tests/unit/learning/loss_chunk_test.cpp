// SPDX-License-Identifier: MIT
// Chunks of a loss change no number: a training forms it whole.
#include "learning/trainer.h"
#include "support/catch.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;

TEST_CASE(
    "a training on numbers has the same step with a loss in chunks, and a step with chunks is none on "
    "numbers") {
  TrainingSetup setup;
  setup.network = workload::build_network(
      parse_network("  - {name: a, op: linear, out: 6, act: tanh}\n  - {name: z, op: linear, out: 4}\n",
                    "{channels: 3, height: 5, width: 1}"));
  setup.training = fp32_training(8);
  setup.learning.data.samples = 64;
  setup.learning.data.test_samples = 32;
  setup.learning.data.generator.classes = 4;
  TrainingSetup in_chunks = setup;
  in_chunks.training.loss_chunk = 2;
  CHECK(workload::expand(setup.network, in_chunks.training).ops.size() >
        workload::expand(setup.network, setup.training).ops.size());
  const TrainAndTest data = load_data(
      setup.learning.data,
      workload::build_network(parse_network("  - {name: z, op: linear, out: 4}\n", "{channels: 15}")), 1);
  const Trainer whole(setup, data, 3), chunked(in_chunks, data, 3);
  const auto names = [](const workload::StepGraph& graph) {
    std::vector<std::string> all;
    for (const workload::Op& op : graph.ops) all.push_back(op.name);
    return all;
  };
  CHECK(names(whole.graph()) == names(chunked.graph()));
  CHECK_THROWS_AS(
      Trained(parse_network("  - {name: z, op: linear, out: 4}\n", "{channels: 3, height: 5, width: 1}"),
              in_chunks.training),
      base::ConfigError);
}
