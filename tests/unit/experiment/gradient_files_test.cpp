// SPDX-License-Identifier: MIT
// Gradients in one file and in a folder with one of each layer.
#include "experiment/gradient_files.h"

#include <filesystem>

#include "base/error.h"
#include "config/load.h"
#include "support/catch.h"
#include "support/scratch_folder.h"
#include "workload/expand.h"

using namespace kiln;
using Catch::Matchers::Contains;

namespace {

workload::StepGraph small_step() {
  const char* text =
      "name: n\nsource: test\ninput: {channels: 2}\nlayers:\n  - {name: 'a/b', op: linear, out: 3}\n"
      "  - {name: c, op: linear, out: 1, bias: false}\n";
  const auto network =
      config::read_tree<workload::NetworkConfig>(config::parse_yaml("n.yaml", text), "").value;
  return workload::build_step(network, {});
}

std::string raw(int count, float first) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    const float value = first + static_cast<float>(i);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

std::string refusal(const std::string& folder, const workload::StepGraph& graph) {
  try {
    experiment::read_gradients(config::InputPath(folder), graph);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a folder of gradients is read layer by layer, in the order of the graph") {
  const testing::ScratchFolder scratch;
  const workload::StepGraph graph = small_step();
  const std::string folder = scratch.path().string();
  CHECK_THAT(refusal(folder, graph),
             Contains("has no gradient of layer a/b") && Contains("a_b.npy") && Contains("9 values"));
  scratch.write("a_b.f32", raw(9, 1));
  CHECK_THAT(refusal(folder, graph), Contains("layer c") && Contains("c.npy") && Contains("3 values"));
  scratch.write("c.f32", raw(3, 100));
  scratch.write("notes.txt", "not read");
  const auto read = experiment::read_gradients(config::InputPath(folder), graph);
  REQUIRE(read.values.size() == 12);
  std::size_t at = 0;
  for (const workload::Tensor& tensor : graph.tensors) {
    if (tensor.cls != workload::TensorClass::weight_gradient) continue;
    const bool of_c = graph.layers[static_cast<std::size_t>(tensor.layer)].name == "c";
    CHECK(read.values[at] == (of_c ? 100.0F : 1.0F));
    at += static_cast<std::size_t>(tensor.elements());
  }
  CHECK(experiment::gradient_files(config::InputPath(folder)).size() == 2);
  scratch.write("d.f32", raw(3, 1));
  CHECK_THAT(refusal(folder, graph), Contains("d.f32: no trained layer has this name"));
  std::filesystem::remove(scratch.path() / "d.f32");
  scratch.write("c.npy", "x");
  CHECK_THAT(refusal(folder, graph), Contains("another file of that layer"));
}

TEST_CASE("one file holds the gradients of all layers") {
  const testing::ScratchFolder scratch;
  const workload::StepGraph graph = small_step();
  const std::string file = scratch.write("all.f32", raw(12, 1));
  CHECK(experiment::read_gradients(config::InputPath(file), graph).values.size() == 12);
  const std::string shorter = scratch.write("some.f32", raw(11, 1));
  CHECK_THAT(refusal(shorter, graph), Contains("holds 11 values, the trained layers have 12"));
}
