// SPDX-License-Identifier: MIT
// Where gradients are coded is said, not guessed from sizes: a code as large as the gradient is coded in the
// same places as a small one.
#include "base/csv.h"
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using namespace kiln::testing;

namespace {

struct Coded {
  std::int64_t at_tiles = 0, elsewhere = 0;
};

/// Elements coded in a step with the engine at `placement`. The tiles of edge_hbm2e.yaml and their routers
/// stand in row 1.
Coded coded_elements(const std::string& placement, const std::string& values) {
  const ChildRun run =
      good_run("quickstart.yaml", {"compression.enabled=true", "compression.placement=" + placement,
                                   "compression.codec={selection: dense, values: " + values + "}",
                                   "training.precision.gradients=fp16", network("dscnn_kws_mlperf_tiny"),
                                   "mapping.parallel=data", "run.audit_windows=0"});
  const base::CsvTable table("windows.csv", run.files.at("windows.csv"));
  Coded coded;
  for (const base::CsvRow& row : table.rows()) {
    const std::string& block = row.text("block");
    const bool tile =
        block.find("npu") != std::string::npos || (block.starts_with("router_") && block.ends_with("_1"));
    (tile ? coded.at_tiles : coded.elsewhere) += row.integer("codec_element");
  }
  return coded;
}

}  // namespace

TEST_CASE("a network interface codes at its tile, whatever the code's size") {
  const std::string values = GENERATE("fp16", "int8", "fp32");
  INFO(values);
  const Coded coded = coded_elements("ni", values);
  CHECK(coded.at_tiles > 0);
  CHECK(coded.elsewhere == 0);
}

TEST_CASE("the array's own codec leaves the network alone") {
  const Coded coded = coded_elements("mac_output", "fp16");
  CHECK(coded.at_tiles > 0);
  CHECK(coded.elsewhere == 0);
}

TEST_CASE("routers code at both ends, and leave alone what would not shrink") {
  const Coded smaller = coded_elements("router", "int8");
  CHECK(smaller.at_tiles > 0);
  CHECK(smaller.elsewhere > 0);
  const Coded same = coded_elements("router", "fp16");
  CHECK(same.at_tiles + same.elsewhere == 0);
}
