// SPDX-License-Identifier: MIT
// Which memory's cells fail under a tensor, and what a training does behind a step that they spoilt.
#include "learning/faults/recovery.h"

#include <cmath>

#include "learning/trainer.h"
#include "support/catch.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;

namespace {

constexpr std::int64_t kBatch = 16;

TrainingSetup faulty_setup() {
  TrainingSetup setup;
  setup.network = workload::build_network(
      parse_network("  - {name: a, op: conv, out: 6, kernel: 3, norm: batch, act: relu}\n"
                    "  - {name: p, op: max_pool, kernel: 2, stride: 2}\n  - {name: f, op: flatten}\n"
                    "  - {name: z, op: linear, out: 4}\n",
                    "{channels: 1, height: 8, width: 8}"));
  setup.training = fp32_training(kBatch);
  setup.learning.data.samples = 640;
  setup.learning.data.test_samples = 320;
  setup.learning.data.generator.classes = 4;
  setup.learning.rate.initial = 0.05;
  setup.learning.faults = FaultsConfig{};
  return setup;
}

/// One behind another.
void place_in_dram(TrainingSetup& setup) {
  const workload::StepGraph graph = workload::expand(setup.network, setup.training);
  std::uint64_t address = 0;
  setup.layout.tensors.clear();
  for (const workload::Tensor& tensor : graph.tensors) {
    setup.layout.tensors.push_back({address, Memory::dram});
    address += static_cast<std::uint64_t>(tensor.bytes()) / 64 * 64 + 64;
  }
}

/// DRAM with SECDED, all tensors in it, and going back every few steps.
TrainingSetup recovering(std::int64_t checkpoint_steps) {
  TrainingSetup setup = faulty_setup();
  place_in_dram(setup);
  setup.dram_code = {Correction::single_and_detect, 64, 8};
  setup.learning.faults->recover = Recover::rollback;
  setup.learning.faults->checkpoint_steps = checkpoint_steps;
  return setup;
}

TrainAndTest made_data(const TrainingSetup& setup) {
  return load_data(setup.learning.data, setup.network, 1);
}

Conditions with_dram(double rate) {
  return {1, {0, rate}};
}

}  // namespace

TEST_CASE("cells of a memory fail under the tensors that lie there, not under others") {
  TrainingSetup setup = recovering(10);
  setup.learning.faults->recover = Recover::none;
  setup.dram_code = {};
  const TrainAndTest data = made_data(setup);
  CHECK(Trainer(setup, data, 1).epoch({1, {1e-3, 0}}).wrong_bits == 0);
  const std::int64_t few = Trainer(setup, data, 1).epoch(with_dram(1e-4)).wrong_bits,
                     many = Trainer(setup, data, 1).epoch(with_dram(1e-3)).wrong_bits;
  CHECK(few > 0);
  CHECK(many > 3 * few);
  for (TensorPlace& place : setup.layout.tensors) place.memory = Memory::sram;
  CHECK(Trainer(setup, data, 1).epoch(with_dram(1e-3)).wrong_bits == 0);
  CHECK(Trainer(setup, data, 1).epoch({1, {1e-3, 0}}).wrong_bits > 0);
  for (TensorPlace& place : setup.layout.tensors) place.stored = false;
  CHECK(Trainer(setup, data, 1).epoch({1, {1e-3, 1e-3}}).wrong_bits == 0);
}

TEST_CASE(
    "bits that flip by chance: what is computed anywhere, what is moved in DRAM alone, until it is checked") {
  TrainingSetup setup = recovering(10);
  setup.learning.faults->recover = Recover::none;
  setup.learning.faults->guard = 4;
  setup.dram_code = {};
  const TrainAndTest data = made_data(setup);
  constexpr double kRate = 1e-4;
  const auto wrong = [&](double computed, double moved) {
    return Trainer(setup, data, 1).epoch({1, {0, 0, computed, moved}});
  };
  const std::int64_t late = wrong(kRate, 0).wrong_bits, moved = wrong(0, kRate).wrong_bits;
  CHECK(late > 0);
  CHECK(moved > 0);
  CHECK_THAT(static_cast<double>(wrong(10 * kRate, 0).wrong_bits),
             Catch::Matchers::WithinRel(10.0 * static_cast<double>(late), 0.3));
  CHECK(wrong(kRate, 0).loss != wrong(0, 0).loss);
  CHECK(wrong(kRate, 0).wrong_bits == late);       // the same again
  setup.dram_code = {Correction::single, 128, 8};  // on the die: it has done its work before
  CHECK(wrong(0, kRate).wrong_bits == moved);
  setup.dram_code = {Correction::single_and_detect, 64, 8};
  const EpochResult checked = wrong(0, kRate);
  CHECK(checked.wrong_bits < moved / 10);
  CHECK(checked.corrected_bits > 0);
  CHECK(wrong(kRate, 0).wrong_bits == late);  // no code of a memory knows what should have been computed
  for (TensorPlace& place : setup.layout.tensors) place.memory = Memory::sram;
  CHECK(wrong(0, kRate).wrong_bits == 0);
  for (TensorPlace& place : setup.layout.tensors) place.stored = false;
  CHECK(wrong(kRate, 0).wrong_bits > 0);
}

