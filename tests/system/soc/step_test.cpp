// SPDX-License-Identifier: MIT
// Whole training steps: bounds that always hold, metamorphic relations, conservation, determinism.
#include <cmath>
#include <sstream>

#include "base/csv.h"
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using testing::ChildRun;
using testing::run_in_child;

namespace {

ChildRun uncompressed(std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.begin(), "compression.enabled=false");
  return testing::small_run("quickstart.yaml", overrides);
}

double sum_of(const ChildRun& run, const std::string& prefix) {
  double sum = 0;
  for (const auto& [key, value] : run.numbers)
    if (key.rfind(prefix, 0) == 0) sum += value;
  return sum;
}

}  // namespace

TEST_CASE(
    "a step takes at least its compute at peak and its bytes at peak, at most their serial sum and named "
    "waits") {
  const ChildRun run = uncompressed();
  const double ops = run["achieved_tops"] * run["step_time_s"];
  const double compute_s = ops / run["peak_tops"];
  const double memory_s = (run["dram_bytes.read"] + run["dram_bytes.write"]) / run["dram_peak_bytes_per_s"];
  CHECK(run["busy_time_s"] >= std::max(compute_s, memory_s));
  CHECK_THAT(sum_of(run, "phase_time_s."), Catch::Matchers::WithinRel(run["busy_time_s"], 1e-9));
  const double accounted = run["bound_by.compute"] + run["bound_by.dram"] + run["bound_by.noc"] +
                           run["bound_by.dependency"] + run["bound_by.launch"];
  CHECK_THAT(accounted, Catch::Matchers::WithinAbs(1.0, 0.01));
}

TEST_CASE("energy by component and by phase both add up to the step") {
  const ChildRun run = uncompressed();
  CHECK_THAT(sum_of(run, "energy_by_component_j."), Catch::Matchers::WithinRel(run["energy_j"], 1e-9));
  CHECK_THAT(
      sum_of(run, "energy_by_phase_j."),
      Catch::Matchers::WithinRel(
          run["energy_j"] - run["energy_by_component_j.board"] - run["energy_by_component_j.cooling"], 1e-6));
  CHECK(run["average_power_w"] < run["board_power_w"]);
}

TEST_CASE(
    "joules recomputed from the counts of windows.csv and the energies of energies.csv equal the ledger") {
  const auto [experiment, memory] =
      GENERATE(std::pair("quickstart.yaml", "own"), std::pair("quickstart.yaml", "core"),
               std::pair("passive_edge.yaml", "own"), std::pair("wearable_kws.yaml", "own"));
  const ChildRun run = testing::good_run(experiment, {testing::network("resnet8_cifar_mlperf_tiny"),
                                                      std::string("soc.domains.memory.supply=") + memory});
  const base::CsvTable windows("windows.csv", run.files.at("windows.csv")),
      energies("energies.csv", run.files.at("energies.csv"));
  double dynamic = 0, phy = 0;
  for (const base::CsvRow& window : windows.rows()) {
    double of_row = 0;
    for (const base::CsvRow& event : energies.rows()) {
      const double ratio = window.number("voltage_v") / event.number("nominal_voltage_v");
      const double joules = window.number(event.text("event")) * event.number("joules") *
                            (event.text("rail") == "core" ? ratio * ratio : 1.0);
      of_row += joules;
      if (event.text("event") == "memory_phy_byte") phy += joules;
    }
    CHECK_THAT(window.number("dynamic_j"),
               Catch::Matchers::WithinRel(of_row, 1e-6) || Catch::Matchers::WithinAbs(of_row, 1e-18));
    dynamic += of_row;
  }
  double reported = run["energy_j"];
  for (const char* apart : {"board", "cooling", "leakage", "clock_tree", "uncore", "idle", "dram_standby"})
    reported -= sum_of(run, std::string("energy_by_component_j.") + apart);
  CHECK_THAT(dynamic, Catch::Matchers::WithinRel(reported, 1e-3));
  // What a bit of memory costs is without the chip's end.
  const double memory_j = sum_of(run, "energy_by_component_j.dram") - phy,
               bits = 8 * (run["dram_bytes.read"] + run["dram_bytes.write"]);
  CHECK_THAT(run["memory_energy_per_bit_j"], Catch::Matchers::WithinRel(memory_j / bits, 1e-3));
}

