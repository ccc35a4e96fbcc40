// SPDX-License-Identifier: MIT
// Trainings from first weights to judged epochs: that they learn, that they go on from what was kept, and
// what faults, formats and loss scales do to them.
#include "learning/trainer.h"

#include "support/catch.h"
#include "support/long_tests.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;
using workload::Precision;

namespace {

TrainingSetup setup_of(const std::string& layers, std::int64_t batch = 16) {
  TrainingSetup setup;
  setup.network = workload::build_network(parse_network(layers, "{channels: 1, height: 8, width: 8}"));
  setup.training = fp32_training(batch);
  setup.learning.data.samples = 640;
  setup.learning.data.test_samples = 320;
  setup.learning.data.generator.classes = 4;
  setup.learning.epochs = 3;
  setup.learning.rate.initial = 0.05;
  return setup;
}

TrainingSetup convolutional() {
  return setup_of(
      "  - {name: a, op: conv, out: 6, kernel: 3, norm: batch, act: relu}\n"
      "  - {name: p, op: max_pool, kernel: 2, stride: 2}\n  - {name: f, op: flatten}\n"
      "  - {name: z, op: linear, out: 4}\n");
}

TrainAndTest data_of(const TrainingSetup& setup) {
  return load_data(setup.learning.data, setup.network, 1);
}

double accuracy_of(const TrainingSetup& setup, const Conditions& conditions = {}, std::uint64_t seed = 1) {
  const TrainAndTest data = data_of(setup);
  Trainer trainer(setup, data, seed);
  double accuracy = 0;
  for (int i = 0; i < setup.learning.epochs; ++i) accuracy = trainer.epoch(conditions).test_accuracy;
  return accuracy;
}

void set_all(workload::PrecisionConfig& precision, Precision to) {
  precision = {to, to, to, to, to, precision.optimizer_state, to, to, to};
}

}  // namespace

TEST_CASE("a network learns its classes, and is judged on samples it has not seen") {
  CHECK(accuracy_of(convolutional()) > 0.9);
  TrainingSetup workers = convolutional();
  workers.workers = 4;
  CHECK(accuracy_of(workers) > 0.9);
}

TEST_CASE("a training that goes on from what was kept ends with the same bits") {
  TrainingSetup setup = convolutional();
  setup.workers = 2;
  compression::CodecConfig codec;
  codec.selection = compression::Selection::dgc;
  codec.density = 0.05;
  codec.error_feedback = true;
  codec.rounding = compression::Rounding::stochastic;
  setup.codecs.assign(setup.network.layers.size(), compression::Codec(codec));
  setup.training.loss_scaling = {workload::LossScalingKind::dynamic, 20};
  setup.training.update = workload::UpdateSchedule::at_end;
  set_all(setup.training.precision, Precision::fp16);
  const TrainAndTest data = data_of(setup);
  Trainer whole(setup, data, 5), first(setup, data, 5);
  whole.epoch({});
  first.epoch({});
  const std::string kept = first.save();
  Trainer resumed(setup, data, 5);
  resumed.load(kept);
  const EpochResult a = whole.epoch({}), b = resumed.epoch({});
  CHECK(a.loss == b.loss);
  CHECK(a.test_accuracy == b.test_accuracy);
  CHECK(a.sent_bits == b.sent_bits);
  CHECK(whole.save() == resumed.save());
  CHECK_THROWS_AS(resumed.load(kept.substr(0, kept.size() / 2)), base::SimError);
}

TEST_CASE("a training with failing cells that goes on from what was kept ends with the same bits") {
  TrainingSetup setup = convolutional();
  setup.learning.faults = FaultsConfig{};
  setup.learning.faults->guard = 4;
  const TrainAndTest data = data_of(setup);
  const Conditions conditions{1, 1e-3};
  Trainer whole(setup, data, 5);
  whole.epoch(conditions);
  Trainer resumed(setup, data, 5);
  resumed.load(whole.save());
  const EpochResult a = whole.epoch(conditions), b = resumed.epoch(conditions);
  CHECK(a.wrong_bits > 0);
  CHECK(a.loss == b.loss);
  CHECK(a.test_accuracy == b.test_accuracy);
  CHECK(whole.save() == resumed.save());
}

TEST_CASE("what a probe sends is what the first steps of a training send") {
  TrainingSetup setup = convolutional();
  compression::CodecConfig codec;
  codec.selection = compression::Selection::threshold;
  codec.threshold = 1e-3;
  setup.codecs.assign(setup.network.layers.size(), compression::Codec(codec));
  setup.learning.rate.weight_decay = 0.1;
  const TrainAndTest data = data_of(setup);
  Trainer probed(setup, data, 1), trained(setup, data, 1);
  probed.probe(probed.steps_per_epoch());
  CHECK(trained.epoch({}).sent_bits == probed.exchange().total().bits);
}

