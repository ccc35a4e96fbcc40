// SPDX-License-Identifier: MIT
// From the device's conditions to the cells that fail while it learns, and what going back costs.
#include "train/failing_cells.h"

#include <cmath>

#include "dram/retention.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::train;

namespace {

constexpr double kBits = 1e6;  // that a step computes

experiment::ExperimentConfig with_faults() {
  experiment::ExperimentConfig experiment;
  experiment.learning.emplace();
  experiment.learning->faults.emplace();
  return experiment;
}

DeviceEpoch epoch_at(double interval_s, double memory_c) {
  DeviceEpoch epoch;
  epoch.voltage_v = 1;
  epoch.hottest_c = epoch.memory_c = epoch.retention_c = memory_c;
  epoch.refresh_interval_s = interval_s;
  epoch.steps = 10;
  epoch.time_s = 1;  // a step takes 0.1 s
  return epoch;
}

}  // namespace

TEST_CASE("late MACs are wrong bits among those computed, and each bit in DRAM was moved twice") {
  const experiment::ExperimentConfig experiment = with_faults();
  DeviceEpoch epoch = epoch_at(0.064, 25);
  CHECK_FALSE(failing_cells(experiment, epoch, kBits).any());
  epoch.late_macs = 10;
  epoch.wrong_moved = 5e-8;
  const learning::FailingCells failing = failing_cells(experiment, epoch, kBits);
  CHECK_THAT(failing.computed, Catch::Matchers::WithinRel(1e-5, 1e-6));
  CHECK_THAT(failing.moved, Catch::Matchers::WithinRel(1e-7, 1e-6));
  CHECK(failing.sram == 0);
  CHECK(failing.dram == 0);
  epoch.late_macs = 1e-8;  // one wrong bit in a hundred million steps
  CHECK(failing_cells(experiment, epoch, kBits).computed == 0);
  epoch.late_macs = 1e9;
  CHECK(failing_cells(experiment, epoch, kBits).computed == 0.5);
}

TEST_CASE("the cells that fail while it learns are those of the retention model") {
  const experiment::ExperimentConfig experiment = with_faults();
  const dram::RetentionConfig& law = experiment.soc.memory.dram.retention;
  for (const double interval_s : {0.5, 1.0, 2.0})
    for (const double memory_c : {75.0, 85.0, 91.3}) {
      const double expected = dram::bit_error_rate(law, interval_s, memory_c);
      const double share = failing_cells(experiment, epoch_at(interval_s, memory_c), kBits).dram;
      CHECK_THAT(share, Catch::Matchers::WithinRel(expected, 0.012));  // a grid of 100 values a decade
      // And the map has as many, within four standard deviations.
      const std::uint64_t bits = std::uint64_t{1} << 24;
      const auto cells = static_cast<double>(learning::FaultMap({}, share).failing(0, bits, 0).size());
      const double count = expected * static_cast<double>(bits);
      CHECK(std::fabs(cells - count) < 4 * std::sqrt(count) + 0.012 * count + 1);
    }
}

TEST_CASE("more cells fail when the memory is hotter or refreshed more rarely, none where it is guaranteed") {
  const experiment::ExperimentConfig experiment = with_faults();
  double before = 0;
  for (const double memory_c : {60.0, 70.0, 80.0, 90.0}) {
    const double share = failing_cells(experiment, epoch_at(1, memory_c), kBits).dram;
    CHECK(share > before);
    before = share;
  }
  before = 0;
  for (const double interval_s : {0.25, 0.5, 1.0, 2.0}) {
    const double share = failing_cells(experiment, epoch_at(interval_s, 90), kBits).dram;
    CHECK(share > before);
    before = share;
  }
  CHECK(failing_cells(experiment, epoch_at(0.064, 85), kBits).dram == 0);
  experiment::ExperimentConfig none = experiment;
  none.learning->faults.reset();
  CHECK_FALSE(failing_cells(none, epoch_at(2, 100), kBits).any());
}

