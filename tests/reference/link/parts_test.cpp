// SPDX-License-Identifier: MIT
// Every shipped link runs, and those whose throughput is known have it.
#include <filesystem>

#include "config/load.h"
#include "part/link.h"
#include "support/catch.h"

using namespace kiln;
namespace fs = std::filesystem;

namespace {

const std::string kLinks = std::string(KILN_SOURCE_DIR) + "/configs/parts/link/";

part::LinkReport run(const std::string& file, std::uint64_t bytes,
                     const std::vector<std::string>& overrides = {}) {
  part::LinkOptions options;
  options.config = config::load<link::LinkConfig>(kLinks + file, overrides).value;
  options.bytes = {bytes};
  return part::run_link(options);
}

/// Without errors and beginning once, in bytes per second.
double goodput(const std::string& file) {
  const auto report =
      run(file, 1'000'000'000, {"errors.packet_loss=0", "errors.bit_error_rate=0", "duty.limit=1"});
  return report.points.front().goodput_bytes_per_s();
}

}  // namespace

TEST_CASE("every link of configs/parts/link carries a megabyte") {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(kLinks)) {
    INFO(entry.path().string());
    const std::string file = entry.path().filename().string();
    const part::LinkReport report = run(file, 1'000'000);
    const part::LinkPoint& point = report.points.front();
    const link::Link link(report.options.config);
    CHECK(point.goodput_bytes_per_s() > 0.1);
    CHECK(point.goodput_bytes_per_s() < link.rate_bytes_per_s(link::Direction::up));
    CHECK(point.energy_j() > 0);
    CHECK(point.account.transfer.wire_bytes > 1'000'000);
    for (const part::LinkEstimate& e : {point.time_s, point.sender_j, point.receiver_j}) {
      CHECK(e.low <= e.value);
      CHECK(e.value <= e.high);
    }
    CHECK(point.sender_j.high > point.sender_j.value);  // no link's energy is known exactly
    ++files;
  }
  CHECK(files == 24);
}

TEST_CASE("known throughputs without errors") {
  CHECK(goodput("ble5_1m.yaml") == Approx(244 / 2468e-6).epsilon(1e-3));  // theory of the 1M PHY: 791 kb/s
  CHECK(goodput("ble5_2m.yaml") == Approx(244 / 1392e-6).epsilon(1e-3));  // 1.40 Mb/s
  CHECK(goodput("ethernet_1g.yaml") ==
        Approx(949.3e6 / 8).epsilon(1e-3));  // TCP without options over 1000BASE-T
  CHECK(goodput("pcie3_x16.yaml") == Approx(15.75e9 * 256 / 282).epsilon(1e-3));
  CHECK(goodput("pcie5_x4.yaml") == Approx(15.75e9 * 256 / 282).epsilon(1e-3));
  CHECK(goodput("usb3_gen1.yaml") == Approx(450e6).epsilon(0.02));  // what disks over it reach at best
  CHECK(goodput("wifi6_20mhz.yaml") == Approx(12.1e6).epsilon(0.02));
}

TEST_CASE("generations double and lanes add up") {
  for (const char* lanes : {"x1", "x4", "x16"})
    for (const int generation : {3, 4})
      CHECK(goodput(fmt::format("pcie{}_{}.yaml", generation + 1, lanes)) ==
            Approx(2 * goodput(fmt::format("pcie{}_{}.yaml", generation, lanes))).epsilon(1e-3));
  CHECK(goodput("pcie4_x16.yaml") == Approx(16 * goodput("pcie4_x1.yaml")).epsilon(1e-3));
  CHECK(goodput("cxl2_x16.yaml") < goodput("pcie5_x16.yaml"));  // 64-byte lines
}

TEST_CASE("a short message over a cellular link is its tail, a long one its bits") {
  const auto tail_share = [](std::uint64_t bytes) {
    const auto report = run("lte_m.yaml", bytes);
    const link::EndEnergy& sender = report.points.front().account.sender;
    return sender.tail_j / sender.total_j();
  };
  CHECK(tail_share(100) > 0.7);
  CHECK(tail_share(1'000'000) < 0.05);
}

TEST_CASE("under the European duty limit 200 kB wait for a second hour and more") {
  const auto report = run("ieee802154_868.yaml", 200'000);
  const link::Account& account = report.points.front().account;
  CHECK(account.transfer.air_s > 2 * 36);
  CHECK(account.time_s > 2 * 3600);
  CHECK(account.time_s < 3 * 3600);
}
