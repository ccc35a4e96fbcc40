// SPDX-License-Identifier: MIT
// `kiln fleet` on chips: shipped fleets, stragglers through heat, refusals.
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "support/catch.h"
#include "support/process.h"
#include "support/scratch_folder.h"
#include "support/svg_text.h"

using namespace kiln::testing;

namespace {

std::string source(const std::string& path) {
  return std::string(KILN_SOURCE_DIR) + "/" + path;
}

ProcessResult fleet(std::vector<std::string> more, const ScratchFolder& scratch,
                    const std::string& file = "boxes_ethernet") {
  std::vector<std::string> words = {KILN_BINARY,
                                    "fleet",
                                    source("configs/fleet/" + file + ".yaml"),
                                    "--out",
                                    (scratch.path() / "out").string(),
                                    "--format",
                                    "json"};
  words.insert(words.end(), more.begin(), more.end());
  return run_process(words);
}

nlohmann::json result_of(const ProcessResult& result) {
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return nlohmann::json::parse(result.out);
}

}  // namespace

TEST_CASE("shipped fleets run, and their books name every joule") {
  for (const char* file : {"boxes_ethernet", "wearables_ble", "lenet_links", "two_dies", "boxes_overlap"}) {
    INFO(file);
    const ScratchFolder scratch;
    const auto json = result_of(fleet({"--set", "rounds=3", "compare.codecs=[]"}, scratch, file));
    const auto n = [&](const char* key) { return json[key].get<double>(); };
    CHECK(n("rounds") == 3);
    CHECK(n("energy_j") == Approx(n("device_energy_j") + n("link_energy_j")));
    CHECK(n("link_energy_j") == Approx(n("link_wake_j") + n("link_busy_j") + n("link_transmit_j") +
                                       n("link_receive_j") + n("link_tail_j") + n("link_idle_j")));
    CHECK(n("device_energy_j") >= n("chip_energy_j"));
    CHECK(n("sent_bytes") > 0);
    CHECK(n("wire_bytes") > n("sent_bytes"));
    CHECK(json["validity"]["state"] != "invalid");
    // Joules have the band of the chips' constants; what links carry is exact to them.
    const auto end = [&](const char* key, const char* which) {
      const auto& band = json["band"];
      return band.contains(key) ? band[key][which].get<double>() : n(key);
    };
    CHECK(end("device_energy_j", "low") < n("device_energy_j"));
    CHECK(end("device_energy_j", "high") > n("device_energy_j"));
    for (const char* which : {"low", "high"})
      CHECK(end("energy_j", which) ==
            Approx(end("device_energy_j", which) + end("link_energy_j", which)).epsilon(0.01));
    for (const char* exact : {"devices", "rounds", "sent_bytes", "gradient_bytes"})
      CHECK_FALSE(json["band"].contains(exact));
    for (const char* name :
         {"fleet.txt", "fleet.json", "rounds.csv", "devices.csv", "fleet.gp", "config.effective.yaml"})
      CHECK(std::filesystem::exists(scratch.path() / "out" / name));
    // Times, counts of gradients, and of updates missed, which are whole.
    const std::string picture = scratch.read("out/fleet.svg");
    for (const double tick : ticks_of(picture)) CHECK(tick >= 0);
    const std::size_t above = picture.find("first gradient");
    const auto counts = ticks_of(above == std::string::npos ? picture : picture.substr(above));
    CHECK(counts.size() >= 8);
    for (const double tick : counts) CHECK(tick == std::floor(tick));
  }
}

TEST_CASE("a fleet beyond its limit of wall time keeps OUT.failed and no results") {
  const ScratchFolder scratch;
  const ProcessResult result = fleet({"--time-limit", "1 ms"}, scratch);
  CHECK(result.exit_code == 1);
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "out"));
  CHECK(std::filesystem::exists(scratch.path() / "out.failed/config.effective.yaml"));
}