TEST_CASE("a step that opens every row holds data for no longer than it takes") {
  experiment::ExperimentConfig experiment = with_faults();
  experiment.learning->faults->restored_by_access = true;
  const double restored = failing_cells(experiment, epoch_at(2, 90), kBits).dram;
  experiment.learning->faults->restored_by_access = false;
  CHECK(restored == failing_cells(experiment, epoch_at(0.1, 90), kBits).dram);
  CHECK(restored < failing_cells(experiment, epoch_at(2, 90), kBits).dram);
}

TEST_CASE("a rate that is given holds in every memory") {
  experiment::ExperimentConfig experiment = with_faults();
  experiment.learning->faults->bit_error_rate = 3e-5;
  CHECK(failing_cells(experiment, epoch_at(2, 90), kBits) == learning::FailingCells{3e-5, 3e-5});
}

TEST_CASE("the code of the configured memory is the one that learning has") {
  dram::EccConfig ecc;
  CHECK(word_code(ecc).correction == learning::Correction::none);
  ecc = {.kind = dram::EccKind::on_die, .data_bits = 128, .check_bits = 8};
  CHECK(word_code(ecc).correction == learning::Correction::single);
  CHECK(word_code(ecc).data_bits == 128);
  CHECK(word_code(ecc).check_bits == 8);
  for (const dram::EccKind kind : {dram::EccKind::side_band, dram::EccKind::inline_code}) {
    ecc.kind = kind;
    CHECK(word_code(ecc).correction == learning::Correction::single_and_detect);
  }
}

TEST_CASE("a copy of a checkpoint takes its bytes twice over the memory's bus") {
  dram::DramConfig memory;
  memory.energy.command.read_j_per_bit = memory.energy.command.write_j_per_bit = 3e-12;
  memory.phy.energy_j_per_bit = 1e-12;
  const double bytes = 1 << 20;
  const CopyCost cost = checkpoint_copy(memory, bytes);
  CHECK_THAT(cost.time_s, Catch::Matchers::WithinRel(
                              2 * bytes / dram::peak_bytes_per_second(memory, memory.clock_hz), 1e-9));
  CHECK_THAT(cost.energy_j, Catch::Matchers::WithinRel(16 * bytes * 4e-12, 1e-9));
  CHECK_THAT(checkpoint_copy(memory, 4 * bytes).energy_j,
             Catch::Matchers::WithinRel(4 * cost.energy_j, 1e-9));
}

TEST_CASE("joules of all epochs and checkpoints are those of the samples that were not spoilt") {
  Training training;
  training.checkpoint = {0.5, 2};
  for (const double joules : {100.0, 60.0}) {
    DeviceEpoch epoch;
    epoch.energy_j = joules;
    epoch.time_s = 10;
    training.device.push_back(epoch);
  }
  SeedRecord seed;
  seed.epochs.resize(2);
  for (std::size_t i = 0; i < 2; ++i) {
    seed.epochs[i].epoch = static_cast<std::int32_t>(i) + 1;
    seed.epochs[i].good_samples = 40;
    seed.epochs[i].checkpoint_copies = 10;
    seed.epochs[i].test_accuracy = 0.5 + 0.4 * static_cast<double>(i);
  }
  CHECK_THAT(*energy_per_good_sample(training, seed), Catch::Matchers::WithinRel(200.0 / 80, 1e-12));
  training.target = 0.8;
  CHECK_THAT(to_target(training, seed)->energy_j, Catch::Matchers::WithinRel(200.0, 1e-12));
  CHECK_THAT(to_target(training, seed)->time_s, Catch::Matchers::WithinRel(30.0, 1e-12));
  for (LearntEpoch& epoch : seed.epochs) epoch.good_samples = 0;
  CHECK_FALSE(energy_per_good_sample(training, seed));
}
