// SPDX-License-Identifier: MIT
// Options and output of `kiln link`.
#include <nlohmann/json.hpp>

#include "refusal.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

ProcessResult link(std::vector<std::string> more, const std::string& part = "ble5_2m") {
  more.insert(more.begin(), {"link", "--config", source("configs/parts/link/" + part + ".yaml")});
  return run_kiln(more);
}

}  // namespace

TEST_CASE("link tells time, packets and joules of several transfers as one JSON object") {
  const ProcessResult result = link({"--bytes", "244,1kB,1MiB", "--format", "json"});
  REQUIRE(result.exit_code == 0);
  const auto json = nlohmann::json::parse(result.out);
  CHECK(json["rate_bytes_per_s"] == 250000);
  REQUIRE(json["transfers"].size() == 3);
  CHECK(json["transfers"][0]["packets"] == 1);
  CHECK(json["transfers"][1]["packets"] == 5);
  CHECK(json["transfers"][2]["bytes"] == 1048576);
  for (const auto& transfer : json["transfers"]) {
    double sum = 0;
    for (const char* state : {"wake_j", "busy_j", "transmit_j", "receive_j", "tail_j", "idle_j"})
      sum += transfer["sender"][state].get<double>();
    CHECK(sum == Approx(transfer["sender"]["total_j"].get<double>()));
    CHECK(transfer["time_low_s"] < transfer["time_s"]);
    CHECK(transfer["time_s"] < transfer["time_high_s"]);
  }
}

TEST_CASE("a setting changes the link, and transfers at regular times have mean powers") {
  const auto mean_w = [](const std::string& every) {
    const ProcessResult result = link({"--bytes", "1000", "--every", every, "--format", "json"}, "lte_m");
    REQUIRE(result.exit_code == 0);
    return nlohmann::json::parse(result.out)["transfers"][0]["sender_mean_w"].get<double>();
  };
  CHECK(mean_w("1h") < mean_w("1min"));
  const ProcessResult half = link({"--bytes", "1MiB", "--set", "rate=1 Mb/s", "--format", "json"});
  CHECK(nlohmann::json::parse(half.out)["rate_bytes_per_s"] == 125000);
  CHECK_THAT(link({"--bytes", "64KiB"}).out, contains("per bit of the user's"));
}

TEST_CASE("link refuses bytes, intervals and directions it cannot take") {
  check_refusal(link({"--bytes", "0"}), "'0' is not between 1 B");
  check_refusal(link({"--bytes", "12 apples"}), "12 apples");
  check_refusal(link({"--bytes", "1,,2"}), "bytes");
  check_refusal(link({"--bytes", "1e300"}), "bytes");
  check_refusal(link({"--bytes", "1MiB", "--every", "1ms"}), "send fewer bytes or less often");
  check_refusal(link({"--bytes", "1", "--every", "-1s"}), "not above 0 s");
  check_refusal(link({"--bytes", "1", "--every", "soon"}), "every");
  check_refusal(link({"--bytes", "1", "--direction", "left"}), "up");
  check_refusal(link({"--bytes", "1", "--set", "errors.bit_error_rate=0.05"}), "shorten packet.payload");
  check_refusal(link({"--bytes", "1", "--set", "down_rate=1 Mb/s"}), "path: relayed");
}
