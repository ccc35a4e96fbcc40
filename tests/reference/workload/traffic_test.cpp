// SPDX-License-Identifier: MIT
// What the operations of a step read and write, against the published traffic breakdown.
#include "support/catch.h"

#include "reference/workload/shipped.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

struct Traffic {
  std::int64_t weights = 0, activations = 0, errors = 0, update = 0;
};

/// Array operations and updates alone; bytes of the tensors they name. Masks and inputs of activations belong
/// to the vector work, contributions added to an error to the residual branch: the breakdown has neither.
Traffic traffic_of(const StepGraph& graph) {
  Traffic sum;
  for (const Op& op : graph.ops) {
    if (op.kind == OpKind::update) {
      for (const auto* list : {&op.reads, &op.writes})
        for (const TensorId id : *list) sum.update += graph.tensors[id].bytes();
    }
    if (op.kind != OpKind::gemm && op.kind != OpKind::depthwise) continue;
    bool weight_seen = false;
    for (const TensorId id : op.reads) {
      const Tensor& tensor = graph.tensors[id];
      if (tensor.cls == TensorClass::weight) {
        sum.weights += tensor.bytes();
        weight_seen = true;
      }
      if (tensor.cls == TensorClass::error && !weight_seen) sum.errors += tensor.bytes();
      const bool value = tensor.cls == TensorClass::activation || tensor.cls == TensorClass::saved ||
                         tensor.cls == TensorClass::input;
      if (value) sum.activations += tensor.bytes();
    }
    for (const TensorId id : op.writes) {
      const Tensor& tensor = graph.tensors[id];
      if (tensor.cls == TensorClass::error) sum.errors += tensor.bytes();
      if (tensor.cls == TensorClass::weight_gradient) sum.update += tensor.bytes();
      const bool result = tensor.cls == TensorClass::activation || tensor.cls == TensorClass::saved;
      if (result && tensor.bits_per_element > 1 && !tensor.name.ends_with(".act_input"))
        sum.activations += tensor.bytes();
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("array operations and updates move the bytes of the published breakdown") {
  const base::CsvTable table = reference("step_traffic");
  int compared = 0;
  for (const base::CsvRow& row : table.rows()) {
    const NetworkConfig config = shipped(row.text("network"));
    if (!only_rules_of_the_table(config)) continue;
    INFO(row.text("network") << ", batch " << row.integer("batch"));
    const Network network = build_network(config);
    const Traffic traffic = traffic_of(expand(network, full_precision(row.integer("batch"))));
    const auto share = [&](const char* column) { return row.number("total_mb") * 1e4 * row.number(column); };
    // Percent and MB are printed with two decimals.
    const double rounding = row.number("total_mb") * 1e4 * 0.005 + 1e4;
    const auto near = [&](double bytes) {
      return Catch::Matchers::WithinAbs(bytes, rounding + 0.0005 * bytes);
    };
    CHECK_THAT(static_cast<double>(traffic.activations), near(share("activations_percent")));
    CHECK_THAT(static_cast<double>(traffic.update), near(share("update_percent")));
    // The breakdown counts the DGRAD of the first layer, which nobody needs, and reads its weights for it.
    const Layer& first = network.layers.front();
    const std::int64_t first_errors = 4 * row.integer("batch") * (first.in.elements() + first.out.elements());
    CHECK_THAT(static_cast<double>(traffic.errors + first_errors), near(share("errors_percent")));
    CHECK_THAT(static_cast<double>(traffic.weights + 4 * first.parameters()), near(share("weights_percent")));
    ++compared;
  }
  CHECK(compared == 51);
}
