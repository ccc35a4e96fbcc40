// SPDX-License-Identifier: MIT
// Ten fp32 steps of seven networks against an independent autograd: README.md says how its figures were made.
#include <array>
#include <cmath>
#include <map>

#include "base/csv.h"
#include "base/file.h"
#include "base/rng.h"
#include "config/load.h"
#include "learning/arithmetic.h"
#include "learning/step_executor.h"
#include "support/catch.h"
#include "workload/expand.h"

using namespace kiln;
using namespace kiln::learning;
using workload::PartKind;

namespace {

constexpr const char* kParts[] = {
    "weight", "recurrent_weight", "class_token", "bias", "recurrent_bias", "scale", "shift"};
constexpr std::size_t kProjections = 8;

struct Reference {
  std::int64_t batch = 0;
  double rate = 0;
  std::vector<double> losses;
  struct Values {
    double norm;
    std::array<double, kProjections> projections;
  };
  std::map<std::string, Values> parameters;  ///< by "layer.part"
};

std::map<std::string, Reference> read_references() {
  const std::string file = std::string(KILN_SOURCE_DIR) + "/tests/reference/learning/libtorch_steps.csv";
  std::map<std::string, Reference> references;
  const base::CsvTable table(file, base::read_file(file));
  for (const base::CsvRow& row : table.rows()) {
    Reference& reference = references[row.text("network")];
    reference.batch = row.integer("batch");
    reference.rate = row.number("rate");
    if (row.text("what").starts_with("loss")) {
      reference.losses.push_back(row.number("norm"));
      continue;
    }
    Reference::Values& values = reference.parameters[row.text("what")];
    values.norm = row.number("norm");
    for (std::size_t i = 0; i < kProjections; ++i) values.projections[i] = row.number_at(5 + i);
  }
  return references;
}

void fill_part(const workload::Layer& layer, const workload::Part& part, std::span<float> values) {
  double inputs = 1;
  for (const workload::Part& other : layer.parts)
    if (other.kind == PartKind::weight)
      inputs = static_cast<double>(other.elements()) / static_cast<double>(other.extents[0]);
  if (layer.op == workload::LayerOp::lstm) inputs = static_cast<double>(layer.out.channels());
  const bool table = layer.op == workload::LayerOp::embedding || layer.op == workload::LayerOp::positions;
  base::Rng rng(1, layer.name, "reference", static_cast<std::uint64_t>(part.kind));
  for (float& value : values) {
    const double x = 2 * rng.uniform() - 1;
    value = static_cast<float>(part.kind == PartKind::scale            ? 1 + 0.1 * x
                               : part.kind == PartKind::shift || table ? 0.1 * x
                                                                       : x / std::sqrt(inputs));
  }
}

/// Norm of the difference to the reference over its norm, as the projections tell it.
double difference(const std::string& name, std::span<const float> values,
                  const Reference::Values& reference) {
  base::Rng rng(1, name, "projection");
  std::array<double, kProjections> projections{};
  for (const float value : values) {
    const std::uint32_t bits = rng.next_u32();
    for (std::size_t j = 0; j < kProjections; ++j)
      projections[j] += (bits >> j & 1u) != 0 ? double{value} : -double{value};
  }
  double squares = 0;
  for (std::size_t j = 0; j < kProjections; ++j)
    squares += std::pow(projections[j] - reference.projections[j], 2) / kProjections;
  return std::sqrt(squares) / reference.norm;
}

void check_network(const std::string& name, const Reference& reference) {
  INFO(name);
  const auto network =
      workload::build_network(config::load<workload::NetworkConfig>(std::string(KILN_SOURCE_DIR) +
                                                                    "/configs/workloads/" + name + ".yaml")
                                  .value);
  workload::TrainingConfig training;
  training.batch = reference.batch;
  const auto fp32 = workload::Precision::fp32;
  training.precision = {fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32, fp32};
  const workload::StepGraph graph = workload::expand(network, training);
  prepare_thread();
  StepExecutor executor(graph, {&network}, 1);
  const auto parameter = [&](const workload::Layer& layer, const workload::Part& part) {
    return executor.tensors()
        .all(find_tensor(graph, layer.name + ".weight"))
        .subspan(static_cast<std::size_t>(part.offset), static_cast<std::size_t>(part.elements()));
  };
  for (const workload::Layer& layer : network.layers)
    for (const workload::Part& part : layer.parts) fill_part(layer, part, parameter(layer, part));

  const bool tokens = network.layers.front().op == workload::LayerOp::embedding;
  const workload::Shape& out = network.layers.back().out;
  OptimizerSettings settings;
  settings.learning_rate = reference.rate;
  for (std::size_t step = 0; step < reference.losses.size(); ++step) {
    const StepResult result = executor.step(
        static_cast<std::int64_t>(step), settings, [&](int, std::span<float> input, Targets& targets) {
          base::Rng rng(1, name, "reference input", step);
          for (float& value : input)
            value = static_cast<float>(tokens ? static_cast<double>(rng.below(256)) : rng.normal());
          targets.classes.clear();
          for (std::int64_t i = 0; i < reference.batch * out.positions(); ++i)
            targets.classes.push_back(
                static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(out.channels()))));
        });
    INFO("step " << step);
    CHECK_THAT(result.loss.mean(), Catch::Matchers::WithinRel(reference.losses[step], 1e-4));
  }
  for (const workload::Layer& layer : network.layers)
    for (const workload::Part& part : layer.parts) {
      const std::string what = layer.name + "." + kParts[static_cast<std::size_t>(part.kind)];
      INFO(what);
      CHECK(difference(what, parameter(layer, part), reference.parameters.at(what)) < 1e-4);
    }
}

}  // namespace

TEST_CASE("ten fp32 steps end where an independent autograd ends") {
  const std::map<std::string, Reference> references = read_references();
  CHECK(references.size() == 7);
  for (const auto& [name, reference] : references) check_network(name, reference);
}