TEST_CASE("areas of the blocks add up to the die, and so do their kinds") {
  const ChildRun run = uncompressed();
  const base::CsvTable areas("area.csv", run.files.at("area.csv"));
  double mm2 = 0;
  for (const base::CsvRow& part : areas.rows())
    if (part.text("component") != "footprint") mm2 += part.number("mm2");
  CHECK_THAT(mm2 * 1e-6, Catch::Matchers::WithinRel(run["die_area_m2"], 1e-5));
  CHECK_THAT(sum_of(run, "die_area_by_kind_m2."), Catch::Matchers::WithinRel(run["die_area_m2"], 1e-9));
  const ChildRun wider = uncompressed({"soc.memory.dram.phy.area=2.5 mm2"});
  CHECK_THAT(wider["die_area_by_kind_m2.phy"] - run["die_area_by_kind_m2.phy"],
             Catch::Matchers::WithinRel(8 * 1.25e-6, 1e-6));
}

TEST_CASE("a band holds its number, and closes where no constant has one") {
  const ChildRun run = uncompressed();
  for (const char* key :
       {"energy_j", "board_power_w", "die_power_w", "peak_temperature_max_c", "die_area_m2"}) {
    INFO(key);
    const double low = run[std::string("band.") + key + ".low"],
                 high = run[std::string("band.") + key + ".high"];
    CHECK((low <= run[key] && run[key] <= high && low < high));
  }
  CHECK_THAT(sum_of(run, "uncertainty."), Catch::Matchers::WithinRel(1.0, 1e-9));
  // A constant known better makes the band narrower.
  const ChildRun better = uncompressed({"soc.tech.wire_mm=60 fJ/bit", "soc.tech.flip_flop.tree_factor=1.8",
                                        "soc.memory.dram.phy.energy=0.7 pJ/bit"});
  CHECK(better["energy_j"] == run["energy_j"]);
  CHECK(better["band.energy_j.high"] < run["band.energy_j.high"]);
  CHECK(better["band.energy_j.low"] > run["band.energy_j.low"]);
}

TEST_CASE("times have the band that the host's times give them, as if simulated at its ends") {
  const std::string key = "soc.host.instructions_per_step=";
  const ChildRun run = uncompressed({key + "{value: 3000000, low: 1500000, high: 6000000}"}),
                 late = uncompressed({key + "6000000"}), early = uncompressed({key + "1500000"});
  CHECK(run["bound_by.launch"] > 0.01);
  CHECK(early["step_time_s"] < run["step_time_s"]);
  CHECK_THAT(run["band.step_time_s.high"], Catch::Matchers::WithinRel(late["step_time_s"], 1e-4));
  CHECK_THAT(run["band.step_time_s.low"], Catch::Matchers::WithinRel(early["step_time_s"], 1e-2));
  // Squares of independent effects add up: joules of the wait join those of all other constants.
  const ChildRun sure = uncompressed({key + "3000000"});
  CHECK(run["energy_j"] == sure["energy_j"]);
  const double alone = sure["band.energy_j.high"] - sure["energy_j"],
               wait = late["energy_j"] - sure["energy_j"];
  CHECK_THAT(run["band.energy_j.high"],
             Catch::Matchers::WithinRel(run["energy_j"] + std::hypot(alone, wait), 1e-3));
  // Who does not wait for the host has no band of time.
  CHECK(sure.numbers.count("band.step_time_s.low") == 0);
}

