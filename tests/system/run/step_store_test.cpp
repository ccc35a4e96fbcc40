// SPDX-License-Identifier: MIT
// A step at an operating point is the same bytes whatever ran before it, and whether it was simulated or
// kept.
#include "run/step_store.h"
#include "device/device.h"
#include "soc/plant.h"
#include "support/catch.h"
#include "support/child_run.h"
#include "support/scratch_folder.h"

using namespace kiln;

namespace {

experiment::ExperimentConfig experiment_with(std::vector<std::string> overrides) {
  overrides.insert(overrides.begin(), testing::network("resnet8_cifar_mlperf_tiny"));
  return config::load<experiment::ExperimentConfig>(
             std::string(KILN_SOURCE_DIR) + "/configs/experiments/quickstart.yaml", overrides)
      .value;
}

}  // namespace

TEST_CASE("a step from rest does not depend on what ran before it: other clocks, refresh rates, half steps") {
  const experiment::ExperimentConfig experiment = experiment_with({"soc.noc_clock_ratio=0.77"});
  const experiment::Prepared prepared = experiment::prepare(experiment);
  const device::Device device(experiment, prepared.plan);
  const run::Monitor monitor;
  run::StepSimulator simulator(experiment, prepared, device.power(), device.top_point().frequency_hz,
                               monitor);
  const sim::OperatingPoint top = device.top_point();
  const run::SimulatedStep first = simulator.from_rest(top);

  sim::OperatingPoint hot = device.slowest_point();
  hot.refresh_rate = 2;
  hot.memory_clock_factor = 0.75;
  simulator.from_rest(hot);
  bool turned = false;
  simulator.after_last(top, {.first = 50'000'000, .slice = 1'000'000'000, .hook = [&](base::TimePs) {
                               if (std::exchange(turned, true)) return;
                               simulator.plant().hold(3'000'000);
                               simulator.plant().set_operating_point(hot);
                             }});
  REQUIRE(turned);
  const run::SimulatedStep again = simulator.from_rest(top);
  CHECK(again.record.duration == first.record.duration);
  CHECK(again.record.traffic == first.record.traffic);
  CHECK(run::to_bytes(again) == run::to_bytes(first));
  CHECK(run::to_bytes(again.audit->result()) == run::to_bytes(first.audit->result()));
  CHECK(run::to_bytes(run::step_from_bytes(run::to_bytes(first), device.power(), top)) ==
        run::to_bytes(first));
}

TEST_CASE("tiles that wait for the slowest do so in its phase: an inference has no time but forward") {
  const experiment::ExperimentConfig experiment =
      experiment_with({"training.kind=none", "compression={}", "training.batch=1"});
  const experiment::Prepared prepared = experiment::prepare(experiment);
  const device::Device device(experiment, prepared.plan);
  const run::Monitor monitor;
  run::StepSimulator simulator(experiment, prepared, device.power(), device.top_point().frequency_hz,
                               monitor);
  const soc::StepRecord record = simulator.from_rest(device.top_point()).record;
  CHECK(record.last_tile_wait_s > 0);
  for (std::size_t p = 1; p < npu::kPhases; ++p) CHECK(record.exclusive_s[p] == 0);
  CHECK(std::abs(record.exclusive_s[0] - record.duration_s()) < 1e-9 * record.duration_s());
}

TEST_CASE("runs with and without kept steps write the same bytes, and kept ones are not simulated again") {
  const testing::ScratchFolder folder;
  const auto run_with = [&](output::Cache cache, const std::vector<std::string>& overrides) {
    const testing::Forked child = testing::in_child([&] {
      report::RunOptions options;
      options.cache = std::move(cache);
      bool simulated = false;
      options.monitor.progress = [&](double, std::string_view what) {
        simulated |= what.find("simulating") != std::string_view::npos;
      };
      report::RunResult result = report::run_experiment(experiment_with(overrides), options);
      std::string text = simulated ? "simulated\n" : "kept\n";
      for (const char* name : {"stats.json", "windows.csv", "layers.csv", "series.csv", "trace.json",
                               "temperature.svg", "power.ptrace", "thermal.ttrace"})
        text += result.files.at(name);
      return text;
    });
    REQUIRE(child.signal == 0);
    return child.text;
  };
  const output::Cache cache(folder.path());
  const auto rest = [](const std::string& text) { return text.substr(text.find('\n') + 1); };
  const std::string cold = run_with({}, {}), filling = run_with(cache, {}), warm = run_with(cache, {});
  CHECK(cold.starts_with("simulated"));
  CHECK(filling.starts_with("simulated"));
  CHECK(warm.starts_with("kept"));
  CHECK(rest(cold) == rest(filling));
  CHECK(rest(cold) == rest(warm));

  // What a step does not feel takes it as it is; what it feels is simulated.
  const std::vector<std::string> hotter = {"environment.ambient=35degC",
                                           "soc.tech.leakage.core_density=1.5W/cm2"};
  const std::string hot = run_with(cache, {hotter[0]});
  CHECK(hot.starts_with("kept"));
  CHECK(rest(hot) == rest(run_with({}, {hotter[0]})));
  CHECK(rest(hot) != rest(cold));
  CHECK(run_with(cache, {"training.batch=16"}).starts_with("simulated"));

  // The same clock below another top clock: tiles are cut otherwise.
  const std::string slowest = "governor.policies=[{kind: powersave}]";
  run_with(cache, {slowest, "soc.operating_points.points=[{frequency: 200 MHz}]"});
  const std::string lowest_of_many = run_with(cache, {slowest});
  CHECK(rest(lowest_of_many) == rest(run_with({}, {slowest})));
}