TEST_CASE("cells fail under what a codec has not sent yet") {
  TrainingSetup setup = recovering(10);
  setup.learning.faults->recover = Recover::none;
  setup.learning.faults->targets = {false, false, false, false, false, true};
  setup.dram_code = {};
  compression::CodecConfig codec;
  codec.selection = compression::Selection::top_k;
  codec.density = 0.1;
  codec.error_feedback = true;
  setup.codecs.assign(setup.network.layers.size(), compression::Codec(codec));
  const TrainAndTest data = made_data(setup);
  CHECK(Trainer(setup, data, 1).epoch(with_dram(1e-2)).wrong_bits == 0);  // they are in no memory
  setup.layout.residuals.assign(setup.network.layers.size(), {1 << 20, Memory::dram});
  CHECK(Trainer(setup, data, 1).epoch(with_dram(1e-2)).wrong_bits > 0);
  CHECK(Trainer(setup, data, 1).epoch({1, {1e-2, 0}}).wrong_bits == 0);
  setup.learning.faults->targets.residuals = false;
  CHECK(Trainer(setup, data, 1).epoch(with_dram(1e-2)).wrong_bits == 0);
}

TEST_CASE("a gradient passes its cells once a step, and what is wrong with it is learnt from") {
  TrainingSetup setup = recovering(10);
  setup.learning.faults->recover = Recover::none;
  setup.dram_code = {};
  setup.learning.faults->targets = {false, false, false, true, false, false};
  // A layer with its norm, a part each by operations of their own, and a layer alone.
  const workload::StepGraph graph = workload::expand(setup.network, setup.training);
  constexpr double kRate = 0.01;
  setup.learning.faults->bit_error_rate = kRate;
  const TrainAndTest data = made_data(setup);
  const auto epoch_of = [&](double rate) { return Trainer(setup, data, 1).epoch({1, {rate, rate}}); };
  CellConfig die;
  die.chip = setup.learning.faults->chip;
  const FaultMap map(die, kRate);
  std::int64_t cells = 0;
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == workload::TensorClass::weight_gradient)
      cells += static_cast<std::int64_t>(
          map.failing(setup.layout.tensors[static_cast<std::size_t>(tensor.id)].address * 8,
                      static_cast<std::uint64_t>(tensor.bytes()) * 8, 0)
              .size());
  REQUIRE(cells > 0);
  setup.learning.faults->guard = 1;  // so that it goes on learning
  const EpochResult none = epoch_of(0), some = epoch_of(kRate);
  CHECK(some.wrong_bits == some.steps * cells);
  CHECK(some.loss != none.loss);
  setup.workers = 2;
  CHECK(epoch_of(kRate).loss != epoch_of(0).loss);
}

TEST_CASE("a gradient's code passes the cells of its own place, and what was never stored plain no others") {
  TrainingSetup setup = recovering(10);
  setup.learning.faults->recover = Recover::none;
  setup.dram_code = {};
  setup.learning.faults->guard = 1;
  setup.learning.faults->targets = {false, false, false, true, false, false};
  compression::CodecConfig codec;  // of numbers as they are
  codec.selection = compression::Selection::dense;
  setup.codecs.assign(setup.network.layers.size(), compression::Codec(codec));
  const TrainAndTest data = made_data(setup);
  const auto epoch_of = [&](double rate) { return Trainer(setup, data, 1).epoch(with_dram(rate)); };
  const std::int64_t plain = epoch_of(1e-2).wrong_bits;
  setup.layout.codes.assign(setup.network.layers.size(), {1 << 20, Memory::dram});
  const EpochResult both = epoch_of(1e-2);
  CHECK(both.wrong_bits > plain);
  CHECK(both.loss != epoch_of(0).loss);
  for (TensorPlace& place : setup.layout.tensors) place.stored = false;
  const EpochResult coded = epoch_of(1e-2);
  CHECK(coded.wrong_bits > 0);
  CHECK(coded.wrong_bits < both.wrong_bits);
  CHECK(coded.loss != epoch_of(0).loss);
}

