// SPDX-License-Identifier: MIT
// Batch norms in training against ONNX's vectors: what they give out, and the running statistics behind it.
#include <map>

#include "base/csv.h"
#include "base/file.h"
#include "learning/norm_statistics.h"
#include "support/catch.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;
using Catch::Matchers::WithinAbs;

namespace {

constexpr std::size_t kSamples = 2, kChannels = 3, kPlane = 4 * 5;

/// Arrays of one case, by name, in ONNX's order.
using Arrays = std::map<std::string, std::vector<float>>;

std::map<std::string, Arrays> cases() {
  const std::string file = std::string(KILN_SOURCE_DIR) + "/tests/reference/learning/batchnorm_training.csv";
  std::map<std::string, Arrays> all;
  const base::CsvTable table(file, base::read_file(file));
  for (const base::CsvRow& row : table.rows())
    all[row.text("epsilon")][row.text("array")].push_back(static_cast<float>(row.number("value")));
  return all;
}

/// Channels innermost, as learning has them, to ONNX's order.
std::size_t place_of(std::size_t sample, std::size_t channel, std::size_t pixel) {
  return (sample * kPlane + pixel) * kChannels + channel;
}

void check_case(double epsilon, const Arrays& arrays) {
  Trained trained(
      parse_network(fmt::format("  - {{name: b, op: batchnorm, epsilon: {}}}\n"
                                "  - {{name: f, op: flatten}}\n  - {{name: z, op: linear, out: 2}}\n",
                                epsilon),
                    "{channels: 3, height: 4, width: 5}"),
      fp32_training(kSamples));
  const std::span<float> block = trained.values("b.weight");
  for (std::size_t c = 0; c < kChannels; ++c) {
    block[c] = arrays.at("s")[c];
    block[kChannels + c] = arrays.at("bias")[c];
  }
  trained.executor.tensors().touch(find_tensor(trained.graph, "b.weight"));
  RunningNorms norms(trained.graph);
  RunningNorm& running = norms.layers()["b"];
  running.mean = arrays.at("mean");
  for (const float variance : arrays.at("var"))
    running.square.push_back(variance + static_cast<float>(epsilon));
  OptimizerSettings settings;
  settings.learning_rate = 1e-9;
  trained.executor.step(0, settings, [&](int, std::span<float> input, Targets& targets) {
    for (std::size_t s = 0; s < kSamples; ++s)
      for (std::size_t c = 0; c < kChannels; ++c)
        for (std::size_t p = 0; p < kPlane; ++p)
          input[place_of(s, c, p)] = arrays.at("x")[(s * kChannels + c) * kPlane + p];
    targets.classes = {0, 1};
  });
  workload::TensorId out = workload::kNone;
  for (const workload::Op& op : trained.graph.ops)
    if (op.phase == workload::Phase::forward &&
        trained.graph.layers[static_cast<std::size_t>(op.layer)].name == "b")
      if (const auto made = find_operand(op.outputs, workload::Role::result); made != workload::kNone)
        out = made;
  REQUIRE(out != workload::kNone);
  const std::span<const float> found = trained.executor.tensors().all(out);
  for (std::size_t s = 0; s < kSamples; ++s)
    for (std::size_t c = 0; c < kChannels; ++c)
      for (std::size_t p = 0; p < kPlane; ++p)
        CHECK_THAT(found[place_of(s, c, p)],
                   WithinAbs(arrays.at("y")[(s * kChannels + c) * kPlane + p], 1e-5));
  norms.observe(trained.executor.tensors());
  for (std::size_t c = 0; c < kChannels; ++c) {
    CHECK_THAT(running.mean[c], WithinAbs(arrays.at("output_mean")[c], 1e-5));
    CHECK_THAT(running.square[c] - static_cast<float>(epsilon), WithinAbs(arrays.at("output_var")[c], 1e-5));
  }
}

}  // namespace

TEST_CASE("batch norms in training give out and keep what ONNX's do") {
  const auto all = cases();
  REQUIRE(all.size() == 2);
  for (const auto& [epsilon, arrays] : all) check_case(std::stod(epsilon), arrays);
}
