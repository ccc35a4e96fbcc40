// SPDX-License-Identifier: MIT
// Latency under load, saturation and service classes against BookSim 2 (other random streams, so within its
// noise).
#include <cmath>
#include <map>

#include "base/csv.h"
#include "base/file.h"
#include "noc/energy.h"
#include "noc/load_seeds.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::noc;
using Catch::Matchers::WithinRel;

namespace {

base::CsvTable read(const std::string& name) {
  const std::string path = std::string(KILN_SOURCE_DIR) + "/tests/reference/noc/" + name;
  return base::CsvTable(path, base::read_file(path));
}

Pattern pattern_of(const std::string& name) {
  for (const auto& entry : enum_names(static_cast<const Pattern*>(nullptr))) {
    if (entry.name == name) return entry.value;
  }
  throw std::runtime_error("pattern " + name);
}

/// Router and traffic of a row of load_latency.csv or saturation.csv.
std::pair<NocConfig, TrafficConfig> setup(const base::CsvRow& row) {
  NocConfig config;
  config.columns = config.rows = static_cast<int>(row.integer("k"));
  config.virtual_channels = static_cast<int>(row.integer("vcs"));
  config.buffer_depth = static_cast<int>(row.integer("depth"));
  const std::string pipeline = row.text("pipeline");
  config.pipeline.routing_delay = pipeline == "P2" ? 1 : 0;
  config.pipeline.speculative = pipeline == "P3";
  if (pipeline == "P4") {
    config.input_speedup = 2;
    config.pipeline.credit_delay = 2;
    config.wait_for_tail_credit = true;
  }
  TrafficConfig traffic;
  traffic.pattern = pattern_of(row.text("pattern"));
  traffic.packet_flits = static_cast<int>(row.integer("packet_flits"));
  return {config, traffic};
}

std::string key_of(const base::CsvRow& row) {
  std::string key;
  for (const char* column : {"pipeline", "k", "vcs", "depth", "pattern", "packet_flits"})
    key += row.text(column) + "/";
  return key;
}

std::map<std::string, double> stable_loads() {
  const base::CsvTable table = read("saturation.csv");
  std::map<std::string, double> loads;
  for (const base::CsvRow& row : table.rows()) loads[key_of(row)] = row.number("last_stable");
  return loads;
}

}  // namespace

TEST_CASE("Latency up to 60 % of saturation is BookSim's within 5 %") {
  const auto stable = stable_loads();
  const base::CsvTable table = read("load_latency.csv");
  int points = 0;
  double sum = 0;
  for (const base::CsvRow& row : table.rows()) {
    const auto found = stable.find(key_of(row));
    // The lowest load holds too few packets in the reference.
    const double load = row.number("load");
    if (found == stable.end() || load < 0.03 || load > 0.6 * found->second) continue;
    const auto [config, traffic] = setup(row);
    MeasureConfig measure;
    measure.sample_cycles = static_cast<int>(row.integer("sample_cycles"));
    const LoadResult result = measure_load(config, traffic, measure, load, 1);
    INFO(key_of(row) << " load " << load);
    CHECK_FALSE(result.saturated);
    CHECK_THAT(result.avg_packet_latency_cycles, WithinRel(row.number("packet_latency"), 0.05));
    sum += result.avg_packet_latency_cycles / row.number("packet_latency") - 1;
    ++points;
  }
  CHECK(points > 120);
  CHECK(std::abs(sum / points) < 0.015);  // no bias
}

TEST_CASE("Five-seed means are within the reference's seed noise") {
  const base::CsvTable table = read("seed_noise.csv");
  for (const base::CsvRow& row : table.rows()) {
    NocConfig config;
    config.columns = config.rows = static_cast<int>(row.integer("k"));
    TrafficConfig traffic;
    traffic.pattern = pattern_of(row.text("pattern"));
    MeasureConfig measure;
    measure.sample_cycles = config.columns == 4 ? 2000 : 1000;
    const LoadResult mean = measure_load_over_seeds(config, traffic, measure, row.number("load"), 1, 5);
    INFO(row.text("pattern") << " " << row.text("k") << " load " << row.number("load"));
    // Two means of five: their difference has a spread of stdev * sqrt(2 / 5); three of them, and at least 2
    // %.
    const double noise = std::max(0.02, 3 * row.number("stdev_pct") / 100 * std::sqrt(0.4));
    CHECK_THAT(mean.avg_packet_latency_cycles, WithinRel(row.number("mean"), noise));
  }
}

