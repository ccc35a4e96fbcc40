// SPDX-License-Identifier: MIT
// Policies on a lumped die: do they hold what they promise, and do they settle?
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "config/load.h"
#include "governor/control.h"
#include "governor/sensor.h"
#include "support/catch.h"

namespace {

using namespace kiln::governor;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

const std::string kPolicies = std::string(KILN_SOURCE_DIR) + "/configs/policies/";

PolicyConfig policy(const std::string& name, const std::vector<std::string>& overrides = {}) {
  return kiln::config::load<PolicyConfig>(kPolicies + name + ".yaml", overrides).value;
}

std::vector<OperatingPoint> table() {
  const auto config = kiln::config::load<OppTableConfig>(kPolicies + "opp_articles.yaml").value;
  return make_opp_table(config, [](double) { return 0.0; });
}

/// One thermal resistance and capacitance, power C f V^2 + leakage, a real sensor, and a control loop around
/// it.
class Device {
 public:
  Device(std::vector<PolicyConfig> policies, double full_power_w, double resistance_k_per_w, double tau_s)
      : table_(table()),
        loop_({.policies = std::move(policies), .refresh = {}}, table_),
        sensor_({.block = "die"}),
        full_power_w_(full_power_w),
        resistance_k_per_w_(resistance_k_per_w),
        tau_s_(tau_s),
        level_(static_cast<int>(table_.size()) - 1) {}

  void run(double duration_s) {
    const double period_s = loop_.period_s();
    const auto periods = static_cast<int>(std::lround(duration_s / period_s));
    for (int i = 0; i < periods; ++i) step(period_s);
  }

  double power_w() const {
    const auto rate = [this](int level) { return switching_rate(table_[static_cast<std::size_t>(level)]); };
    return load * full_power_w_ * rate(level_) / rate(static_cast<int>(table_.size()) - 1) +
           0.5 * std::exp(0.023 * (die_c - 85));
  }

  int level() const { return level_; }
  int changes() const { return changes_; }
  void forget_changes() { changes_ = 0; }
  const std::vector<Decision>& decisions() const { return decisions_; }
  const ControlLoop& loop() const { return loop_; }

  double load = 1;
  double ambient_c = 25;
  double die_c = 25;
  double average_w = 0;  ///< over the last 100 ms, as the cap sees it

 private:
  void step(double period_s) {
    const double power = power_w();
    const double target_c = ambient_c + resistance_k_per_w_ * power;
    die_c += (target_c - die_c) * (1 - std::exp(-period_s / tau_s_));
    average_w += (power - average_w) * (1 - std::exp(-period_s / 0.1));
    reading_ = sensor_.sample(die_c, period_s);
    time_s_ += period_s;
    decisions_.push_back(loop_.step({.time_s = time_s_,
                                     .period_s = period_s,
                                     .ambient_c = ambient_c,
                                     .sensor_c = {&reading_, 1},
                                     .board_c = die_c,
                                     .hbm_c = die_c,
                                     .power_w = power,
                                     .current_level = level_}));
    changes_ += decisions_.back().level != level_;
    level_ = decisions_.back().level;
  }

  std::vector<OperatingPoint> table_;
  ControlLoop loop_;
  Sensor sensor_;
  double full_power_w_, resistance_k_per_w_, tau_s_;
  int level_;
  int changes_ = 0;
  double reading_ = 0, time_s_ = 0;
  std::vector<Decision> decisions_;
};

}  // namespace

TEST_CASE("every policy file loads, drives a device for ten seconds and stays within the table") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kPolicies)) {
    const std::string name = entry.path().stem().string();
    if (name.rfind("opp_", 0) == 0) continue;
    INFO(name);
    ++files;
    Device device({policy(name)}, 16, 4, 2);
    device.run(10);
    for (const Decision& decision : device.decisions()) {
      CHECK((decision.level >= 0 && decision.level < 5));
      CHECK((decision.hbm_frequency_factor > 0 && decision.hbm_frequency_factor <= 1));
      CHECK_FALSE(decision.shutdown);
    }
  }
  CHECK(files >= 15);
}

