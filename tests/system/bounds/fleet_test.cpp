// SPDX-License-Identifier: MIT
// The promise of `validate` for what devices exchange, and over which link.
#include "config/load.h"
#include "fleet/run.h"
#include "support/catch.h"
#include "sweep.h"

using namespace kiln;
using testing::Subject;

namespace {

const std::string kFleets = std::string(KILN_SOURCE_DIR) + "/tests/system/dead_knobs/";

fleet::FleetConfig read_fleet(const config::Node& tree) {
  return config::read_tree<fleet::FleetConfig>(tree, kFleets + "fleet.yaml").value;
}

/// Three tiny devices for two rounds.
Subject fleet_of(const std::string& topology) {
  const config::Node tree = config::parse_yaml(
      kFleets + "fleet.yaml",
      "name: fleet\ndevices: [{experiment: tiny.yaml, count: 3}]\n"
      "link: ../../../configs/parts/link/wifi6_20mhz.yaml\nrounds: 2\nexchange: {topology: " +
          topology + "}\n");
  Subject subject;
  subject.record = config::Value<fleet::FleetConfig>::record();
  subject.effective = config::Value<fleet::FleetConfig>::write(read_fleet(tree), {});
  subject.amounts_of_work = {"rounds", "devices.*.count", "exchange.local_steps"};
  subject.validate = [](const config::Node& changed) { read_fleet(changed); };
  subject.parts_meet_in_run = true;
  subject.run = [](const config::Node& changed) {
    std::vector<std::pair<std::string, double>> numbers;
    for (const fleet::Number& number : fleet::run_fleet(read_fleet(changed), {}).numbers)
      numbers.emplace_back(number.key, number.value);
    return numbers;
  };
  return subject;
}

bool of_exchange(const std::string& path) {
  return path.starts_with("exchange.") || path.starts_with("link.") || path == "rounds" || path == "seed";
}

}  // namespace

TEST_CASE("keys of a fleet keep the promise") {
  for (const char* topology : {"ring", "server", "gossip"})
    testing::sweep_keys(fleet_of(topology), 12, of_exchange);
}