TEST_CASE("a ring of chips sends 2 (n - 1) / n of its gradient") {
  const ScratchFolder scratch;
  const auto json = result_of(fleet({"--set", "rounds=2", "devices.0.count=8"}, scratch));
  CHECK(json["sent_bytes"].get<double>() ==
        Approx(2.0 * 7 / 8 * json["gradient_bytes"].get<double>()).epsilon(1e-3));
}

TEST_CASE("buckets of a chip's gradients leave during its backward pass, and what it does not hide is said") {
  const ScratchFolder scratch;
  const auto run = [&](std::vector<std::string> settings) {
    settings.insert(settings.begin(), {"--set", "rounds=4", "devices.0.count=4"});
    return result_of(fleet(settings, scratch, "boxes_overlap"));
  };
  const auto n = [](const nlohmann::json& json, const char* key) { return json[key].get<double>(); };
  const auto none = run({"exchange.overlap=none"}), whole = run({"exchange.bucket=1 GiB"}), hidden = run({});
  CHECK(none["hidden_exchange_share"] == 0);
  CHECK(n(none, "exposed_exchange_s") == Approx(n(none, "exchange_time_s")));
  CHECK_FALSE(whole.contains("buckets"));
  for (const char* key : {"time_s", "energy_j", "link_energy_j", "exposed_exchange_s", "sent_bytes"})
    CHECK(n(whole, key) == Approx(n(none, key)).epsilon(1e-5));  // packets are cut in another order
  CHECK(n(hidden, "round_time_s") < 0.8 * n(none, "round_time_s"));
  CHECK(n(hidden, "exposed_exchange_s") < 0.6 * n(hidden, "exchanging_s"));
  CHECK(n(hidden, "round_time_s") - n(hidden, "exposed_exchange_s") ==
        Approx(n(none, "round_time_s") - n(none, "exposed_exchange_s")));
  CHECK(n(hidden, "sent_bytes") == Approx(n(none, "sent_bytes")));
  CHECK(n(hidden, "link_busy_j") == Approx(n(none, "link_busy_j")).epsilon(0.01));
  CHECK_THAT(scratch.read("out/fleet.txt"), contains("of it exposed"));
  if (std::filesystem::exists(scratch.path() / "out/fleet.svg"))
    CHECK_THAT(scratch.read("out/fleet.svg"), contains("ready to summed up"));
  // The head's gradients stand first, the first layer's with the end of the pass.
  const auto& buckets = hidden["buckets"];
  REQUIRE(buckets.size() > 4);
  CHECK(buckets[0]["layers"][0] == "classifier");
  CHECK(buckets[buckets.size() - 1]["layers"].back() == "stem");
  double bytes = 0, before_s = 0;
  for (const auto& bucket : buckets) {
    bytes += bucket["bytes"].get<double>();
    CHECK(bucket["ready_s"].get<double>() >= before_s);
    before_s = bucket["ready_s"].get<double>();
    CHECK(bucket["complete_s"].get<double>() > before_s);
  }
  CHECK(bytes == n(hidden, "gradient_bytes"));
  // Over a link that takes no time a round is a step of a device alone.
  const auto free = run({"link.rate=10 TB/s", "link.latency=0 s", "link.packet.payload=64 KiB"});
  const auto alone = run({"devices.0.count=1"});
  CHECK(n(free, "round_time_s") == Approx(n(alone, "round_time_s")).epsilon(3e-3));  // it wakes up
  CHECK(n(alone, "sent_bytes") == 0);
}

TEST_CASE("what is no sum over all devices of a step does not overlap") {
  const ScratchFolder scratch;
  for (const auto& [setting, reason] :
       {std::pair{"exchange.topology=gossip", "gossip sends"},
        {"exchange.local_steps=3", "set local_steps: 1"},
        {"exchange.barrier=asynchronous", "barrier asynchronous has no common step"},
        {"exchange.participation=50 %", "set participation: 1"},
        {"exchange.dropout=5 %", "set dropout: 0"}}) {
    const ProcessResult result =
        fleet({"--set", "exchange.topology=server", setting}, scratch, "boxes_overlap");
    INFO(setting);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, contains("exchange.overlap"));
    CHECK_THAT(result.err, contains(reason));
  }
}

