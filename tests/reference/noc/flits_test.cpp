// SPDX-License-Identifier: MIT
// The flit-level engine against BookSim 2, cycle by cycle: zero load and finite transfers.
#include <algorithm>
#include <map>

#include "base/csv.h"
#include "base/file.h"
#include "batches.h"
#include "noc/exact_network.h"
#include "noc/train_timing.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::noc;

namespace {

std::string reference(const std::string& name) {
  return std::string(KILN_SOURCE_DIR) + "/tests/reference/noc/" + name;
}

struct BatchResult {
  std::int64_t completion = 0, high = 0, low = 0, first_source = 0;
};

BatchResult run_batch(const base::CsvRow& row, const NocConfig& config) {
  ExactNetwork network(config);
  for (const Offer& offer : batch::batch_offers(row.text("case"), config.columns)) network.offer(offer);
  network.run_to_idle();
  CHECK(network.flit_hops() == static_cast<std::uint64_t>(row.integer("flit_hops")));
  BatchResult result;
  std::map<int, std::int64_t> sources;
  for (const PacketRecord& record : network.delivered()) {
    const std::int64_t done = record.delivered + 1;  // the reference counts the cycle of arrival
    result.completion = std::max(result.completion, done);
    (record.cls == TrafficClass::gradient ? result.high : result.low) = done;
    sources[record.source.node] = std::max(sources[record.source.node], done);
  }
  result.first_source = result.completion;
  for (const auto& [source, done] : sources) result.first_source = std::min(result.first_source, done);
  return result;
}

void check_batches(std::int64_t k, std::int64_t routing_delay) {
  const base::CsvTable table("batch_completion.csv", base::read_file(reference("batch_completion.csv")));
  int cases = 0;
  for (const base::CsvRow& row : table.rows()) {
    if (row.integer("k") != k || row.integer("routing_delay") != routing_delay) continue;
    NocConfig config;
    config.columns = config.rows = static_cast<int>(k);
    config.virtual_channels = static_cast<int>(row.integer("vcs"));
    config.buffer_depth = static_cast<int>(row.integer("depth"));
    config.pipeline.routing_delay = static_cast<int>(routing_delay);
    config.qos.priority = row.text("priority") == "class";
    config.qos.policy = row.text("policy") == "split" ? ClassPolicy::split : ClassPolicy::shared;
    config.qos.starvation_cycles = 0;  // BookSim has no such bound
    const BatchResult result = run_batch(row, config);
    INFO(row.text("case") << " " << config.virtual_channels << "x" << config.buffer_depth);
    CHECK(result.completion == row.integer("completion"));
    CHECK(result.first_source == row.integer("source_done_min"));
    const bool two_classes = row.integer("class1_done") > 0;
    CHECK((two_classes ? result.high : result.low) == row.integer("class0_done"));
    if (two_classes) CHECK(result.low == row.integer("class1_done"));
    ++cases;
  }
  CHECK(cases > 10);
}

}  // namespace

TEST_CASE("Finite transfers on 4x4 end in BookSim's cycle") {
  check_batches(4, 0);
}
TEST_CASE("Finite transfers on 8x8 end in BookSim's cycle") {
  check_batches(8, 0);
}
TEST_CASE("Finite transfers with a routing stage end in BookSim's cycle") {
  check_batches(4, 1);
  check_batches(8, 1);
}

TEST_CASE("One packet and one stream alone take BookSim's cycles") {
  const base::CsvTable table("zero_load.csv", base::read_file(reference("zero_load.csv")));
  int rows = 0;
  for (const base::CsvRow& row : table.rows()) {
    NocConfig config;
    config.columns = static_cast<int>(row.integer("routers"));
    config.rows = 1;
    config.virtual_channels = static_cast<int>(row.integer("vcs"));
    config.buffer_depth = static_cast<int>(row.integer("depth"));
    config.pipeline.routing_delay = static_cast<int>(row.integer("routing_delay"));
    config.pipeline.credit_delay = static_cast<int>(row.integer("credit_delay"));
    config.wait_for_tail_credit = row.integer("wait_for_tail_credit") == 1;
    config.pipeline.speculative = row.text("pipeline") == "P3";
    // A stream on one VC can use one switch input only.
    config.input_speedup = row.text("pipeline") == "P4" && config.virtual_channels > 1 ? 2 : 1;
    ExactNetwork network(config);
    network.offer({.source = {0, 0},
                   .destination = {config.columns - 1, 0},
                   .packets = static_cast<std::uint64_t>(row.integer("packets")),
                   .flits = static_cast<int>(row.integer("flits"))});
    network.run_to_idle();
    INFO(row.text("pipeline") << " routers " << config.columns << " depth " << config.buffer_depth);
    CHECK(network.delivered().back().delivered + 1 == row.integer("completion"));
    double latency = 0;
    for (const PacketRecord& record : network.delivered())
      latency += static_cast<double>(record.network_latency());
    latency /= static_cast<double>(network.delivered().size());
    CHECK_THAT(latency, Catch::Matchers::WithinAbs(row.number("network_latency"), 0.06));
    if (row.integer("packets") == 1) {
      CHECK(static_cast<double>(TrainTiming(config).head_cycles(config.columns) + row.integer("flits") - 1) ==
            row.number("network_latency"));
    }
    ++rows;
  }
  CHECK(rows == 36);
}
