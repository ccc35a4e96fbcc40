// SPDX-License-Identifier: MIT
// Every shipped network against the published totals.
#include "support/catch.h"

#include "reference/workload/shipped.h"

using namespace kiln;
using namespace kiln::workload;

TEST_CASE("parameters and forward multiply-accumulates equal the published totals") {
  const base::CsvTable table = reference("networks");
  REQUIRE(table.rows().size() == 22);
  for (const base::CsvRow& row : table.rows()) {
    INFO(row.text("network"));
    const Network network = build_network(shipped(row.text("network")));
    CHECK(network.name == row.text("network"));
    CHECK(network.parameters() == row.integer("parameters"));
    CHECK(network.forward_macs() == row.integer("forward_macs"));
    std::int64_t depthwise = 0;
    for (const Layer& layer : network.layers)
      if (layer.op == LayerOp::depthwise) depthwise += layer.macs;
    CHECK(depthwise == row.integer("depthwise_macs"));
  }
}

TEST_CASE("detectors, generators and others have the totals of the public models they follow") {
  const base::CsvTable table = reference("published");
  REQUIRE(table.rows().size() == 11);
  for (const base::CsvRow& row : table.rows()) {
    INFO(row.text("network"));
    const Network network = build_network(shipped(row.text("network")));
    CHECK(network.name == row.text("network"));
    CHECK(network.parameters() == row.integer("parameters"));
    const double tolerance = row.number("tolerance");
    if (tolerance > 0)
      CHECK_THAT(static_cast<double>(network.forward_macs()) / 1e9,
                 Catch::Matchers::WithinAbs(row.number("gmacs"), tolerance));
  }
}

TEST_CASE("DGRAD and WGRAD of a full training step equal the published backward totals") {
  const base::CsvTable table = reference("networks");
  for (const base::CsvRow& row : table.rows()) {
    INFO(row.text("network"));
    TrainingConfig training;
    training.batch = 1;
    const StepGraph graph = build_step(shipped(row.text("network")), training);
    CHECK(graph.macs(Phase::forward) == row.integer("forward_macs"));
    CHECK(graph.macs(Phase::dgrad) + graph.macs(Phase::wgrad) == row.integer("backward_macs"));
    CHECK(graph.trainable_parameters() == row.integer("parameters"));
  }
}
