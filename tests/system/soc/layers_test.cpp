// SPDX-License-Identifier: MIT
// layers.csv: whatever was run, its rows sum to the step.
#include <map>
#include <sstream>

#include "base/csv.h"
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using testing::ChildRun;

namespace {

struct Sums {
  double time_s = 0, energy_j = 0, components_j = 0, causes_s = 0;
  std::map<std::string, double> phase_s;
};

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Sums sums_of(const ChildRun& run) {
  const std::string& text = run.files.at("layers.csv");
  const base::CsvTable table("layers.csv", text);
  std::vector<std::string> columns;
  std::istringstream header(text.substr(0, text.find('\n')));
  for (std::string column; std::getline(header, column, ',');) columns.push_back(column);
  Sums sums;
  for (const base::CsvRow& row : table.rows()) {
    sums.time_s += row.number("time_s");
    sums.energy_j += row.number("energy_j");
    sums.phase_s[row.text("phase")] += row.number("time_s");
    for (const std::string& column : columns) {
      if (ends_with(column, "_j") && column != "energy_j") sums.components_j += row.number(column);
      if (ends_with(column, "stall_s") || column == "compute_s") sums.causes_s += row.number(column);
    }
    if (row.text("kind") != "none") {
      INFO(row.text("layer") << " " << row.text("phase"));
      CHECK(row.number("array_utilisation") >= 0);
      CHECK(row.number("array_utilisation") <= 1 + 1e-9);
    }
  }
  return sums;
}

}  // namespace

TEST_CASE("the rows of layers.csv sum to the step's time and joules") {
  const auto [experiment, overrides] = GENERATE(table<std::string, std::vector<std::string>>(
      {{"quickstart.yaml", {}},
       {"passive_edge.yaml", {}},
       {"wearable_kws.yaml", {}},
       {"stress.yaml", {"run.duration=20s"}},
       {"quickstart.yaml", {testing::network("resnet8_cifar_mlperf_tiny"), "compression.placement=router"}},
       {"passive_edge.yaml", {"run.horizon=steps", "run.steps=2"}},
       {"wearable_kws.yaml", {"mapping.parallel=channel", "training.micro_batches=2"}},
       {"passive_edge.yaml",
        {"training={kind: zeroth_order, batch: 8, optimizer: {kind: sgd, master_weights: false}, "
         "micro_batches: 2}",
         "compression.enabled=false"}},
       {"passive_edge.yaml",
        {"workload={name: words, source: test, input: {channels: 1, height: 60, width: 1}, layers: "
         "[{name: table, op: embedding, entries: 512, out: 32}, {name: head, op: linear, out: 512, tied: "
         "table, bias: "
         "false}]}",
         "training.loss_chunk=7", "training.micro_batches=2"}}}));
  INFO(experiment << (overrides.empty() ? "" : " " + overrides.back()));
  const ChildRun run = testing::good_run(experiment, overrides);
  const Sums sums = sums_of(run);
  CHECK_THAT(sums.time_s, WithinRel(run["step_time_s"], 1e-9));
  CHECK_THAT(sums.energy_j, WithinRel(run["energy_j"], 1e-9));
  CHECK_THAT(sums.components_j, WithinRel(run["energy_j"], 1e-9));
  for (const char* phase : {"forward", "dgrad", "wgrad", "compress", "reduce", "update"})
    CHECK_THAT(sums.phase_s.count(phase) ? sums.phase_s.at(phase) : 0.0,
               WithinRel(run[std::string("phase_time_s.") + phase], 1e-9) || WithinAbs(0, 1e-15));
  // All time but that between steps has a cause.
  double phases_s = 0;
  for (const auto& [key, value] : run.numbers)
    if (key.starts_with("phase_time_s.")) phases_s += value;
  CHECK_THAT(sums.causes_s, WithinRel(phases_s, 1e-9));
  CHECK_THAT(sums.phase_s.at("none"), WithinAbs(run["step_time_s"] - phases_s, 1e-9 * run["step_time_s"]));
}

TEST_CASE("a network of mixed kernels executes the multiply-accumulates of its source") {
  // MCUNet's own count of one sample, see the head of the workload's file.
  constexpr double kPerSample = 6'364'224;
  const ChildRun run = testing::good_run("passive_edge.yaml", {testing::network("mcunet_in0_r48")});
  const base::CsvTable table("layers.csv", run.files.at("layers.csv"));
  double forward = 0;
  for (const base::CsvRow& row : table.rows())
    if (row.text("phase") == "forward") forward += row.number("macs");
  CHECK_THAT(forward, WithinRel(kPerSample * run["samples_per_s"] * run["step_time_s"], 1e-9));
}
