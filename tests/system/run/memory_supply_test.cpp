// SPDX-License-Identifier: MIT
// The memory's rail in a run: commands draw current, its droops shift data, and training answers.
#include "run/memory_supply.h"

#include <cmath>
#include <numbers>

#include "dram/eye.h"
#include "experiment/prepare.h"
#include "run/supply_response.h"
#include "support/catch.h"
#include "support/child_run.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using testing::ChildRun;
using testing::found;
using testing::small_run;

namespace {

/// A chip with LPDDR5X and what is needed to charge its commands.
struct Chip {
  experiment::ExperimentConfig experiment =
      config::load<experiment::ExperimentConfig>(
          std::string(KILN_SOURCE_DIR) + "/configs/experiments/passive_edge.yaml",
          {"soc.memory.rail={}", testing::network("lenet5_r28")})
          .value;
  experiment::Prepared prepared = experiment::prepare(experiment);
  device::ChipPower power{experiment.soc, prepared.plan};
  sim::OperatingPoint point{.frequency_hz = 800e6, .voltage_v = 0.8, .noc_frequency_hz = 800e6};

  std::optional<run::MemorySupply> supply(dram::ExertionLog log) const {
    soc::StepRecord record;
    record.memory_exertions = std::move(log);
    record.exertions_end = kEnd;
    return run::memory_supply(experiment.soc, record, power, point);
  }
  static constexpr base::TimePs kBegin = 100'000, kEnd = 4'000'000;
};

/// Lowest voltage of a series RLC whose load rises by `step_a`: the capacitor alone feeds it at first.
double closed_form_droop_v(const pdn::StageConfig& stage, double step_a) {
  const double damping = stage.resistance_ohm / (2 * stage.inductance_h);
  const double omega = std::sqrt(1 / (stage.inductance_h * stage.capacitance_f) - damping * damping);
  const double cosine = stage.resistance_ohm * step_a;
  const double sine = (damping * cosine - step_a / stage.capacitance_f) / omega;
  double lowest_v = 0;
  for (double t = 0; t < 2 * std::numbers::pi / omega; t += 1e-11)
    lowest_v = std::min(
        lowest_v,
        std::exp(-damping * t) * (cosine * std::cos(omega * t) + sine * std::sin(omega * t)) - cosine);
  return -lowest_v;
}

std::vector<std::string> with_rail(const std::string& rail, std::vector<std::string> more = {}) {
  more.insert(more.begin(), "soc.memory.rail=" + rail);
  return more;
}

const std::string kSharp = "eye: {drift: 150 ps}";  // a memory whose data follows its supply closely

}  // namespace

TEST_CASE("a burst's droop is that of the closed form, and twice as many at once droop twice as far") {
  Chip chip;
  soc::MemoryRailConfig& rail = *chip.experiment.soc.memory.rail;
  rail.stages = {{"device", 500e-12, 2e-3, 1e-6, 0}};
  const dram::DramConfig& memory = chip.experiment.soc.memory.dram;
  const double nominal_v = dram::supply_range(memory.standard).nominal_v;
  const auto accesses = [](std::int64_t reads) {
    return dram::Exertion{.begin = Chip::kBegin, .end = Chip::kEnd, .reads = reads};
  };
  constexpr std::int64_t kReads = 4000;
  soc::StepRecord record;
  record.memory_exertions = {accesses(kReads)};
  record.exertions_end = Chip::kEnd;
  const auto load = run::memory_load(chip.experiment.soc, record, chip.power, chip.point);
  REQUIRE(load.size() == 3);
  const double bytes = kReads * memory.organisation.access_bytes, seconds = 3.9e-6;
  dram::CommandCounts counts;
  counts.reads = kReads;
  counts.bytes_read = static_cast<std::uint64_t>(bytes);
  const double joules = 1e-12 * (dram::energy(memory, counts, 0).read + dram::energy(memory, counts, 0).ecc);
  const double step_a = load[1].current_a - load[0].current_a;
  CHECK_THAT(step_a, WithinRel(joules / seconds / nominal_v, 1e-9));
  CHECK_THAT(load[1].work_per_s, WithinRel(8 * bytes / seconds, 1e-9));
  CHECK(load[2].work_per_s == 0);
  CHECK_THAT(load[2].current_a, WithinRel(load[0].current_a, 1e-9));

  const run::MemorySupply once = *chip.supply({accesses(kReads)}),
                          twice = *chip.supply({accesses(kReads), accesses(kReads)});
  const double rest_v = nominal_v - 2e-3 * load[0].current_a;
  CHECK_THAT(rest_v - once.droop.lowest_v, WithinRel(closed_form_droop_v(rail.stages[0], step_a), 2e-3));
  CHECK_THAT(rest_v - twice.droop.lowest_v, WithinRel(2 * (rest_v - once.droop.lowest_v), 1e-9));
  CHECK_THAT(twice.rise_a, WithinRel(2 * step_a, 1e-9));
  CHECK_THAT(once.trained_v, WithinRel(rest_v - 2e-3 * step_a * 3.9 / 4.0, 1e-9));
  // The farthest from the voltage at which it was trained is the bottom of the first swing.
  CHECK_THAT(once.shift_ui, WithinRel(dram::shift_ui(rail.eye, memory.standard, memory.clock_hz,
                                                     once.trained_v - once.droop.lowest_v),
                                      1e-6));
  CHECK_FALSE(chip.supply({}).has_value());
}

