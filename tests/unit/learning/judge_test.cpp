// SPDX-License-Identifier: MIT
// A network with low-rank additions is judged with its factors merged: the loss is that of the training.
#include "learning/judge.h"

#include "support/catch.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;

TEST_CASE("factors of linear layers and of each expert are merged for judging") {
  constexpr std::int64_t kSamples = 4;
  const char* layers =
      "  - {name: a, op: linear, out: 6, act: tanh}\n  - {name: r, op: linear, out: 4, bias: false}\n"
      "  - {name: p, op: softmax}\n  - {name: k, op: top_k, top: 2}\n"
      "  - {name: d, op: moe_dispatch, from: [a], routing: k}\n"
      "  - {name: e, op: moe_experts, out: 7, routing: k, act: tanh}\n"
      "  - {name: c, op: moe_combine, from: [e, k], routing: k}\n  - {name: z, op: linear, out: 3}\n";
  workload::TrainingConfig training = fp32_training(kSamples);
  training.lora_rank = 2;
  training.lora_alpha = 5;
  training.lora_targets = {"a", "e"};
  Trained trained(parse_network(layers, "{channels: 6, height: 5, width: 1}"), training);

  Dataset samples;
  samples.sample_values = 6 * 5;
  samples.values.resize(kSamples * samples.sample_values);
  samples.classes_per_sample = 5;
  Targets targets;
  trained.fill()(0, samples.values, targets);
  samples.classes = targets.classes;
  const DataConfig data;
  const FormatsConfig formats;
  Judge judge(trained.network, training, samples, data, formats, 1);
  const RunningNorms norms(trained.graph);

  double before = 0;
  for (const bool moved : {false, true}) {
    for (const workload::Tensor& tensor : trained.graph.tensors)
      if (moved && tensor.name.ends_with(".trained")) {
        for (std::size_t i = 0; float& value : trained.executor.tensors().all(tensor.id))
          value += value_at(static_cast<std::int64_t>(i++), 3);
        trained.executor.tensors().touch(tensor.id);
      }
    judge.take(trained.executor, norms);
    const double loss = trained.step(0, 0).loss.mean();
    CHECK_THAT(judge.judge().mean(), Catch::Matchers::WithinRel(loss, 1e-5));
    CHECK(std::abs(loss - before) > 0.01);
    before = loss;
  }
}