TEST_CASE("a hot device is throttled and holds up the others") {
  // Enough steps at home: behind few of them the slow device finds the server still busy with the others.
  const auto run = [](const std::string& ambients) {
    const ScratchFolder scratch;
    return result_of(fleet(
        {"--set", "rounds=4", "devices.0.count=4", "exchange.participation=1", "exchange.dropout=0",
         "exchange.local_steps=4000", "devices.0.experiment.run.rate=null", "devices.0.ambients=" + ambients},
        scratch, "wearables_ble"));
  };
  const auto cool = run("[22 degC]");
  const auto mixed = run("[22 degC, 22 degC, 22 degC, 44 degC]");
  CHECK(cool["throttled_share"] == 0);
  CHECK(mixed["throttled_share"].get<double>() > 0.5);
  CHECK(mixed["slowest_last_step_s"].get<double>() > 1.2 * cool["slowest_last_step_s"].get<double>());
  CHECK(mixed["round_time_s"].get<double>() > 1.1 * cool["round_time_s"].get<double>());
  CHECK(mixed["idle_energy_j"].get<double>() > cool["idle_energy_j"].get<double>());  // the others wait
}

TEST_CASE("devices too hot to switch on again end the fleet, which says so") {
  const ScratchFolder scratch;
  const ProcessResult result = fleet(
      {"--set", "rounds=2", "devices.0.count=2", "exchange.participation=1", "devices.0.ambients=[95 degC]",
       "devices.0.experiment.environment.start=119 degC", "--time-limit", "60s"},
      scratch, "wearables_ble");
  CHECK(result.exit_code != 0);
  CHECK_THAT(result.err, contains("all devices have been shut down for six hours"));
}

TEST_CASE("what becomes hotter than it may is said of a fleet as of a run") {
  const ScratchFolder scratch;
  const auto validity = [&](const std::string& limit) {
    return result_of(
        fleet({"--set", "rounds=20", "package.skin_limit=" + limit}, scratch, "two_dies"))["validity"];
  };
  const auto hot = validity("35 degC"), cool = validity("43 degC");  // in a room of 35 degC
  CHECK(hot["state"] == "warn");
  CHECK(hot["findings"][0]["code"] == "skin_too_hot");
  CHECK(hot["findings"][0]["where"] == "devices.0: skin");
  CHECK(cool["state"] == "ok");
}

TEST_CASE("rounds without a gradient are said, and are no training where there are no others") {
  const ScratchFolder scratch;
  const auto silent = [&](const std::string& dropout) {
    return fleet({"--set", "rounds=6", "devices.0.count=2", "exchange.local_steps=2",
                  "exchange.participation=1", "exchange.dropout=" + dropout},
                 scratch, "wearables_ble");
  };
  const ProcessResult all = silent("0.99");
  CHECK(all.exit_code == 3);
  CHECK_THAT(all.out, contains("in 6 of 6 rounds all members went silent"));
  const auto some = result_of(silent("0.6"));
  CHECK(some["validity"]["state"] == "warn");
  CHECK(some["validity"]["findings"][0]["code"] == "silent_rounds");
  CHECK(result_of(silent("0"))["validity"]["state"] == "ok");
}

