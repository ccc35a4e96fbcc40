// SPDX-License-Identifier: MIT
// The periodic steady state is the state that the device reaches under its governor, not one it could only be
// held at.
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using testing::ChildRun;

namespace {

/// A small step on the passive device, whose governor steps down at 85 degC.
ChildRun at_ambient(int ambient_c, std::vector<std::string> more = {}) {
  more.insert(more.end(), {testing::network("resnet8_cifar_mlperf_tiny"),
                           fmt::format("environment.ambient={} degC", ambient_c)});
  return testing::good_run("passive_edge.yaml", more);
}

ChildRun after(int ambient_c, int seconds) {
  return at_ambient(ambient_c, {"run.horizon=duration", fmt::format("run.duration={} s", seconds)});
}

}  // namespace

TEST_CASE("the steady state under a throttling governor is where two hours from cold end") {
  for (const int ambient_c : {70, 75, 80}) {
    INFO(ambient_c << " degC");
    const ChildRun steady = at_ambient(ambient_c), one = after(ambient_c, 3600), two = after(ambient_c, 7200);
    CHECK(steady["throttled_share"] == 1.0);
    const double second_hour = 2 * two["samples_per_s"] - one["samples_per_s"];
    CHECK_THAT(steady["samples_per_s"], Catch::Matchers::WithinRel(second_hour, 0.002));
    const double power_w = 2 * two["average_power_w"] - one["average_power_w"];
    CHECK_THAT(steady["average_power_w"], Catch::Matchers::WithinRel(power_w, 0.002));
    CHECK(steady["peak_temperature_max_c"] < two["peak_temperature_max_c"] + 0.5);
  }
}

// A step of 10 ms: how refreshes fall into a step of one millisecond at another rate is worth half a percent.
TEST_CASE("a hotter room is never faster") {
  double faster = 1e9;
  for (const int ambient_c : {25, 60, 68, 72, 76, 80, 84}) {
    const double rate = at_ambient(ambient_c, {"training.batch=64"})["samples_per_s"];
    INFO(ambient_c << " degC");
    CHECK(rate <= faster * 1.005);
    faster = rate;
  }
}

TEST_CASE("what the step is bound by sums to one, throttled or not") {
  for (const int ambient_c : {35, 75}) {
    const ChildRun run = at_ambient(ambient_c);
    double all = 0;
    for (const auto& [key, value] : run.numbers)
      if (key.starts_with("bound_by.")) all += value;
    CHECK_THAT(all, Catch::Matchers::WithinAbs(1.0, 0.01));
  }
}
