// SPDX-License-Identifier: MIT
// The freezing table: multiply-accumulates, trained parameters and saved memory with a frozen prefix.
#include "support/catch.h"

#include "reference/workload/shipped.h"
#include "workload/training_plan.h"

using namespace kiln;
using namespace kiln::workload;

namespace {

TrainingConfig frozen_prefix(const Network& network, const base::CsvRow& row) {
  TrainingConfig training = full_precision(1);
  training.freeze.prefix_layers = static_cast<std::int32_t>(row.integer("frozen"));
  // The table freezes whatever stands in front of the first weights even when no layer is frozen.
  if (row.integer("frozen") == 0)
    for (const Layer& layer : network.layers) {
      if (layer.is_weighted()) break;
      training.freeze.layers.push_back(layer.name);
    }
  return training;
}

/// The table goes by list order: every layer behind the first trained one gets a DGRAD. A projection shortcut
/// whose input is frozen needs none, and a tied head over a frozen table has no weights to train.
std::int64_t counted_by_list_order_only(const Network& network, const TrainingPlan& plan) {
  std::int64_t extra = 0;
  bool behind = false;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    if (layer.tied_to >= 0 && plan.layers[layer.tied_to].scope == Scope::frozen) {
      extra += layer.macs * (plan.live(layer.inputs[0]) || !behind ? 1 : 2);
      continue;
    }
    if (!layer.is_weighted() || plan.layers[i].scope == Scope::frozen) continue;
    if (behind && layer.name.ends_with(".down") && !plan.live(layer.inputs[0])) extra += layer.macs;
    behind = true;
  }
  return extra;
}

}  // namespace

TEST_CASE("a frozen prefix saves the multiply-accumulates of the published table") {
  const base::CsvTable table = reference("freezing");
  REQUIRE(table.rows().size() == 95);
  for (const base::CsvRow& row : table.rows()) {
    INFO(row.text("network") << ", first " << row.integer("frozen") << " frozen");
    const Network network = build_network(shipped(row.text("network")));
    const TrainingConfig training = frozen_prefix(network, row);
    const StepGraph graph = expand(network, training);
    CHECK(graph.trainable_parameters() == row.integer("trainable_parameters"));
    CHECK(graph.macs(Phase::dgrad) + graph.macs(Phase::wgrad) +
              counted_by_list_order_only(network, plan_training(network, training)) ==
          row.integer("backward_macs"));
    CHECK(graph.macs(Phase::forward) == network.forward_macs());
  }
}

TEST_CASE("a frozen prefix saves the memory of the published table") {
  const base::CsvTable table = reference("freezing");
  // The table's rule: saved values per sample, weights, and gradient and momentum of what is trained, all
  // fp32.
  const auto memory = [](std::int64_t saved, std::int64_t parameters, std::int64_t trained, int batch) {
    return 4.0 * static_cast<double>(saved * batch + parameters + 2 * trained);
  };
  double full[3] = {};
  for (const base::CsvRow& row : table.rows()) {
    const NetworkConfig config = shipped(row.text("network"));
    if (!only_rules_of_the_table(config)) continue;
    INFO(row.text("network") << ", first " << row.integer("frozen") << " frozen");
    const Network network = build_network(config);
    const StepGraph graph = expand(network, frozen_prefix(network, row));
    const std::int64_t saved = saved_reads(graph);
    CHECK(saved == row.integer("saved_elements"));
    const int batches[] = {1, 8, 32};
    const char* columns[] = {"memory_saved_b1_percent", "memory_saved_b8_percent",
                             "memory_saved_b32_percent"};
    for (int i = 0; i < 3; ++i) {
      const double now = memory(saved, graph.parameters(), graph.trainable_parameters(), batches[i]);
      if (row.integer("frozen") == 0) full[i] = now;
      CHECK_THAT(100 * (1 - now / full[i]), Catch::Matchers::WithinAbs(row.number(columns[i]), 0.051));
    }
  }
}

TEST_CASE("fractions of the layers round as the published table does") {
  const base::CsvTable table = reference("freezing");
  for (const base::CsvRow& row : table.rows()) {
    const double fraction = row.number("fraction");
    for (const double nominal : {0.25, 0.5, 0.75}) {
      if (std::abs(fraction - nominal) > 0.051 || row.integer("frozen") == 0) continue;
      INFO(row.text("network") << ", " << fraction);
      const Network network = build_network(shipped(row.text("network")));
      const double weighted = static_cast<double>(network.weighted_layers().size());
      if (std::abs(fraction - nominal) * weighted > 0.55)
        continue;  // the table's "all but the last layer" rows
      TrainingConfig by_count = full_precision(1), by_fraction = full_precision(1);
      by_count.freeze.prefix_layers = static_cast<std::int32_t>(row.integer("frozen"));
      by_fraction.freeze.prefix_fraction = nominal;
      CHECK(expand(network, by_fraction).trainable_parameters() ==
            expand(network, by_count).trainable_parameters());
    }
  }
}