TEST_CASE("codecs are compared over links, and fewer bits pay on the slow one") {
  const ScratchFolder scratch;
  const auto json = result_of(fleet({"--set", "rounds=2", "compare.rounds=2", "devices.0.count=2",
                                     "compare.links=[" + source("configs/parts/link/ieee802154.yaml") + "]"},
                                    scratch, "lenet_links"));
  const auto& compare = json["compare"];
  REQUIRE(compare["candidates"].size() == 5);
  REQUIRE(compare["links"].size() == 2);
  CHECK(compare["pairs"].size() == 10);
  for (std::size_t i = 1; i < 5; ++i) {
    CHECK(compare["candidates"][i]["equal_accuracy"] == true);
    CHECK(compare["candidates"][i]["gradient_bytes"] < compare["candidates"][0]["gradient_bytes"]);
  }
  CHECK(compare["links"][1]["least_energy"] != "plain");
  CHECK(compare["links"][1]["least_time"] != "plain");
  CHECK(std::filesystem::exists(scratch.path() / "out" / "compare.csv"));
  CHECK(std::filesystem::exists(scratch.path() / "out" / "compare.gp"));
  if (run_process({"sh", "-c", "command -v gnuplot"}).exit_code == 0)
    CHECK(std::filesystem::exists(scratch.path() / "out" / "compare.svg"));
}

TEST_CASE("the cache of steps does not change a fleet") {
  const ScratchFolder scratch, cache;
  const std::vector<std::string> small = {"--set", "rounds=3", "devices.0.count=4"};
  const ProcessResult cold = fleet(small, scratch);
  std::vector<std::string> without = small;
  without.push_back("--no-cache");
  CHECK(fleet(without, scratch).out == cold.out);
}

TEST_CASE("dies of one package have temperatures over time, and what does not fit is refused by name") {
  const ScratchFolder scratch;
  const auto json = result_of(fleet({"--set", "rounds=50"}, scratch, "two_dies"));
  CHECK(json["coolest_die_c"].get<double>() <= json["peak_temperature_c"].get<double>());
  CHECK(json["package_heat_j"].get<double>() > 2 * json["chip_energy_j"].get<double>());
  const std::string table = scratch.read("out/dies.csv");
  for (const char* die : {"\n0,", "\n1,"}) CHECK_THAT(table, contains(die));
  CHECK_THAT(scratch.read("out/report.html"), contains("dies.csv"));
  const auto refused = [&](std::vector<std::string> settings, const std::string& part,
                           const std::string& file = "two_dies") {
    settings.insert(settings.begin(), "--set");
    const ProcessResult result = fleet(settings, scratch, file);
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, contains(part));
  };
  refused({"devices.0.count=3"}, "have no source layer 'soc_2'");
  refused({"devices.0.count=1"}, "have a source layer 'soc_1' that is no die's");
  refused({"devices.0.ambients=[20 degC]"}, "are in the room of");
  refused({"devices.0.experiment.soc.battery={capacity: 1 Ah}"},
          "dies of one package share `battery` of the fleet");
  refused({"package.bodies.soc_1.shift_x=-3 mm"}, "overlap");
  refused({"devices.0.quarter_turns=[1]"}, "give the fleet a package", "boxes_ethernet");
  refused({"devices.0.quarter_turns=[4]"}, "devices.0.quarter_turns", "two_dies");
}

TEST_CASE("fleets that cannot be are refused by name") {
  const ScratchFolder scratch;
  const auto refused = [&](std::vector<std::string> settings, const std::string& part) {
    settings.insert(settings.begin(), "--set");
    const ProcessResult result = fleet(settings, scratch);
    INFO(result.err);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, contains(part));
  };
  refused({"exchange.barrier=asynchronous"}, "exchange.barrier");
  refused({"exchange.participation=50%"}, "take topology server or gossip");
  refused({"exchange.topology=gossip", "exchange.gossip_peers=128"}, "are at most 127");
  refused({"devices.0.experiment.training=none"}, "nothing to exchange");
  refused(
      {"devices.0.experiment.training={kind: zeroth_order, optimizer: {kind: sgd, master_weights: false}}"},
      "forms no gradients");
  refused({"exchange.stamp=1KiB", "link.packet.payload=1000 B"}, "leaves nothing");
  refused({"devices=[]"}, "is empty");
  refused({"devices.0.count=5000"}, "devices");
}