TEST_CASE("the core's MACs are done while their tasks compute") {
  Chip chip;
  const lowering::LoweredStep& step = chip.prepared.step;
  constexpr base::TimePs kTask = 200'000;
  soc::StepRecord record;
  for (const lowering::TileProgram& tile : step.tiles) {
    std::vector<npu::TaskSpan>& spans = record.task_spans.emplace_back();
    for (base::TimePs at = 0; spans.size() < tile.tasks.size(); at += 2 * kTask)
      spans.push_back({at + kTask, at + 2 * kTask});
    record.duration = std::max(record.duration, spans.empty() ? 0 : spans.back().end + kTask);
  }
  const auto load = run::core_load(chip.experiment.soc, step, record, chip.power, chip.point);
  double macs = 0;
  for (std::size_t i = 0; i + 1 < load.size(); ++i)
    macs += load[i].work_per_s * (load[i + 1].time_s - load[i].time_s);
  CHECK_THAT(macs, WithinRel(static_cast<double>(step.macs()), 1e-9));
  CHECK(load.front().work_per_s == 0);
  CHECK_THAT(load.back().work_per_s, WithinAbs(0, 1e-3));
}

TEST_CASE("charge is not lost between ticks: a burst shorter than one moves the rail by its coulombs") {
  Chip chip;
  soc::MemoryRailConfig& rail = *chip.experiment.soc.memory.rail;
  rail.stages = {{"device", 1e-6, 0, 1e-6, 0}};  // in this time the capacitor alone
  const dram::Exertion reads{.begin = 100'300, .end = 100'700, .reads = 2'000};
  soc::StepRecord record;
  record.memory_exertions = {reads};
  record.exertions_end = Chip::kEnd;
  const auto load = run::memory_load(chip.experiment.soc, record, chip.power, chip.point);
  REQUIRE(load.size() == 3);
  const double coulombs = (load[1].current_a - load[0].current_a) * (load[2].time_s - load[1].time_s);
  const run::MemorySupply supply = *chip.supply({reads});
  const double nominal_v = dram::supply_range(chip.experiment.soc.memory.dram.standard).nominal_v;
  CHECK(coulombs > 0);
  CHECK_THAT(nominal_v - supply.droop.lowest_v, WithinRel(coulombs / 1e-6, 0.01));
}

TEST_CASE("training settles close below the highest clean clock, in few steps") {
  const double power = GENERATE(0.5, 1.0, 2.0, 4.0), at_full = GENERATE(0.11, 0.2, 1.0);
  constexpr double kClean = 0.1;
  run::ClockTraining training(kClean);
  const auto shift_at = [&](double share) { return at_full * std::pow(share, power); };
  double best = 0, share = 1;
  int tries = 0;
  for (std::optional<double> next = training.next(1, shift_at(1)); next;
       next = training.next(share, shift_at(share))) {
    ++tries;
    share = *next;
    if (shift_at(share) <= kClean) best = std::max(best, share);
  }
  INFO(power << " " << at_full << " " << share);
  CHECK(tries <= 6);
  const bool has_clean = shift_at(0.1) <= kClean;
  CHECK((best >= 0.1) == has_clean);
  if (has_clean) CHECK(shift_at(best) > 0.8 * kClean);
  if (!has_clean) CHECK(share == 0.1);  // as slow as can be
  CHECK_FALSE(run::ClockTraining(kClean).next(1, 0.09).has_value());
}

TEST_CASE("more decoupling of the memory droops less, and a rail that nobody answers costs no time") {
  const ChildRun ideal = small_run("passive_edge.yaml"),
                 shipped = small_run("passive_edge.yaml", with_rail("{}")),
                 more = small_run("passive_edge.yaml",
                                  with_rail("{}", {"soc.memory.rail.stages.device.capacitance=2 uF"})),
                 fewer = small_run("passive_edge.yaml",
                                   with_rail("{}", {"soc.memory.rail.stages.device.capacitance=50 nF"}));
  CHECK_FALSE(ideal.numbers.contains("memory_supply.droop_share"));
  CHECK(shipped["step_time_s"] == ideal["step_time_s"]);
  CHECK(shipped["energy_j"] == ideal["energy_j"]);
  CHECK(more["memory_supply.droop_share"] < 0.8 * shipped["memory_supply.droop_share"]);
  CHECK(fewer["memory_supply.droop_share"] > shipped["memory_supply.droop_share"]);
  CHECK_THAT(shipped["memory_supply.margin_v"], WithinAbs(shipped["memory_supply.lowest_v"] - 1.01, 1e-12));
  CHECK_FALSE(found(more, "memory_voltage"));
  const ChildRun sagging = small_run("passive_edge.yaml", with_rail("{load_line: 100 mOhm}"));
  CHECK(sagging["memory_supply.lowest_v"] < 1.01);
  CHECK(found(sagging, "memory_voltage"));
}

TEST_CASE("a droop beyond the eye is wrong bits, or a slower memory clock") {
  const ChildRun wrong = small_run("passive_edge.yaml", with_rail("{" + kSharp + "}"));
  const double share = wrong["memory_supply.wrong_bit_share"];
  CHECK(share > 1e-9);
  CHECK(wrong["memory_supply.eye_margin_ui"] < 0);
  CHECK(found(wrong, "memory_eye"));
  const double bits = 8 * (wrong["dram_bytes.read"] + wrong["dram_bytes.write"]);
  CHECK_THAT(wrong["bit_errors_per_step.dram_interface"], WithinRel(share * bits, 1e-9));
  const ChildRun mended =
      small_run("passive_edge.yaml", with_rail("{" + kSharp + "}", {"soc.memory.dram.ecc.kind=side_band"}));
  CHECK(mended["bit_errors_per_step.dram_interface"] < 0.1 * wrong["bit_errors_per_step.dram_interface"]);

  const ChildRun trained =
      small_run("passive_edge.yaml", with_rail("{answer: slower_clock, " + kSharp + "}"));
  CHECK(trained["memory_supply.clock_share"] < 0.95);
  CHECK(trained["memory_supply.clock_share"] > 0.1);
  CHECK(trained["memory_supply.eye_margin_ui"] >= 0);
  CHECK(trained["memory_supply.wrong_bit_share"] < 1e-15);
  CHECK(trained["step_time_s"] > 1.02 * wrong["step_time_s"]);
  CHECK(trained["dram_bytes.read"] == wrong["dram_bytes.read"]);
  CHECK(found(trained, "memory_clock_trained"));
  CHECK_FALSE(found(trained, "memory_eye"));

  const ChildRun step_by_step =
      small_run("passive_edge.yaml", with_rail("{answer: slower_clock, " + kSharp + "}",
                                               {"run={horizon: steps, steps: 2, audit_windows: 0}"}));
  CHECK(step_by_step["memory_supply.clock_share"] == trained["memory_supply.clock_share"]);
  CHECK_THAT(step_by_step["step_time_s"], WithinRel(trained["step_time_s"], 0.02));
}

TEST_CASE("bulk and exact memories droop alike") {
  const ChildRun bulk = small_run("passive_edge.yaml", with_rail("{}", {testing::network("lenet5_r28")})),
                 exact = small_run("passive_edge.yaml",
                                   with_rail("{}", {testing::network("lenet5_r28"), "run.fidelity=exact",
                                                    "run.audit_windows=0"}));
  CHECK_THAT(exact["memory_supply.droop_share"], WithinRel(bulk["memory_supply.droop_share"], 0.3));
}

TEST_CASE("a memory on the core's supply has no rail of its own") {
  const ChildRun run =
      testing::run_in_child("passive_edge.yaml", with_rail("{}", {"soc.domains.memory.supply=core"}));
  CHECK_THAT(run.error, testing::contains("soc.memory.rail: the memory is on the core's supply"));
}