TEST_CASE("weights of every precision learn with a master") {
  for (const Precision precision : {Precision::fp16, Precision::bf16, Precision::fp8, Precision::int8}) {
    INFO(static_cast<int>(precision));
    TrainingSetup setup = convolutional();
    set_all(setup.training.precision, precision);
    setup.training.precision.gradients = Precision::fp32;
    setup.learning.formats.errors.rounding = Rounding::stochastic;
    setup.training.loss_scaling.kind = workload::LossScalingKind::fixed;
    CHECK(accuracy_of(setup) > 0.85);
  }
}

TEST_CASE("errors of E4M3 need a scale, and too large a one saturates") {
  TrainingSetup setup = convolutional();
  setup.training.precision.errors = Precision::fp8;
  setup.training.loss_scaling.kind = workload::LossScalingKind::fixed;
  const TrainAndTest data = data_of(setup);
  const auto result = [&](double scale) {
    setup.learning.loss_scale.initial = scale;
    Trainer trainer(setup, data, 1);
    return trainer.epoch({});
  };
  const EpochResult none = result(1e-2), good = result(256), large = result(1e6);
  CHECK(none.flushed > 0);  // all that reaches the first rounding; behind it there is nothing left to flush
  CHECK(good.saturated == 0);
  CHECK(large.saturated > 1e-3);
  CHECK(good.test_accuracy > none.test_accuracy);
}

TEST_CASE("dynamic scaling comes down from saturation and goes up without") {
  TrainingSetup setup = convolutional();
  setup.training.precision.errors = Precision::fp8;
  setup.training.loss_scaling = {workload::LossScalingKind::dynamic, 10};
  setup.training.update = workload::UpdateSchedule::at_end;
  const TrainAndTest data = data_of(setup);
  const auto scale_after = [&](double initial) {
    setup.learning.loss_scale.initial = initial;
    Trainer trainer(setup, data, 1);
    trainer.epoch({});
    return trainer.epoch({}).loss_scale;
  };
  CHECK(scale_after(1e6) < 1e6);
  CHECK(scale_after(1) > 1);
}

TEST_CASE("no failing cell changes no bit; more of them cost accuracy") {
  TrainingSetup setup = convolutional();
  const TrainAndTest data = data_of(setup);
  Trainer plain(setup, data, 1);
  plain.epoch({});
  setup.training.precision.weights = Precision::int8;
  setup.learning.faults = FaultsConfig{};
  setup.learning.faults->in_training = false;
  setup.learning.faults->targets = {true, false, false, false, false};
  const double few = accuracy_of(setup, {1, 1e-4}), many = accuracy_of(setup, {1, 0.2});
  CHECK(few > 0.85);
  CHECK(many < few - 0.2);
  setup.training.precision.weights = Precision::fp32;
  Trainer faultless(setup, data, 1);
  faultless.epoch({1, 0});
  CHECK(plain.save() == faultless.save());
}

TEST_CASE("the governor's factor scales the learning rate") {
  TrainingSetup setup = convolutional();
  const TrainAndTest data = data_of(setup);
  Trainer trainer(setup, data, 1);
  CHECK(trainer.epoch({0.5, 0}).learning_rate == 0.5 * setup.learning.rate.initial);
  setup.learning.rate.schedule = RateSchedule::cosine;
  Trainer cosine(setup, data, 1);
  const double first = cosine.epoch({}).learning_rate, second = cosine.epoch({}).learning_rate;
  CHECK(first == 0.05);
  CHECK(second < first);
}

TEST_CASE("what cannot be learnt on numbers is refused by key") {
  TrainingSetup setup = convolutional();
  const TrainAndTest data = data_of(setup);
  setup.training.kind = workload::TrainingKind::none;
  CHECK_THROWS_WITH(Trainer(setup, data, 1), testing::contains("training.kind"));
}

TEST_CASE("a training that leaves nothing to learn is refused") {
  TrainingSetup setup = setup_of("  - {name: f, op: flatten}\n  - {name: z, op: linear, out: 4}\n");
  const TrainAndTest data = data_of(setup);
  CHECK_NOTHROW(Trainer(setup, data, 1));
  setup.training.freeze.layers = {"z"};
  CHECK_THROWS_WITH(Trainer(setup, data, 1), testing::contains("leaves no parameter to learn"));
}
