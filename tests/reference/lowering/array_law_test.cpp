// SPDX-License-Identifier: MIT
// The cycle laws against SCALE-Sim, ONNXim and STONNE.
#include <cmath>
#include <map>

#include "base/csv.h"
#include "base/file.h"
#include "lowering/cost/array_cost.h"
#include "lowering/cost/buffer_traffic.h"
#include "lowering/cost/sparsity_cost.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::lowering;
using Catch::Matchers::WithinAbs;

namespace {

const std::string kFolder = std::string(KILN_SOURCE_DIR) + "/tests/reference/npu/";

struct Run {
  ArrayShape array;
  Dataflow dataflow;
  BufferWords buffers;
  bool gemm_form;
  bool stalls;
};

Dataflow dataflow_named(const std::string& name) {
  if (name == "os") return Dataflow::output_stationary;
  return name == "ws" ? Dataflow::weight_stationary : Dataflow::input_stationary;
}

std::map<std::string, Run> scalesim_runs() {
  const base::CsvTable table("scalesim_runs.csv", base::read_file(kFolder + "scalesim_runs.csv"));
  std::map<std::string, Run> runs;
  for (const base::CsvRow& row : table.rows()) {
    Run run;
    run.array = {static_cast<int>(row.integer("rows")), static_cast<int>(row.integer("columns"))};
    run.dataflow = dataflow_named(row.text("dataflow"));
    run.buffers = {row.integer("ifmap_kb") * 1024, row.integer("filter_kb") * 1024,
                   row.integer("ofmap_kb") * 1024};
    run.gemm_form = row.text("form") == "gemm";
    run.stalls = row.text("mode") == "USER";
    runs[row.text("run")] = run;
  }
  return runs;
}

// Calls check(run, layer row, shape) for every layer of every run; returns how many there were.
template <class Check>
int for_each_layer(Check check) {
  const auto runs = scalesim_runs();
  const base::CsvTable table("scalesim_layers.csv", base::read_file(kFolder + "scalesim_layers.csv"));
  for (const base::CsvRow& row : table.rows())
    check(runs.at(row.text("run")), row, GemmShape{row.integer("M"), row.integer("N"), row.integer("K")});
  return static_cast<int>(table.rows().size());
}

}  // namespace

TEST_CASE("The strict law equals SCALE-Sim on every layer") {
  const int layers = for_each_layer([](const Run& run, const base::CsvRow& row, const GemmShape& gemm) {
    INFO(row.text("run") << " " << row.text("layer"));
    const ArrayCost cost = gemm_cost(gemm, run.array, run.dataflow, CostLaw::strict);
    const std::int64_t zero_based = row.integer("compute_cycles_minus_1");
    REQUIRE(cost.cycles == zero_based + 1);
    REQUIRE_THAT(100 * cost.mapping_efficiency, WithinAbs(row.number("mapping_efficiency_pct"), 1e-6));
    if (!run.stalls) {
      // SCALE-Sim divides by its zero-based count.
      const double convention = static_cast<double>(cost.cycles) / static_cast<double>(zero_based);
      REQUIRE_THAT(100 * cost.utilization * convention, WithinAbs(row.number("utilization_pct"), 1e-6));
    }
    REQUIRE(cost.a_reads == row.integer("sram_ifmap"));
    REQUIRE(cost.b_reads == row.integer("sram_filter"));
    // Its output-stationary count adds R + C per fold to the M x N results.
    const bool os = run.dataflow == Dataflow::output_stationary;
    const std::int64_t peer_extra = os ? cost.folds * (run.array.rows + run.array.columns) : 0;
    REQUIRE(cost.c_writes + peer_extra == row.integer("sram_ofmap"));
  });
  REQUIRE(layers == 1354);
}

TEST_CASE("Memory words of stationary GEMMs agree with SCALE-Sim to 0.2 %") {
  std::map<std::string, std::pair<double, double>> outputs;  // run -> ours, theirs
  for_each_layer([&](const Run& run, const base::CsvRow& row, const GemmShape& gemm) {
    if (!run.gemm_form || run.stalls || run.dataflow == Dataflow::output_stationary) return;
    INFO(row.text("run") << " " << row.text("layer"));
    const BufferTraffic traffic = strict_traffic(gemm, run.array, run.dataflow, run.buffers, gemm.m * gemm.k);
    REQUIRE(traffic.a_words == row.integer("dram_ifmap"));
    REQUIRE(traffic.b_words == row.integer("dram_filter"));
    REQUIRE(traffic.c_words <= row.integer("dram_ofmap"));
    REQUIRE(row.integer("dram_ofmap") - traffic.c_words < run.array.columns);  // padding of the last write
    outputs[row.text("run")].first += static_cast<double>(traffic.c_words);
    outputs[row.text("run")].second += row.number("dram_ofmap");
  });
  REQUIRE(outputs.size() > 20);
  for (const auto& [run, words] : outputs) {
    INFO(run);
    CHECK_THAT(words.first / words.second, WithinAbs(1.0, 0.002));
  }
}