TEST_CASE(
    "power cap: 15 W held on average from a 20 W load, without chatter, and released when the load eases") {
  Device device({policy("power_cap_15w")}, 20, 3, 1);
  device.run(20);
  CHECK(device.average_w <= 15);
  CHECK(device.level() == 2);  // 20 W x 0.569 + leakage; the next level would be 15.8 W
  device.forget_changes();
  device.run(20);
  CHECK(device.changes() == 0);
  device.load = 0.5;
  device.run(5);
  CHECK(device.level() == 4);
}

TEST_CASE("power cap: phases shorter than the window do not move the level") {
  Device device({policy("power_cap_15w")}, 20, 1, 1);
  device.load = 0.7;
  device.run(5);
  CHECK(device.level() == 4);
  device.forget_changes();
  for (int i = 0; i < 100; ++i) {
    device.load = i % 2 ? 0.5 : 0.9;  // 18 W and 10 W, mean 14 W, 10 ms each
    device.run(0.01);
  }
  CHECK(device.changes() == 0);
}

TEST_CASE("step_wise holds its trip within one level's worth of heat and settles into a cycle it can name") {
  Device device({policy("step_wise")}, 20, 4, 2);
  device.run(200);
  const std::size_t tail = device.decisions().size() / 2;
  double hottest_c = 0;
  std::map<std::vector<double>, int> seen;
  for (int i = 0; i < 5000; ++i) {
    device.run(device.loop().period_s());
    hottest_c = std::max(hottest_c, device.die_c);
    ++seen[device.loop().state()];
  }
  CHECK(hottest_c < 87);
  CHECK(hottest_c > 83);
  CHECK(tail > 0);
  CHECK(seen.size() < 2500);  // the same states again and again: a limit cycle, detectable
}

TEST_CASE("power allocator steers to its control temperature") {
  Device device({policy("power_allocator", {"power_allocator.hbm_maximum_power=0 W"})}, 20, 6, 5);
  device.run(300);
  double lowest_c = 1e9, highest_c = 0;
  for (int i = 0; i < 600; ++i) {
    device.run(0.1);
    lowest_c = std::min(lowest_c, device.die_c);
    highest_c = std::max(highest_c, device.die_c);
  }
  // Five coarse levels: temperature moves between the two whose steady states enclose 85 degC.
  CHECK(highest_c < 87);
  CHECK(lowest_c > 82);
}

TEST_CASE("predictive never crosses the limit when its model is right, and stays right at the limit") {
  const std::vector<std::string> model = {"predictive.resistance=4 K/W", "predictive.time_constant=2 s",
                                          "predictive.horizon=0.5 s"};
  Device device({policy("predictive", model)}, 20, 4, 2);
  double hottest_c = 0;
  for (int i = 0; i < 3000; ++i) {
    device.run(0.02);
    hottest_c = std::max(hottest_c, device.die_c);
  }
  CHECK(hottest_c < 85.5);  // half a sensor step above the limit at most
  CHECK(device.die_c > 80);
  Device careless({policy("predictive", {"predictive.resistance=2 K/W", "predictive.time_constant=2 s",
                                         "predictive.horizon=0.5 s"})},
                  20, 4, 2);
  careless.run(60);
  CHECK(careless.die_c > 87);  // a wrong model is believed: this policy is no guard
}

TEST_CASE("bang_bang: switching period equals the closed form of two exponentials") {
  Device device({policy("bang_bang", {"period=1 ms", "bang_bang.trip=80 degC", "bang_bang.hysteresis=10 K"})},
                20, 4, 2);
  device.load = 1;
  device.run(60);
  // Steady states at the top and the slowest level, leakage at the band's middle.
  const double leak_w = 0.5 * std::exp(0.023 * (75 - 85));
  const double hot_c = 25 + 4 * (20 + leak_w), cool_c = 25 + 4 * (20 * 0.235111 + leak_w);
  const double heat_s = 2 * std::log((hot_c - 70) / (hot_c - 80)),
               cool_s = 2 * std::log((80 - cool_c) / (70 - cool_c));
  device.forget_changes();
  device.run(60);
  const double expected = 2 * 60 / (heat_s + cool_s);
  CHECK_THAT(device.changes(), WithinRel(expected, 0.12));  // half-degree sensor, its lag, leakage slope
}