namespace {

/// The reference brackets saturation between its last stable and first unstable load (none up to 0.9: empty).
void check_saturation(std::int64_t k) {
  const base::CsvTable table = read("saturation.csv");
  int rows = 0;
  for (const base::CsvRow& row : table.rows()) {
    if (row.integer("k") != k) continue;
    const auto [config, traffic] = setup(row);
    MeasureConfig measure;
    measure.sample_cycles = k == 4 ? 2000 : 1000;
    INFO(key_of(row));
    CHECK_FALSE(measure_load(config, traffic, measure, row.number("last_stable") * 0.97, 1).saturated);
    if (!row.text("first_unstable").empty())
      CHECK(measure_load(config, traffic, measure, row.number("first_unstable") * 1.03, 1).saturated);
    ++rows;
  }
  CHECK(rows > 15);
}

}  // namespace

TEST_CASE("Saturation load on 4x4 is BookSim's within 3 %: patterns, packets, buffers, pipelines") {
  check_saturation(4);
}
TEST_CASE("Saturation load on 8x8 is BookSim's within 3 %: patterns, packets, buffers, pipelines") {
  check_saturation(8);
}

TEST_CASE("Beyond saturation as many flits are accepted as in BookSim, on average and by the worst node") {
  const base::CsvTable table = read("saturation.csv");
  int rows = 0;
  double error = 0;
  for (const base::CsvRow& row : table.rows()) {
    if (row.text("full_load_accepted").empty()) continue;
    const auto [config, traffic] = setup(row);
    MeasureConfig measure;
    measure.windows = {3000, 6000};
    const LoadResult result = measure_load(config, traffic, measure, 1.0, 1);
    INFO(key_of(row) << " at full load");
    CHECK_THAT(result.accepted, WithinRel(row.number("full_load_accepted"), 0.04));
    error += result.accepted / row.number("full_load_accepted") - 1;
    // Starved by the pattern; where every node has its share the worst is noise of a window that the
    // reference does not give.
    if (traffic.pattern == Pattern::transpose)
      CHECK_THAT(result.least_received, Catch::Matchers::WithinAbs(row.number("full_load_least"), 0.02));
    ++rows;
  }
  CHECK(rows > 40);
  CHECK(std::abs(error / rows) < 0.01);  // no bias
}

TEST_CASE(
    "A fixed window measures at any load: below saturation what the stopping rule measures, beyond it more "
    "load changes nothing but the wait at the sources") {
  NocConfig config;
  TrafficConfig traffic;
  MeasureConfig rule, windows;
  windows.windows = {5000, 20000};
  const LoadResult stable = measure_load_over_seeds(config, traffic, windows, 0.4, 1, 5);
  const LoadResult ruled = measure_load_over_seeds(config, traffic, rule, 0.4, 1, 5);
  CHECK_FALSE(stable.saturated);
  REQUIRE(stable.confidence);
  CHECK(stable.confidence->seeds == 5);
  CHECK_THAT(stable.accepted, Catch::Matchers::WithinAbs(0.4, 2 * stable.confidence->accepted));
  CHECK_THAT(stable.avg_packet_latency_cycles, WithinRel(ruled.avg_packet_latency_cycles, 0.03));

  const LoadResult beyond = measure_load(config, traffic, windows, 0.85, 1),
                   far_beyond = measure_load(config, traffic, windows, 1.0, 1);
  CHECK(beyond.saturated);
  CHECK(far_beyond.saturated);
  CHECK_THAT(far_beyond.accepted, WithinRel(beyond.accepted, 0.02));
  CHECK_THAT(far_beyond.avg_network_latency_cycles, WithinRel(beyond.avg_network_latency_cycles, 0.1));
  CHECK(far_beyond.avg_packet_latency_cycles > 1.5 * beyond.avg_packet_latency_cycles);
}

