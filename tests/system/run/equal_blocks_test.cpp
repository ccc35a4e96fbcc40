// SPDX-License-Identifier: MIT
// A step of which equal blocks are repeated against the same one simulated whole.
#include "device/device.h"
#include "experiment/prepare.h"
#include "lowering/work.h"
#include "run/step_simulator.h"
#include "soc/executed.h"
#include "soc/plant.h"
#include "support/catch.h"

using namespace kiln;

namespace {

std::string blocks_of(int blocks) {
  std::string layers;
  for (int i = 0; i < blocks; ++i)
    layers += fmt::format(
        "{{name: up{0}, op: linear, out: 4096}}, {{name: act{0}, op: activation, act: relu}}, "
        "{{name: down{0}, op: linear, out: 1024}}, ",
        i);
  return "workload={name: blocks, source: test, input: {channels: 1024, height: 1, width: 1}, layers: [" +
         layers + "{name: head, op: linear, out: 100}]}";
}

experiment::ExperimentConfig experiment_with(const std::string& soc, std::vector<std::string> overrides) {
  overrides.insert(overrides.begin(), {blocks_of(24), "run.audit_windows=0", "training.batch=32"});
  return config::load<experiment::ExperimentConfig>(
             std::string(KILN_SOURCE_DIR) + "/configs/experiments/" + soc + ".yaml", overrides)
      .value;
}

double energy_j(const run::SimulatedStep& step) {
  return step.signature.energy_j();
}

std::int64_t count(const soc::StepRecord& record, stats::ActivityKind kind) {
  std::int64_t sum = 0;
  for (const auto& [key, blocks] : record.by_layer_and_phase)
    for (const stats::Counts& counts : blocks) sum += stats::count_of(counts, kind);
  return sum;
}

std::int64_t in_windows(const soc::StepRecord& record, stats::ActivityKind kind) {
  std::int64_t sum = 0;
  for (const stats::Window& window : record.windows)
    for (const stats::Counts& counts : window.by_block) sum += stats::count_of(counts, kind);
  return sum;
}

/// The parts of one record agree with one another.
void check_consistent(const soc::StepRecord& record, const lowering::LoweredStep& step,
                      const stats::Trace& trace) {
  for (const stats::Activity& activity : stats::activities())
    CHECK(count(record, activity.kind) == in_windows(record, activity.kind));
  double exclusive_s = 0, by_layer_s = 0;
  for (const double s : record.exclusive_s) exclusive_s += s;
  for (const auto& [key, work] : record.work) by_layer_s += work.exclusive_s;
  CHECK(exclusive_s == Approx(record.duration_s()).epsilon(1e-9));
  CHECK(by_layer_s + record.last_tile_wait_s == Approx(record.duration_s()).epsilon(1e-9));
  CHECK(record.windows.back().end == record.duration);
  CHECK(record.progress.back().time <= record.duration);
  std::int64_t work = 0;
  for (std::size_t t = 0; t < step.tiles.size(); ++t) {
    if (!record.task_spans.empty()) REQUIRE(record.task_spans[t].size() == step.tiles[t].tasks.size());
    for (const lowering::Task& task : step.tiles[t].tasks) work += npu::work_of(task);
  }
  CHECK(record.progress.back().work == work);
  std::map<int, base::TimePs> ends;
  for (const stats::Trace::Slice& slice : trace.slices()) {
    CHECK(slice.end >= slice.begin);
    ends[slice.track] = std::max(ends[slice.track], slice.end);
  }
  for (const auto& [track, end] : ends) CHECK(end <= record.duration);
}

struct Pair {
  run::SimulatedStep repeated, whole;
};

Pair both(const std::string& soc, const std::vector<std::string>& overrides) {
  experiment::ExperimentConfig experiment = experiment_with(soc, overrides);
  const experiment::Prepared prepared = experiment::prepare(experiment);
  const device::Device device(experiment, prepared.plan);
  const run::Monitor monitor;
  const double top_hz = device.top_point().frequency_hz;
  run::StepSimulator simulator(experiment, prepared, device.power(), top_hz, monitor);
  experiment::ExperimentConfig whole_experiment = experiment;
  whole_experiment.run.equal_blocks = experiment::EqualBlocks::simulate;
  run::StepSimulator whole(whole_experiment, prepared, device.power(), top_hz, monitor);
  whole.share_plant(simulator);
  Pair pair{simulator.from_rest(device.top_point()), whole.from_rest(device.top_point())};
  check_consistent(pair.repeated.record, prepared.step, pair.repeated.trace);
  check_consistent(pair.whole.record, prepared.step, pair.whole.trace);
  return pair;
}

/// `counters`: what bytes of memories and network may differ by; those of less than `few_share` of the
/// payload are not looked at.
void check_alike(const Pair& pair, double counters = 0.04, double few_share = 0) {
  const soc::StepRecord &a = pair.repeated.record, &b = pair.whole.record;
  REQUIRE(a.repeated.share > 0.2);
  CHECK(a.repeated.error <= 0.01);
  CHECK(b.repeated.share == 0);
  CHECK(a.kernel_events < b.kernel_events * 8 / 10);
  CHECK(a.duration_s() == Approx(b.duration_s()).epsilon(0.01));
  CHECK(energy_j(pair.repeated) == Approx(energy_j(pair.whole)).epsilon(0.005));
  CHECK(a.array_busy_s == Approx(b.array_busy_s).epsilon(1e-4));
  CHECK(a.macs == b.macs);
  CHECK(a.traffic == b.traffic);
  for (const stats::ActivityKind kind :
       {stats::ActivityKind::mac_fp16, stats::ActivityKind::vector_op, stats::ActivityKind::dma_byte,
        stats::ActivityKind::dram_read_byte, stats::ActivityKind::dram_write_byte,
        stats::ActivityKind::local_sram_read_byte})
    CHECK(static_cast<double>(count(a, kind)) == Approx(static_cast<double>(count(b, kind))).epsilon(1e-3));
  CHECK(static_cast<double>(count(a, stats::ActivityKind::dram_activate)) ==
        Approx(static_cast<double>(count(b, stats::ActivityKind::dram_activate))).epsilon(0.05));
  REQUIRE(a.work.size() == b.work.size());
  for (const auto& [key, work] : b.work) {
    CHECK(a.work.at(key).dram_read_bytes == work.dram_read_bytes);
    CHECK(a.work.at(key).dram_write_bytes == work.dram_write_bytes);
    // Waiting for memory moves from one operation to the next.
    CHECK(a.work.at(key).computing_s == Approx(work.computing_s).epsilon(1e-4).margin(1e-6 * b.duration_s()));
    CHECK(a.work.at(key).exclusive_s == Approx(work.exclusive_s).margin(0.01 * b.duration_s()));
  }
  CHECK(pair.repeated.trace.slices().size() == pair.whole.trace.slices().size());
  REQUIRE(pair.repeated.metrics.size() == pair.whole.metrics.size());
  for (std::size_t i = 0; i < pair.whole.metrics.size(); ++i) {
    const stats::Sample &x = pair.repeated.metrics[i], &y = pair.whole.metrics[i];
    INFO(x.path);
    const bool of_tile = x.path.starts_with("soc.npu");
    if (!x.adds_up || y.unit != "B") continue;
    if (of_tile) CHECK(x.value == Approx(y.value).epsilon(1e-9));
    // Of a few bursts, the moment at which half a unit is over decides.
    const bool few = y.value < few_share * static_cast<double>(b.traffic.noc_payload);
    if (!few) CHECK(x.value == Approx(y.value).epsilon(counters));
  }
}

}  // namespace