TEST_CASE("Memory words of output-stationary GEMMs equal SCALE-Sim's, window edges included") {
  int layers = 0;
  for_each_layer([&](const Run& run, const base::CsvRow& row, const GemmShape& gemm) {
    if (!run.gemm_form || run.stalls || run.dataflow != Dataflow::output_stationary) return;
    INFO(row.text("run") << " " << row.text("layer"));
    const BufferTraffic traffic = strict_traffic(gemm, run.array, run.dataflow, run.buffers, gemm.m * gemm.k);
    REQUIRE(traffic.a_words == row.integer("dram_ifmap"));
    REQUIRE(traffic.b_words == row.integer("dram_filter"));
    ++layers;
  });
  REQUIRE(layers > 100);
}

TEST_CASE("The pipelined law is a lower bound of ONNXim and within 5 % with the first load and last store") {
  const base::CsvTable table("onnxim_gemm.csv", base::read_file(kFolder + "onnxim_gemm.csv"));
  constexpr double kBytesPerCycle = 614.4;  // 16 HBM channels x 38.4 GB/s at 1 GHz
  constexpr double kWordBytes = 2;
  for (const base::CsvRow& row : table.rows()) {
    const GemmShape gemm{row.integer("M"), row.integer("N"), row.integer("K")};
    ArrayShape array{static_cast<int>(row.integer("rows")), static_cast<int>(row.integer("columns"))};
    array.edge_aware_skew = false;
    INFO(gemm.m << " on " << array.rows);
    const auto law = gemm_cost(gemm, array, Dataflow::weight_stationary, CostLaw::pipelined).cycles;
    REQUIRE(law <= row.integer("cycles"));
    if (gemm.m < 512) continue;
    // First: one weight tile and its panel of A. Last: the panel of C the last tile completes.
    const double first = static_cast<double>(array.rows) * (array.columns + static_cast<double>(gemm.m));
    const double last = static_cast<double>(gemm.m) * array.columns;
    const double total = static_cast<double>(law) + (first + last) * kWordBytes / kBytesPerCycle;
    CHECK(total <= row.number("cycles"));
    CHECK(total >= 0.95 * row.number("cycles"));
  }
}

TEST_CASE("Dense STONNE costs a constant more per fold than the strict law, less where edges are thin") {
  const base::CsvTable table("stonne_gemm.csv", base::read_file(kFolder + "stonne_gemm.csv"));
  for (const base::CsvRow& row : table.rows()) {
    if (row.text("machine") != "tpu") continue;
    const GemmShape gemm{row.integer("M"), row.integer("N"), row.integer("K")};
    const ArrayShape array{static_cast<int>(row.integer("rows")), static_cast<int>(row.integer("columns"))};
    const ArrayCost cost = gemm_cost(gemm, array, Dataflow::output_stationary, CostLaw::strict);
    INFO(gemm.m << "x" << gemm.n << "x" << gemm.k << " on " << array.rows);
    if (cost.mapping_efficiency == 1.0) CHECK(cost.cycles + 5 * cost.folds == row.integer("cycles"));
    CHECK(cost.cycles + 5 * cost.folds >= row.integer("cycles"));
  }
}

TEST_CASE("The unstructured law follows STONNE's SIGMA from dense to 90 % zeros") {
  const base::CsvTable table("stonne_gemm.csv", base::read_file(kFolder + "stonne_gemm.csv"));
  int points = 0;
  for (const base::CsvRow& row : table.rows()) {
    if (row.text("machine") != "sigma") continue;
    SparsityShape sparsity;
    sparsity.scheme = SparsityScheme::unstructured;
    sparsity.density = 1 - row.number("zeros_pct") / 100;
    const auto cycles =
        unstructured_cycles(row.integer("M"), row.integer("N"), row.integer("K"), 1, sparsity);
    INFO("zeros " << row.number("zeros_pct") << " %: " << cycles << " against " << row.integer("cycles"));
    CHECK_THAT(static_cast<double>(cycles) / row.number("cycles"), WithinAbs(1.0, 0.12));
    ++points;
  }
  CHECK(points == 4);
}