TEST_CASE("Two classes: every policy's latencies are BookSim's within 10 % below saturation") {
  const base::CsvTable table = read("qos.csv");
  int rows = 0;
  for (const base::CsvRow& row : table.rows()) {
    const double load = row.number("load");
    if (row.integer("k") != 4 || load < 0.3 || load > 0.62) continue;
    NocConfig config;
    const std::string mode = row.text("mode");
    config.qos.priority = mode != "none";
    config.qos.starvation_cycles = 0;
    config.qos.policy = mode == "split"     ? ClassPolicy::split
                        : mode == "reserve" ? ClassPolicy::reserve
                                            : ClassPolicy::shared;
    TrafficConfig traffic;
    traffic.classes = {{TrafficClass::gradient, 0.25}, {TrafficClass::activation, 0.75}};
    const LoadResult result = measure_load_over_seeds(config, traffic, MeasureConfig{}, load, 1, 2);
    INFO(mode << " load " << load);
    CHECK_THAT(result.per_class[0].avg_packet_latency_cycles, WithinRel(row.number("high_latency"), 0.10));
    CHECK_THAT(result.per_class[1].avg_packet_latency_cycles, WithinRel(row.number("low_latency"), 0.10));
    ++rows;
  }
  CHECK(rows >= 12);
}

TEST_CASE("Split channels keep the high class flat where the network is beyond saturation") {
  NocConfig config;
  config.columns = config.rows = 8;
  config.qos.policy = ClassPolicy::split;
  config.qos.priority = true;
  TrafficConfig traffic;
  traffic.classes = {{TrafficClass::gradient, 0.25}, {TrafficClass::activation, 0.75}};
  MeasureConfig measure;
  measure.sample_cycles = 1000;
  measure.max_samples = 8;
  measure.latency_limit_cycles =
      1e9;  // the low class is past its limit: measure anyway, as the reference does
  const LoadResult result = measure_load(config, traffic, measure, 0.6, 1);
  const double zero_load = 31.0;  // 4 R + 2 + 4 over a mean of 6.25 routers
  CHECK(result.per_class[0].avg_packet_latency_cycles < 1.4 * zero_load);
  CHECK_THAT(result.per_class[0].avg_packet_latency_cycles, WithinRel(40.4, 0.10));
  CHECK(result.per_class[1].avg_packet_latency_cycles > 300);
}

TEST_CASE("Energy and area follow DSENT over flit widths and buffer sizes") {
  const base::CsvTable table = read("dsent_router.csv");
  for (const base::CsvRow& row : table.rows()) {
    NocConfig config;
    config.link_bytes = static_cast<int>(row.integer("flit_bits") / 8);
    config.virtual_channels = static_cast<int>(row.integer("vcs"));
    config.buffer_depth = static_cast<int>(row.integer("depth"));
    const EnergyConfig events;
    const NocEnergyModel model(config, events);
    const double dsent = row.number("buffer_write_pj") + row.number("buffer_read_pj") +
                         row.number("crossbar_pj") + row.number("arbitration_pj");
    INFO(row.text("flit_bits") << " bit, " << row.text("vcs") << "x" << row.text("depth"));
    CHECK_THAT(model.router_flit_j() * 1e12, WithinRel(dsent, 0.08));
    const NocConditions at{events.reference_voltage_v, events.reference_temperature_c};
    CHECK_THAT(model.leakage_w(at) * 1e3, WithinRel(row.number("leakage_mw"), 0.08));
    // Area grows faster than the width at 512 bit (crossbar wires).
    if (row.integer("flit_bits") <= 128)
      CHECK_THAT(model.router_area_m2() * 1e6, WithinRel(row.number("area_mm2"), 0.20));
  }
}