TEST_CASE("a tighter policy never runs hotter") {
  double last_c = 1e9;
  for (const char* trip : {"90 degC", "80 degC", "70 degC", "60 degC"}) {
    Device device({policy("step_wise", {std::string("step_wise.trip=") + trip})}, 20, 4, 2);
    device.run(120);
    double mean_c = 0;
    for (int i = 0; i < 1000; ++i) {
      device.run(0.02);
      mean_c += device.die_c / 1000;
    }
    CHECK(mean_c < last_c);
    last_c = mean_c;
  }
}

TEST_CASE("several policies: the most careful one wins") {
  Device alone({policy("power_cap_15w")}, 20, 4, 2),
      together({policy("power_cap_15w"), policy("powersave")}, 20, 4, 2);
  alone.run(5);
  together.run(5);
  CHECK(alone.level() > together.level());
  CHECK(together.level() == 0);
}

TEST_CASE("policies keep their own periods: a 1 s governor decides once per second among 10 ms ones") {
  Device device({policy("skin"), policy("performance")}, 30, 0.8, 0.5);  // warms to 49 degC
  device.run(0.9);
  CHECK(device.level() == 4);  // decided once, when cold
  device.run(0.2);
  CHECK(device.level() < 4);
}

TEST_CASE("a device left without cooling is shut down before 126 degC, and comes back when cool") {
  Device device({policy("performance")}, 40, 4, 0.5);
  double hottest_c = 0;
  bool down = false;
  for (int i = 0; i < 1000 && !down; ++i) {
    device.run(0.01);
    hottest_c = std::max(hottest_c, device.die_c);
    down = device.decisions().back().shutdown;
  }
  CHECK(down);
  CHECK(hottest_c < 130);  // 10 ms of 300 K/s over the limit
  CHECK(device.level() == 0);
  CHECK(device.loop().guard_state() == GuardState::shut_down);
  device.load = 0;
  device.run(5);
  CHECK(device.loop().guard_state() == GuardState::normal);
  CHECK(device.level() == 4);
}

TEST_CASE("equal situations give equal runs, and reset forgets") {
  Device first({policy("power_cap_15w"), policy("step_wise"), policy("hbm_headroom")}, 20, 4, 2);
  Device second({policy("power_cap_15w"), policy("step_wise"), policy("hbm_headroom")}, 20, 4, 2);
  first.run(30);
  second.run(30);
  CHECK(first.loop().state() == second.loop().state());
  CHECK(first.die_c == second.die_c);

  const auto points = table();
  ControlLoop loop({.policies = {policy("article_delta_t")}, .refresh = {}}, points);
  const auto fresh = loop.state();
  const double hot[] = {95.0};
  const auto decision = loop.step({.sensor_c = hot, .hbm_c = 90, .current_level = 4});
  CHECK(loop.state() != fresh);
  loop.reset();
  CHECK(loop.state() == fresh);
  CHECK(loop.step({.sensor_c = hot, .hbm_c = 90, .current_level = 4}).level == decision.level);
}

TEST_CASE("a loop without a policy, and a policy file with nonsense, are refused") {
  const auto points = table();
  CHECK_THROWS_AS(ControlLoop({.policies = {}, .refresh = {}}, points), kiln::base::SimError);
  CHECK_THROWS_AS(policy("step_wise", {"step_wise.trip=85"}), kiln::base::ConfigError);
  CHECK_THROWS_AS(policy("step_wise", {"kind=ondemand"}), kiln::base::ConfigError);
  CHECK_THROWS_AS(policy("power_allocator", {"power_allocator.switch_on=90 degC"}), kiln::base::ConfigError);
}
