// SPDX-License-Identifier: MIT
// Random packages under random governors: the steady state is the state of ten hours.
#include <cmath>

#include "base/csv.h"
#include "support/catch.h"
#include "support/child_run.h"
#include "support/draw.h"
#include "support/long_tests.h"
#include "support/scratch_folder.h"

using namespace kiln;
using testing::ChildRun;
using testing::Draw;

namespace {

std::string package(Draw& draw) {
  const double side_mm = draw.magnitude(25, 90);
  return fmt::format(
      "{{name: drawn, bodies: ["
      "{{name: board, width: {0} mm, length: {0} mm, layers: [{{name: board, material: pcb, thickness: {1} "
      "mm}}], "
      "bottom: {{coefficient: {2} W/m2K}}}}, "
      "{{name: soc, on: [board], layers: [{{name: soc, material: silicon, thickness: {3} um, source: "
      "true}}]}}, "
      "{{name: sink, on: [soc], width: {4} mm, length: {4} mm, layers: [{{name: sink, material: aluminium, "
      "thickness: {5} mm}}], top: {{resistance: {6} K/W}}}}, "
      "{{name: lpddr, on: [board], beside: soc, side: right, gap: {7} mm, layers: [{{name: lpddr, material: "
      "silicon, thickness: 200 um, source: true}}]}}]}}\n",
      side_mm, draw.between(0.8, 2.4), draw.magnitude(4, 60), draw.between(150.0, 700.0),
      draw.between(15.0, 0.6 * side_mm + 8), draw.magnitude(1, 20), draw.magnitude(1, 12),
      draw.between(1.0, 5.0));
}

/// Trips lie where the device would come without a policy, give or take: most draws throttle, or swing.
std::string policy(Draw& draw, double ambient_c) {
  const double trip_c = ambient_c + draw.between(3.0, 25.0);
  const std::string kind = draw.one_of<std::string>({"step_wise", "bang_bang", "power_cap", "step_wise"});
  const double period_ms = draw.magnitude(10, 200);
  if (kind == "power_cap")
    return fmt::format("{{kind: power_cap, period: {} ms, power_cap: {{cap: {} W}}}}", period_ms,
                       draw.between(1.2, 3.5));
  if (kind == "bang_bang")
    return fmt::format("{{kind: bang_bang, period: {} ms, bang_bang: {{trip: {} degC, hysteresis: {} K}}}}",
                       period_ms, trip_c, draw.between(1.0, 6.0));
  return fmt::format("{{kind: step_wise, period: {} ms, step_wise: {{trip: {} degC, hysteresis: {} K}}}}",
                     period_ms, trip_c, draw.between(0.5, 4.0));
}

struct Late {
  double hottest_c = 0, power_w = 0, frequency_hz = 0;
};

/// Sums over a stretch of a series.
struct Sums {
  double seconds = 0, power = 0, frequency = 0;
  void add(double dt, double power_w, double frequency_hz) {
    seconds += dt;
    power += power_w * dt;
    frequency += frequency_hz * dt;
  }
};

/// The second half of a series. Where the clock swings, whole swings, from one rise to another: a row in
/// which it rose was slow for a part of its time, as its mean clock tells.
Late second_half(const ChildRun& run) {
  const base::CsvTable series("series.csv", run.files.at("series.csv"));
  std::vector<double> time_s, power_w, frequency_hz, hottest_c;
  for (const base::CsvRow& row : series.rows()) {
    time_s.push_back(row.number("time_s"));
    power_w.push_back(row.number("power_w"));
    frequency_hz.push_back(row.number("frequency_hz"));
    hottest_c.push_back(row.number("hottest_c"));
  }
  const std::size_t half = time_s.size() / 2;
  const auto [low, high] =
      std::minmax_element(frequency_hz.begin() + static_cast<std::ptrdiff_t>(half), frequency_hz.end());
  Sums all, swings, since_rise;
  bool risen = false;
  for (std::size_t i = half; i < time_s.size(); ++i) {
    const double dt = time_s[i] - time_s[i - 1];
    all.add(dt, power_w[i], frequency_hz[i]);
    const bool rises = frequency_hz[i - 1] < 1.01 * *low && frequency_hz[i] > 1.01 * *low;
    if (!rises) {
      since_rise.add(dt, power_w[i], frequency_hz[i]);
      continue;
    }
    const double slow_s = dt * std::clamp((*high - frequency_hz[i]) / (*high - *low), 0.0, 1.0);
    since_rise.add(slow_s, power_w[i - 1], *low);
    if (risen) {
      swings.seconds += since_rise.seconds;
      swings.power += since_rise.power;
      swings.frequency += since_rise.frequency;
    }
    risen = true;
    since_rise = {dt - slow_s, power_w[i] * dt - power_w[i - 1] * slow_s,
                  frequency_hz[i] * dt - *low * slow_s};
  }
  const Sums& told = swings.seconds > 0 ? swings : all;
  return {*std::max_element(hottest_c.begin() + static_cast<std::ptrdiff_t>(half), hottest_c.end()),
          told.power / told.seconds, told.frequency / told.seconds};
}

bool is_shut_down(const ChildRun& run) {
  return run.files.at("summary.json").find("\"shutdown\"") != std::string::npos;
}

}  // namespace

TEST_CASE("ten hours from cold end in the steady state, in random packages under random governors") {
  const int draws = testing::long_tests() ? 50 : 3;
  const testing::ScratchFolder folder;
  int running = 0, throttled = 0;
  for (int i = 0; i < draws; ++i) {
    Draw draw("steady", "packages", i);
    const double ambient_c = draw.between(15.0, 60.0);
    const std::vector<std::string> drawn = {
        testing::network("resnet8_cifar_mlperf_tiny"),
        "soc.package=" + folder.write(fmt::format("{}.yaml", i), package(draw)),
        "soc.memory.die=lpddr",
        "soc.sensors=[{block: all}]",
        fmt::format("environment.ambient={} degC", ambient_c),
        "governor.policies=[" + policy(draw, ambient_c) + "]",
        "run.audit_windows=0"};
    INFO(i << ": " << folder.read(fmt::format("{}.yaml", i)) << drawn[5] << " at " << ambient_c);
    const ChildRun steady = testing::good_run("passive_edge.yaml", drawn);
    std::vector<std::string> hours = drawn;
    hours.insert(hours.end(), {"run.horizon=duration", "run.duration=36000 s"});
    const ChildRun long_run = testing::good_run("passive_edge.yaml", hours);
    CHECK(is_shut_down(steady) == is_shut_down(long_run));
    if (is_shut_down(steady)) continue;
    ++running;
    const Late late = second_half(long_run);
    throttled += steady["throttled_share"] > 0;
    CHECK_THAT(steady["peak_temperature_max_c"], Catch::Matchers::WithinAbs(late.hottest_c, 0.1));
    CHECK_THAT(steady["average_power_w"], Catch::Matchers::WithinRel(late.power_w, 0.002));
    CHECK_THAT(steady["mean_frequency_hz"], Catch::Matchers::WithinRel(late.frequency_hz, 0.002));
  }
  CHECK(running > draws / 2);
  CHECK(throttled >= draws / 3);
}