TEST_CASE("inference runs as a job: its forward pass is the training step's, nothing else") {
  const ChildRun step = uncompressed(), inference = uncompressed({"training={kind: none, batch: 8}"});
  CHECK(inference["energy_j"] < 0.6 * step["energy_j"]);
  CHECK(inference["step_time_s"] < step["step_time_s"]);
  for (const char* phase : {"dgrad", "wgrad", "compress", "reduce"})
    CHECK(inference[std::string("phase_time_s.") + phase] == 0);
}

TEST_CASE("banks, accumulators and a supply of its own do to joules what they say") {
  const ChildRun small_banks = uncompressed({"soc.npu.local_sram_bank=8 KiB"}),
                 large_banks = uncompressed({"soc.npu.local_sram_bank=512 KiB"}),
                 crossing = uncompressed({"soc.npu.accumulator_sram=0 B"});
  CHECK(small_banks["energy_by_component_j.local_sram"] < large_banks["energy_by_component_j.local_sram"]);
  CHECK(small_banks["energy_by_component_j.local_sram"] < crossing["energy_by_component_j.local_sram"]);
  CHECK(small_banks["step_time_s"] == large_banks["step_time_s"]);
  const ChildRun low = uncompressed({"soc.domains.host.voltage=0.6 V"}),
                 high = uncompressed({"soc.domains.host.voltage=0.75 V"});
  CHECK_THAT(low["energy_by_component_j.host"] / high["energy_by_component_j.host"],
             Catch::Matchers::WithinRel(0.64, 1e-3));
}

TEST_CASE("the same inputs give byte-identical statistics, another seed another gradient") {
  const ChildRun a = uncompressed({"compression.enabled=true"}),
                 b = uncompressed({"compression.enabled=true"});
  CHECK(a.files.at("stats.json") == b.files.at("stats.json"));
  CHECK(a.files.at("manifest.json").find("config_hash") != std::string::npos);
  // INT8 has the same size for any gradient; a top-k code has not.
  const ChildRun d =
      uncompressed({"compression.enabled=true",
                    "compression.codec={selection: threshold, threshold: 0.002, values: int8}"});
  const ChildRun e = uncompressed({"compression.enabled=true",
                                   "compression.codec={selection: threshold, threshold: 0.002, values: int8}",
                                   "run.seed=2"});
  CHECK(d.files.at("stats.json") != e.files.at("stats.json"));
}

TEST_CASE("an identity codec changes nothing but its own work") {
  const ChildRun off = uncompressed({"training.precision.gradients=fp32"});
  const ChildRun identity = uncompressed({"training.precision.gradients=fp32", "compression.enabled=true",
                                          "compression.codec={selection: dense, values: fp32}"});
  CHECK_THAT(identity["compression_ratio"], Catch::Matchers::WithinRel(1.0, 0.01));
  CHECK_THAT(identity["dram_bytes.read"] + identity["dram_bytes.write"],
             Catch::Matchers::WithinRel(off["dram_bytes.read"] + off["dram_bytes.write"], 0.01));
  CHECK_THAT(identity["step_time_s"], Catch::Matchers::WithinRel(off["step_time_s"], 0.05));
}

TEST_CASE("more bandwidth is never slower") {
  const ChildRun narrow = uncompressed({"soc.noc.link_bytes=16 B"}), wide = uncompressed();
  CHECK(wide["step_time_s"] <= narrow["step_time_s"] * 1.001);
  const ChildRun slow = uncompressed({"soc.memory.dram.clock=800 MHz"});
  CHECK(wide["step_time_s"] <= slow["step_time_s"] * 1.001);
}