TEST_CASE("DRAM cells leak: about half as many bits are wrong as where the same cells flip") {
  TrainingSetup setup = recovering(10);
  setup.learning.faults->recover = Recover::none;
  setup.learning.faults->guard = 4;
  setup.dram_code = {};
  const TrainAndTest data = made_data(setup);
  const auto leaking = static_cast<double>(Trainer(setup, data, 1).epoch(with_dram(1e-3)).wrong_bits);
  setup.learning.faults->bit_error_rate = 1e-3;
  const auto flipping = static_cast<double>(Trainer(setup, data, 1).epoch(with_dram(1e-3)).wrong_bits);
  CHECK(leaking < 0.75 * flipping);
  CHECK(leaking > 0.25 * flipping);
}

TEST_CASE("samples of spoilt steps do not count, and going back loses those since the checkpoint, too") {
  TrainingSetup setup = recovering(5);
  const TrainAndTest data = made_data(setup);
  Trainer recovers(setup, data, 3);
  const EpochResult first = recovers.epoch(with_dram(1e-3));
  REQUIRE(first.spoilt_steps > 0);
  CHECK(first.recovery.rolled_back >= first.spoilt_steps);
  CHECK(first.recovery.rolled_back <= 5 * first.spoilt_steps);
  CHECK(first.good_samples == kBatch * (first.steps - first.recovery.rolled_back));
  // One at the start of the epoch, one per five good steps at most, one read back per spoilt step.
  CHECK(first.recovery.copies <= 1 + first.steps / 5 + first.spoilt_steps);
  // Words that were found wrong lie in spare cells: the same cells cannot spoil another epoch.
  const EpochResult second = recovers.epoch(with_dram(1e-3));
  CHECK(second.spoilt_steps < first.spoilt_steps);
  setup.learning.faults->recover = Recover::none;
  setup.learning.faults->checkpoint_steps = 100;
  const EpochResult goes_on = Trainer(setup, data, 3).epoch(with_dram(1e-3));
  CHECK(goes_on.recovery.rolled_back == 0);
  CHECK(goes_on.good_samples == kBatch * (goes_on.steps - goes_on.spoilt_steps));
  CHECK(goes_on.good_samples < first.good_samples);
}

TEST_CASE("a training that is ready to go back and never has to is the same training") {
  TrainingSetup setup = recovering(7);
  const TrainAndTest data = made_data(setup);
  Trainer ready(setup, data, 3);
  const EpochResult epoch = ready.epoch({});
  CHECK(epoch.recovery.copies == 1 + epoch.steps / 7);
  TrainingSetup plain = setup;
  plain.learning.faults.reset();
  Trainer bare(plain, data, 3);
  bare.epoch({});
  CHECK(ready.save() == bare.save());
}

TEST_CASE("a training that goes back and goes on from what was kept ends with the same bits") {
  TrainingSetup setup = recovering(6);
  setup.learning.formats.weights.rounding = Rounding::stochastic;
  setup.training.precision.weights = workload::Precision::bf16;
  place_in_dram(setup);
  const TrainAndTest data = made_data(setup);
  Trainer whole(setup, data, 5);
  const EpochResult first = whole.epoch(with_dram(2e-3));
  REQUIRE(first.recovery.rolled_back > 0);
  Trainer resumed(setup, data, 5);
  resumed.load(whole.save());
  for (const double rate : {2e-3, 4e-3, 1e-3}) {  // hotter, then cooler
    const EpochResult a = whole.epoch(with_dram(rate)), b = resumed.epoch(with_dram(rate));
    CHECK(a.loss == b.loss);
    CHECK(a.recovery.rolled_back == b.recovery.rolled_back);
    CHECK(a.recovery.copies == b.recovery.copies);
    CHECK(a.good_samples == b.good_samples);
    CHECK(whole.save() == resumed.save());
  }
}

TEST_CASE("a loss that is no number is gone back behind") {
  TrainingSetup setup = recovering(1);
  setup.dram_code = {};
  // Now and then a value becomes huge: other cells at every write, nothing corrects them.
  setup.learning.faults->persistent = false;
  const TrainAndTest data = made_data(setup);
  Trainer recovers(setup, data, 1);
  const EpochResult recovered = recovers.epoch(with_dram(1e-3));
  setup.learning.faults->recover = Recover::none;
  setup.learning.faults->checkpoint_steps = 100;
  Trainer suffers(setup, data, 1);
  const EpochResult lost = suffers.epoch(with_dram(1e-3));
  CHECK(!std::isfinite(lost.loss));
  CHECK(std::isfinite(recovered.loss));
  CHECK(recovered.recovery.rolled_back > 0);
  CHECK(recovered.good_samples > lost.good_samples);
}