TEST_CASE("a step with repeated blocks is the whole step: time, energy, counts, layers, spans") {
  check_alike(both("quickstart", {"mapping.parallel=data"}));
}

TEST_CASE("repeated blocks on a chip with four tiles, layer by layer") {
  check_alike(both("passive_edge", {"mapping.parallel=layer_wise"}));
}

TEST_CASE("repeated blocks with gradients as they are") {
  check_alike(both("quickstart", {"mapping.parallel=data", "compression.enabled=false"}));
}

TEST_CASE("repeated blocks that go forward again for their checkpoints") {
  check_alike(both("passive_edge", {"mapping.parallel=layer_wise", "training.recompute.mode=blocks"}));
}

TEST_CASE("repeated blocks of four micro-batches, whose first has no sums to add to") {
  check_alike(
      both("passive_edge", {blocks_of(12), "mapping.parallel=layer_wise", "training.micro_batches=4"}), 0.06,
      1e-3);
}

TEST_CASE("of many micro-batches some are simulated, and of these some blocks") {
  const Pair pair =
      both("passive_edge", {blocks_of(8), "mapping.parallel=layer_wise", "training.micro_batches=16"});
  check_alike(pair, 0.06, 1e-3);
  CHECK(pair.repeated.record.repeated.share > 0.5);  // more than four of eight blocks, each time
}
