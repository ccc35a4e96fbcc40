// SPDX-License-Identifier: MIT
// An imported forward topology, expanded, gives the products of the backward topologies.
#include "support/catch.h"

#include <map>

#include "reference/workload/shipped.h"
#include "workload/scalesim.h"

using namespace kiln;
using namespace kiln::workload;

TEST_CASE("input and weight gradients of imported layers follow SCALE-Sim's convention") {
  const base::CsvTable table = reference("backward_gemms");
  std::map<std::string, std::string> topologies;
  for (const base::CsvRow& row : table.rows())
    topologies[row.text("network")] +=
        row.text("layer") + "," + row.text("m") + "," + row.text("n") + "," + row.text("k") + "\n";
  REQUIRE(topologies.size() == 2);
  for (const auto& [name, rows] : topologies) {
    TrainingConfig training;
    training.batch = 1;
    const StepGraph graph = expand(read_scalesim_topology(name + ".csv", "Layer,M,N,K\n" + rows), training);
    std::map<std::string, Gemm> products;
    for (const Op& op : graph.ops) products[op.name] = op.gemm;
    bool first = true;
    for (const base::CsvRow& row : table.rows()) {
      if (row.text("network") != name) continue;
      INFO(name << " " << row.text("layer"));
      const Gemm& dw = products.at(row.text("layer") + "/wgrad");
      CHECK(dw.m == row.integer("dw_m"));
      CHECK(dw.n == row.integer("dw_n"));
      CHECK(dw.k == row.integer("dw_k"));
      CHECK(products.count(row.text("layer") + "/dgrad") == (first ? 0 : 1));
      CHECK(row.text("dx_m").empty() == first);
      if (!first) {
        const Gemm& dx = products.at(row.text("layer") + "/dgrad");
        CHECK(dx.m == row.integer("dx_m"));
        CHECK(dx.n == row.integer("dx_n"));
        CHECK(dx.k == row.integer("dx_k"));
      }
      first = false;
    }
  }
}