TEST_CASE("bytes removed explain the time removed where memory sets the pace") {
  const auto with_slow_memory = [](std::vector<std::string> overrides) {
    overrides.insert(overrides.begin(), {"soc.memory.dram.clock=100 MHz", "mapping.parallel=data"});
    return testing::good_run("passive_edge.yaml", overrides);
  };
  const auto bytes = [](const ChildRun& run) { return run["dram_bytes.read"] + run["dram_bytes.write"]; };
  const ChildRun off = with_slow_memory({"compression.enabled=false"});
  for (const char* values : {"int8", "int4"}) {
    const ChildRun on = with_slow_memory(
        {"compression.enabled=true", fmt::format("compression.codec={{values: {}}}", values)});
    REQUIRE(bytes(on) < 0.85 * bytes(off));
    const double explained = (bytes(off) - bytes(on)) / off["dram_bandwidth_bytes_per_s"];
    CHECK_THAT(off["step_time_s"] - on["step_time_s"], Catch::Matchers::WithinRel(explained, 0.1));
  }
}

// Not so for networks so small that each worker's copy of the gradient costs more to reduce than its share of
// the samples saves: ResNet-8 on CIFAR takes 0.14 ms on four tiles and 0.17 ms on eight.
TEST_CASE("twice the tiles is never slower where work outweighs the reduction of gradients") {
  const auto on_tiles = [](int tiles) {
    std::string units = "soc.units=[";
    for (int i = 0; i < 8; ++i)
      units += fmt::format("{{name: mem{0}, kind: memory, column: {0}, row: 0}}, ", i);
    for (int i = 0; i < tiles; ++i)
      units += fmt::format("{{name: npu{0}, kind: npu, column: {0}, row: 1}}, ", i);
    units +=
        "{name: host, kind: host, column: 0, row: 2}, {name: sram0, kind: gradient_sram, column: 3, row: 2}, "
        "{name: io, kind: io, column: 7, row: 2}]";
    return testing::good_run("quickstart.yaml",
                             {units, testing::network("mobilenet_v2_w1.0_r96")})["step_time_s"];
  };
  double fewer = on_tiles(1);
  for (const int tiles : {2, 4, 8}) {
    const double more = on_tiles(tiles);
    INFO(tiles << " tiles");
    CHECK(more <= fewer);
    fewer = more;
  }
}

TEST_CASE("energy per sample has its least between a slow clock and a high voltage") {
  const auto at_clock = [](const char* clock) {
    return testing::good_run(
        "passive_edge.yaml",
        {fmt::format("soc.operating_points.points=[{{frequency: {}}}]", clock)})["energy_per_sample_j"];
  };
  const double slow = at_clock("200 MHz"), best = at_clock("800 MHz"), high = at_clock("1.6 GHz");
  CHECK(best < 0.9 * slow);  // board, standby and leakage last longer
  CHECK(best < 0.9 * high);  // (V/V0)^2 for a step that memory keeps from getting faster
}

TEST_CASE("a faster clock is faster and needs more power; a hotter ambient leaks more") {
  const ChildRun fast = uncompressed(), slow = uncompressed({"governor.policies=[{kind: powersave}]"}),
                 hot = uncompressed(
                     {"environment.ambient=60 degC", "soc.package.bodies.cold_plate.top.fluid=60 degC"});
  CHECK(slow["step_time_s"] > fast["step_time_s"]);
  CHECK(slow["average_power_w"] < fast["average_power_w"]);
  CHECK(slow["throttled_share"] == 1.0);
  CHECK(hot["peak_temperature_max_c"] > fast["peak_temperature_max_c"] + 25);
  CHECK(hot["energy_by_component_j.leakage"] > 1.5 * fast["energy_by_component_j.leakage"]);
}

TEST_CASE("a fixed rate idles: less power, same work") {
  const ChildRun free_running = uncompressed(), paced = uncompressed({"run.rate=500"});
  CHECK_THAT(paced["samples_per_s"], Catch::Matchers::WithinRel(500.0, 0.05));
  CHECK(paced["average_power_w"] < free_running["average_power_w"]);
  CHECK(paced["peak_temperature_max_c"] < free_running["peak_temperature_max_c"] + 0.5);
}

