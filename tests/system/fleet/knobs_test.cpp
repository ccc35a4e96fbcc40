// SPDX-License-Identifier: MIT
// No key of a fleet is dead: each one, changed, moves a number.
#include <map>
#include <set>

#include "config/load.h"
#include "fleet/answer.h"
#include "fleet/run.h"
#include "support/catch.h"
#include "support/record_keys.h"
#include "support/turned_knob.h"

using namespace kiln;

namespace {

std::string small_fleet() {
  return fmt::format(R"(name: small
devices:
  - experiment:
      name: watch
      workload: {0}/workloads/lenet5_r28.yaml
      training: {{batch: 4}}
      soc: {0}/soc/wearable_lpddr4.yaml
      mapping: {{parallel: data, cut: rows}}
    count: 4
link: {0}/parts/link/ethernet_1g.yaml
rounds: 6
)",
                     std::string(KILN_SOURCE_DIR) + "/configs");
}

std::map<std::string, double> numbers(const std::vector<std::string>& overrides) {
  config::Node tree = config::parse_yaml("small.yaml", small_fleet());
  for (const std::string& assignment : overrides) config::apply_override(tree, assignment);
  const auto config = config::read_tree<fleet::FleetConfig>(tree, "").value;
  std::map<std::string, double> all;
  const fleet::Result result = fleet::run_fleet(config, {});
  for (const fleet::Number& number : result.numbers) all[number.key] = number.value;
  double weighted = 0;
  for (const fleet::DeviceRow& row : result.devices) weighted += row.books.steps * (row.device + 1);
  all["who"] = weighted;
  if (config.compare.codecs.empty()) return all;
  const fleet::Comparison comparison = fleet::compare(config, {});
  all["pairs"] = double(comparison.pairs.size());
  for (const fleet::Candidate& candidate : comparison.candidates) all["bytes"] += candidate.gradient_bytes;
  for (const fleet::Pair& pair : comparison.pairs) all["pair_j"] += pair.round_j;
  return all;
}

const std::vector<testing::TurnedKnob>& knobs() {
  static const std::string configs = std::string(KILN_SOURCE_DIR) + "/configs/";
  static const std::string server = "exchange.topology=server";
  static const std::string codecs =
      "compare.codecs=[{name: half, compression: {enabled: true, codec: {selection: dense, values: int8}}}]";
  static const std::string links = "compare.links=[" + configs + "parts/link/usb3_gen1.yaml]";
  static const std::vector<std::string> dies = {
      "devices.0.experiment=" + configs + "experiments/passive_edge.yaml", "devices.0.count=2",
      "package=" + configs + "packages/two_dies.yaml"};
  static const std::vector<testing::TurnedKnob> all = {
      {"devices.count", "devices.0.count", "3", "devices"},
      {"devices.ambients", "devices.0.ambients", "[40 degC, 20 degC]", "peak_temperature_c"},
      {"devices.quarter_turns", "devices.0.quarter_turns", "[0, 2]", "peak_temperature_c", dies},
      {"package", "package.bodies.lid.top.coefficient", "500 W/m2K", "peak_temperature_c", dies},
      {"battery",
       "battery",
       "{capacity: 200 mAh}",
       "battery_charge",
       {dies[0], dies[1], dies[2], "battery={capacity: 100 mAh}"}},
      {"link", "link.rate", "100 Mb/s", "round_time_s"},
      {"exchange.topology", "exchange.topology", "tree", "messages"},
      {"exchange.barrier", "exchange.barrier", "bounded", "mean_staleness"},
      {"exchange.staleness", "exchange.staleness", "3", "largest_staleness", {"exchange.barrier=bounded"}},
      {"exchange.local_steps", "exchange.local_steps", "3", "samples_per_s"},
      {"exchange.participation", "exchange.participation", "50 %", "samples_per_s", {server}},
      {"exchange.dropout", "exchange.dropout", "50 %", "dropouts", {server}},
      {"exchange.dropout_timeout",
       "exchange.dropout_timeout",
       "1 s",
       "time_s",
       {server, "exchange.dropout=50 %"}},
      {"exchange.gossip_peers", "exchange.gossip_peers", "2", "sent_bytes", {"exchange.topology=gossip"}},
      {"exchange.server_channels", "exchange.server_channels", "4", "round_time_s", {server}},
      {"exchange.stamp", "exchange.stamp", "100 B", "wire_bytes"},
      {"exchange.overlap", "exchange.overlap", "backward", "round_time_s", {"exchange.bucket=1 KiB"}},
      {"exchange.bucket", "exchange.bucket", "1 KiB", "round_time_s", {"exchange.overlap=backward"}},
      {"rounds", "rounds", "3", "rounds"},
      {"seed", "seed", "7", "who", {server, "exchange.participation=50 %"}},
      {"compare.codecs.name", "compare.codecs", "", ""},  // names lead
      {"compare.codecs.compression", "compare.codecs.0.compression.codec.values", "int4", "bytes", {codecs}},
      {"compare.links", "compare.links", "[]", "pairs", {codecs, links}},
      {"compare.rounds", "compare.rounds", "3", "pair_j", {codecs, links}},
  };
  return all;
}

}  // namespace

TEST_CASE("every key of a fleet is among those that are turned here") {
  std::set<std::string> keys;
  testing::add_keys(*config::Value<fleet::FleetConfig>::record(),
                    {"soc_package", "battery", "link", "compression"}, keys);
  CHECK(keys == testing::keys_of(knobs()));
}

TEST_CASE("every key of a fleet moves a number") {
  testing::check_all_move(knobs(), [](const std::vector<std::string>& overrides, const std::string& number) {
    return numbers(overrides).at(number);
  });
}
