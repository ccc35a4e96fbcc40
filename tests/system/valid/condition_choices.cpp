// SPDX-License-Identifier: MIT
// The conditions a random experiment runs under: package, governor, room, events, horizon.
#include "base/text.h"
#include "choices.h"

namespace kiln::testing {

namespace {

const std::string kPackages = std::string(KILN_SOURCE_DIR) + "/configs/packages/";

/// A package of another kind of box for the same dies; cooled ones are refused by chips without their dies.
void choose_package(Choices& c) {
  c.maybe(0.25, "soc.package={}{}.yaml", kPackages,
          c.name({"forced_air", "passive_edge", "wearable", "wearable_pcm", "immersion_tank_edge",
                  "thermoelectric_camera", "liquid_loop_hbm2e", "microchannel_hbm2e",
                  "microchannel_pressure_hbm2e", "immersion_hbm2e", "generator_hbm2e", "cryocooler"}));
}

/// A clock of the chip's table.
double clock_hz(Choices& c, const experiment::ExperimentConfig& shipped) {
  const auto& points = shipped.soc.operating_points.points;
  return points[static_cast<std::size_t>(c.draw.between(0, static_cast<int>(points.size()) - 1))]
      .frequency_hz;
}

std::string phase_clocks(Choices& c, const experiment::ExperimentConfig& shipped) {
  std::vector<std::string> clocks;
  for (const char* phase : {"forward", "dgrad", "wgrad", "compress", "reduce", "update"})
    clocks.push_back(fmt::format("{}: {:.0f} Hz", phase, clock_hz(c, shipped)));
  return base::join(clocks, ", ");
}

std::string policy(Choices& c, const experiment::ExperimentConfig& shipped, double ambient_c) {
  const double trip_c = ambient_c + c.draw.between(2.0, 30.0);
  const auto of_kind = [&](const char* kind, const std::string& settings) {
    const std::string period = fmt::format("{:.3f} ms", c.draw.magnitude(1, 200));
    return settings.empty()
               ? fmt::format("{{kind: {}, period: {}}}", kind, period)
               : fmt::format("{{kind: {}, period: {}, {}: {{{}}}}}", kind, period, kind, settings);
  };
  switch (c.draw.between(0, 15)) {
    case 0:
      return of_kind("step_wise", fmt::format("trip: {:.2f} degC", trip_c));
    case 1:
      return of_kind("bang_bang",
                     fmt::format("trip: {:.2f} degC, actuator: {}", trip_c, c.name({"clock", "cooling"})));
    case 2:
    case 3:
      return of_kind("power_cap", fmt::format("cap: {:.3f} W", c.draw.magnitude(0.05, 20)));
    case 4:
      return of_kind("power_allocator",
                     fmt::format("sustainable_power: {:.3f} W, switch_on: {:.1f} degC, control: {:.1f} degC",
                                 c.draw.magnitude(0.1, 10), trip_c - 5, trip_c));
    case 5:
      return of_kind("skin", fmt::format("source: {}, stages: [{{above: {:.1f} degC, clock: {} %}}]",
                                         c.name({"skin", "board"}), trip_c, c.draw.between(30, 90)));
    case 6:
      return of_kind("article_delta_t", fmt::format("threshold: {:.1f} K", c.draw.between(1.0, 20.0)));
    case 7:
      return of_kind("per_phase", phase_clocks(c, shipped));
    case 8:
      return of_kind("active_layers",
                     fmt::format("threshold: {} %, full: {:.0f} Hz, reduced: {:.0f} Hz",
                                 c.draw.between(10, 90), clock_hz(c, shipped), clock_hz(c, shipped)));
    case 9:
      return of_kind("compression_aware", fmt::format("trip: {:.2f} degC", trip_c));
    case 10:
      return of_kind("battery_aware", fmt::format("low: {} %, direction: {}", c.draw.between(10, 90),
                                                  c.name({"conserve", "as_written"})));
    case 11:
      return of_kind("hbm_headroom",
                     fmt::format("start: {:.1f} degC, limit: {:.1f} degC", trip_c, trip_c + 10));
    case 12:
      return of_kind("cooling_ramp", "start: 5 K, full: 20 K");
    case 13:
      return of_kind("predictive", fmt::format("limit: {:.2f} degC", trip_c));
    case 14:
      return of_kind("ramp_limit", fmt::format("rate: {:.3f}", c.draw.magnitude(0.05, 50)));
    default:
      return of_kind(c.name({"performance", "powersave"}), "");
  }
}

std::string event(Choices& c, const experiment::ExperimentConfig& shipped, double within_ms) {
  const std::string at = fmt::format("at: {:.3f} ms", c.draw.between(0.0, within_ms));
  const std::string body = c.draw.one_of(shipped.soc.package.bodies).name;
  switch (c.draw.between(0, 4)) {
    case 0:
      return fmt::format("{{{}, ambient: {{to: {:.1f} degC, over: {:.2f} ms}}}}", at,
                         c.draw.between(-20.0, 70.0), c.draw.between(0.0, within_ms));
    case 1:
      return fmt::format("{{{}, sun: {{bodies: [{}], irradiance: {:.0f} W/m2}}}}", at, body,
                         c.draw.between(0.0, 1000.0));
    case 2:
      return fmt::format("{{{}, altitude: {{height: {} m}}}}", at, c.draw.between(0, 6000));
    case 3:
      return fmt::format("{{{}, cover: {{bodies: [{}], face: {}, resistance: {:.3f} m2K/W}}}}", at, body,
                         c.name({"top", "bottom", "both"}), c.draw.between(0.0, 0.3));
    default:
      return fmt::format("{{{}, cooling: {{works: {}}}}}", at, c.draw.with(0.3));
  }
}

void choose_events(Choices& c, const experiment::ExperimentConfig& shipped, double within_ms) {
  std::vector<std::string> events;
  while (c.draw.with(0.35)) events.push_back(event(c, shipped, within_ms));
  c.set("events=[{}]", base::join(events, ", "));
}

void choose_horizon(Choices& c, const experiment::ExperimentConfig& shipped) {
  const int audit_windows = c.draw.with(0.3) ? 1 : 0;
  switch (c.draw.between(0, 2)) {
    case 0:
      c.set("run={{horizon: steady, audit_windows: {}}}", audit_windows);
      c.set("events=[]");  // a steady state knows no time
      break;
    case 1: {
      const double duration_ms = c.draw.magnitude(20, 2000);
      c.set("run={{horizon: duration, duration: {:.2f} ms, audit_windows: {}}}", duration_ms, audit_windows);
      choose_events(c, shipped, duration_ms);
      break;
    }
    default:
      c.set("run={{horizon: steps, steps: {}, audit_windows: {}}}", c.draw.between(1, 4), audit_windows);
      choose_events(c, shipped, 5);
  }
  c.maybe(0.25, "run.rate={:.2f}", c.draw.magnitude(2, 3000));
  c.maybe(0.1, "run.fidelity={{network: {}, memory: {}}}", c.name({"bulk", "exact"}),
          c.name({"bulk", "exact"}));
}

}  // namespace

void choose_conditions(Choices& c, const experiment::ExperimentConfig& shipped) {
  const double ambient_c = c.draw.between(-20.0, 65.0);
  choose_package(c);
  c.set("environment.ambient={:.2f} degC", ambient_c);
  c.maybe(0.2, "environment.start={:.2f} degC", c.draw.between(-20.0, 65.0));
  c.maybe(0.2, "environment.state_of_charge={} %", c.draw.between(5, 100));
  std::vector<std::string> policies = {policy(c, shipped, ambient_c)};
  while (c.draw.with(0.25)) policies.push_back(policy(c, shipped, ambient_c));
  c.set("governor.policies=[{}]", base::join(policies, ", "));
  choose_horizon(c, shipped);
}

}  // namespace kiln::testing