TEST_CASE("leakage that the package cannot carry away is reported as runaway, with the block") {
  const ChildRun run = run_in_child(
      "quickstart.yaml",
      {testing::network("resnet8_cifar_mlperf_tiny"), "soc.tech.static_power.npu.leakage=1 W/mm2",
       "soc.tech.static_power.slope=0.08", "soc.package.bodies.cold_plate.top.coefficient=2000 W/m2K",
       "soc.package.bodies.cold_plate.top.fluid=80 degC"});
  CHECK_THAT(run.error, testing::contains("npu"));
  CHECK_THAT(run.error, testing::contains("loop gain"));
}

TEST_CASE(
    "a burst is simulated where no steady state exists, and who asks for that one is told of the burst") {
  const std::vector<std::string> runaway = {
      testing::network("resnet8_cifar_mlperf_tiny"), "soc.tech.static_power.npu.leakage=1 W/mm2",
      "soc.tech.static_power.slope=0.08", "soc.package.bodies.cold_plate.top.coefficient=2000 W/m2K",
      "soc.package.bodies.cold_plate.top.fluid=80 degC"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), runaway.begin(), runaway.end());
    return more;
  };
  CHECK_THAT(run_in_child("quickstart.yaml", runaway).error, testing::contains("run.horizon"));
  const ChildRun steps = testing::good_run("quickstart.yaml", with({"run.horizon=steps", "run.steps=2"}));
  const ChildRun burst =
      testing::good_run("quickstart.yaml", with({"run.horizon=duration", "run.duration=500 ms"}));
  CHECK(burst["samples_per_s"] > 0);
  // It warms up: leakage doubles every 9 K.
  CHECK(burst["energy_by_component_j.leakage"] > 1.2 * steps["energy_by_component_j.leakage"]);
}

TEST_CASE("the peak is that of the step's own formats, and no step passes it") {
  // Products of the backward pass are computed four times as fast as the forward pass in FP32.
  const ChildRun slow = testing::good_run(
      "pcm_wearable.yaml",
      {testing::network("lstm_har_t128_f9_h64x2"), "training.batch=5", "training.precision.forward=fp32",
       "training.precision.gradients=fp16", "training.recompute.mode=sqrt",
       "mapping={parallel: channel, cut: samples}", "soc.npu.law=broadcast"});
  const ChildRun quick = testing::good_run(
      "pcm_wearable.yaml",
      {testing::network("lstm_har_t128_f9_h64x2"), "training.batch=5", "training.precision.gradients=fp16",
       "training.recompute.mode=sqrt", "mapping={parallel: channel, cut: samples}", "soc.npu.law=broadcast"});
  CHECK(slow["achieved_tops"] <= slow["peak_tops"]);
  CHECK(slow["peak_tops"] < quick["peak_tops"]);
  CHECK(slow["peak_tops"] > quick["peak_tops"] / 4);
}

TEST_CASE("channels that join behind the same ports slow nothing down, though the network is the bound") {
  const auto time_s = [](int channels) {
    return testing::good_run(
        "passive_edge.yaml",
        {"workload={name: dense, source: test, input: {channels: 247, height: 1, width: 1}, layers: [{name: "
         "f, op: flatten}, {name: a, op: linear, out: 656}, {name: b, op: linear, out: 416}, {name: c, op: "
         "linear, out: 528}]}",
         "training.optimizer.kind=adam", "mapping={parallel: channel, cut: rows}", "soc.npu.rows=8",
         "soc.npu.cols=8", "soc.operating_points.points=[{frequency: 200 MHz}]", "run.audit_windows=0",
         "soc.memory.dram.organisation.channels=" + std::to_string(channels)})["step_time_s"];
  };
  constexpr double kSlack =
      1.02;  // of the laws: bursts end at other places, which was 4 % when ports were few
  const double with_four_s = time_s(4);
  CHECK(time_s(8) <= kSlack * with_four_s);
  CHECK(time_s(16) <= kSlack * with_four_s);
}
