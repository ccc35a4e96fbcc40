// SPDX-License-Identifier: MIT
// Shutdown, sensor faults and the refresh ladder.
#include "governor/guard.h"

#include <limits>

#include "support/catch.h"

namespace {

using namespace kiln::governor;

constexpr double kDead = std::numeric_limits<double>::quiet_NaN();

/// Updates a guard with readings, 1 ms apart.
struct GuardBench {
  explicit GuardBench(const GuardConfig& config = {}) : guard(config) {}
  GuardState see(std::vector<double> sensors, double hbm_c = 50) {
    readings = std::move(sensors);
    return guard.update({.period_s = 1e-3, .sensor_c = readings, .hbm_c = hbm_c});
  }
  GuardState see_for(int periods, std::vector<double> sensors, double hbm_c = 50) {
    GuardState state{};
    for (int i = 0; i < periods; ++i) state = see(sensors, hbm_c);
    return state;
  }
  ThermalGuard guard;
  std::vector<double> readings;
};

}  // namespace

TEST_CASE(
    "shutdown needs the limit to hold for the confirmation time, and comes within one period after it") {
  GuardBench bench({.confirm_s = 3e-3});
  CHECK(bench.see({123.9}) == GuardState::normal);
  CHECK(bench.see({124}) == GuardState::normal);
  CHECK(bench.see({123}) == GuardState::normal);  // the count starts anew
  CHECK(bench.see({124}) == GuardState::normal);
  CHECK(bench.see({125}) == GuardState::normal);
  CHECK(bench.see({125}) == GuardState::shut_down);
  CHECK(bench.guard.reason() == "temperature limit");
}

TEST_CASE("the guard acts its margin below the limit, of die and memory") {
  for (const double margin_k : {0.0, 1.0, 5.0}) {
    const GuardConfig config{.margin_k = margin_k};
    CHECK(GuardBench(config).see_for(5, {124.9 - margin_k}, 104.9 - margin_k) == GuardState::normal);
    CHECK(GuardBench(config).see_for(5, {125 - margin_k}) == GuardState::shut_down);
    CHECK(GuardBench(config).see_for(5, {60}, 105 - margin_k) == GuardState::shut_down);
  }
}

TEST_CASE("a shutdown is left only well below, with every sensor working") {
  GuardBench bench;
  bench.see_for(2, {130});
  CHECK(bench.see({124}) == GuardState::shut_down);
  CHECK(bench.see({110}) == GuardState::shut_down);
  CHECK(bench.see({95}) == GuardState::shut_down);
  CHECK(bench.see({85}) == GuardState::shut_down);
  CHECK(bench.see({84.9}, 90) == GuardState::shut_down);  // memory still warm
  CHECK(bench.see({84.9}, 80) == GuardState::normal);
  CHECK(bench.guard.reason().empty());
}

TEST_CASE("memory above its limit shuts down; the hottest sensor counts") {
  GuardBench bench;
  CHECK(bench.see_for(2, {60, 61}, 105) == GuardState::shut_down);
  GuardBench other;
  CHECK(other.see_for(2, {80, 126, 79}) == GuardState::shut_down);
}

TEST_CASE(
    "a dead, implausible or outvoted sensor leads to the safe state and then to shutdown, within stated "
    "times") {
  const std::vector<std::vector<double>> faults = {
      {kDead, 60, 60}, {-100, 60, 60}, {300, 60, 60}, {140, 60, 61}};
  for (const auto& readings : faults) {
    INFO("first sensor " << readings[0]);
    // The last one is a believable value of its own, far from its neighbours; its shutdown limit is moved
    // away.
    GuardBench bench({.shutdown_c = 150, .fault_reaction_s = 0.01, .fault_shutdown_s = 0.1});
    CHECK(bench.see_for(9, readings) == GuardState::normal);
    CHECK(bench.see(readings) == GuardState::safe_state);  // 10 ms
    CHECK(bench.guard.reason() == "sensor fault");
    CHECK(bench.see_for(89, readings) == GuardState::safe_state);
    CHECK(bench.see(readings) == GuardState::shut_down);  // 100 ms
    CHECK(bench.see({60, 60, 60}) != GuardState::safe_state);
  }
}

TEST_CASE("a sensor that comes back ends the safe state; a jump is a fault of one period only") {
  GuardBench bench;
  bench.see_for(20, {kDead, 60});
  CHECK(bench.guard.state_now() == GuardState::safe_state);
  CHECK(bench.see({60, 60}) == GuardState::normal);
  CHECK(bench.see({90, 60}) == GuardState::normal);  // 30 K in 1 ms: not believed, but reaction takes 10 ms
  CHECK(bench.guard.state()[2] > 0);
  CHECK(bench.see({90, 60}) == GuardState::normal);
  CHECK(bench.guard.state()[2] == 0);
}
