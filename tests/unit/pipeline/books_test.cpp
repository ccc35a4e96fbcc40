// SPDX-License-Identifier: MIT
// Joules, bytes, grams: where they go, and that none is missing.
#include "pipeline.h"
#include "support/catch.h"
#include "workload/model_size.h"

using namespace kiln;
using testing::Line;
using testing::Metronome;

namespace {

/// 100 samples of 1 kB over a wire of 100 kB/s to a server that takes 50 ms for each.
Line uploaded() {
  Line line;
  line.source(20, 100).bytes = 1000;
  line.config.plans[0].stages[0].source->sample_j = 0.5;
  line.network("server", 0.05).via = "wire";
  line.config.links["wire"].link = testing::priced_wire(1e5, 1e-6);
  line.config.links["wire"].network_j_per_bit = 3e-6;
  return line;
}

}  // namespace

TEST_CASE("every byte and joule of a transfer is there") {
  const pipeline::PlanResult result = uploaded().run();
  CHECK(result.number("sent_bytes") == 1e5);
  CHECK(result.links[0].transfer_s == Approx(1));
  CHECK(result.number("link_energy_j") == Approx(8e5 * 2e-6));
  CHECK(result.number("network_energy_j") == Approx(8e5 * 3e-6));
  CHECK(result.number("sensor_energy_j") == Approx(50));
  CHECK(result.stages[1].energy_j == Approx(100 * 0.05 * Metronome::kWorking_w));
  double all_j = result.number("network_energy_j");
  for (const pipeline::DeviceRow& row : result.devices)
    all_j += row.device_j + row.sensor_j + row.storage_j + row.link_j;
  CHECK(result.number("energy_j") == Approx(all_j));
  const double time_s = result.number("time_s");
  CHECK(result.number("idle_energy_j") == Approx((2 * time_s - 5) * Metronome::kIdle_w));
  CHECK(result.number("label.work_j") == Approx(0.5 + 0.15));
  CHECK(result.number("label.link_j") == Approx(8000 * 5e-6));
  CHECK(result.number("label.sent_bytes") == Approx(1000));
}

TEST_CASE("a site adds its share, and the supply its grams and its price") {
  Line line = uploaded();
  const pipeline::PlanResult bare = line.run();
  line.config.devices[1].site = {1.6, 500, 0.3};
  const pipeline::PlanResult sited = line.run();
  CHECK(sited.number("energy_j") == Approx(bare.number("energy_j")));
  const pipeline::DeviceRow& server = sited.devices[1];
  CHECK(server.site_j == Approx(1.6 * (server.device_j + server.link_j)));
  CHECK(sited.number("carbon_g") == Approx(server.site_j / 3.6e6 * 500));
  CHECK(sited.number("price") == Approx(server.site_j / 3.6e6 * 0.3));
  CHECK(sited.number("label.site_work_j") == Approx(0.5 + 1.6 * 0.15));
  // A sample of 8,000 bits: its server step and the server's end, with their site, then the network's share.
  const double sited_g = 1.6 * (0.15 + 8000e-6) / 3.6e6 * 500;
  CHECK(sited.number("label.carbon_g") == Approx(sited_g));
  line.config.links["wire"].network_carbon_g_per_kwh = 100;
  const double network_g = 8000 * 3e-6 / 3.6e6 * 100;
  const pipeline::PlanResult networked = line.run();
  CHECK(networked.number("label.carbon_g") == Approx(sited_g + network_g));
  CHECK(networked.number("carbon_g") == Approx(sited.number("carbon_g") + 100 * network_g));
}

TEST_CASE("at the break-even a bit costs what makes both plans equal") {
  Line here;
  here.source(20, 100).source->sample_j = 0.5;
  here.network("server", 0.2);
  here.on_one_place();
  const pipeline::PlanResult near = here.run(), far = uploaded().run();
  const auto against = pipeline::hold_against_first({near, far});
  REQUIRE(against.size() == 1);
  REQUIRE(against[0].j_per_bit);
  CHECK(against[0].above);
  CHECK(near.number("label.work_j") == Approx(far.number("label.work_j") + 8000 * *against[0].j_per_bit));
  const auto turned = pipeline::hold_against_first({far, near});
  REQUIRE(turned[0].j_per_bit);
  CHECK_FALSE(turned[0].above);
  CHECK(*turned[0].j_per_bit == Approx(*against[0].j_per_bit));
}

TEST_CASE("a model that is too large is not handed on, and a smaller one is stored in its time") {
  Line line;
  line.source(20, 40);
  pipeline::StageConfig& quantise = line.network("quantise", 0.1);
  quantise.takes = 40;
  quantise.quantise = pipeline::QuantiseConfig{workload::Precision::int8, 64, 2e6};
  line.work[1] = {16, 8e6, 1.9e6};
  pipeline::StageConfig& flash = line.add("flash");
  flash.from = {"quantise"};
  flash.store = job::StorageConfig{1e6, 1e6, 0.25, 0};
  line.config.plans[0].labelled = "source";
  testing::join(line);
  const pipeline::PlanResult small = line.run();
  CHECK(small.stages[1].steps == 4);  // 64 samples to calibrate, 16 at a time
  CHECK(small.number("size_gate_passed") == 1);
  CHECK(small.stages[2].made == 1);
  CHECK(small.stages[2].service_s == Approx(1.9));
  CHECK(small.stages[2].energy_j == Approx(1.9 * 0.25));
  CHECK(small.stages[2].received_bytes == Approx(1.9e6));

  line.work[1].quantised_bytes = 2.1e6;
  const pipeline::PlanResult large = line.run();
  CHECK(large.number("size_gate_passed") == 0);
  CHECK(large.stages[1].firings == 1);
  CHECK(large.stages[2].made == 0);
  CHECK(large.validity.state() == std::string("warn"));
}

TEST_CASE("a model that loses too much accuracy is not handed on") {
  Line line;
  line.source(20, 40);
  pipeline::StageConfig& quantise = line.network("quantise", 0.1);
  quantise.takes = 40;
  quantise.quantise = pipeline::QuantiseConfig{workload::Precision::int8, 64, 2e6};
  quantise.quantise->most_accuracy_loss = 0.01;
  line.work[1] = {16, 8e6, 1.9e6, pipeline::Accuracy{0.90, 0.88, 0.92, 0}, 0.009};
  line.config.plans[0].labelled = "source";
  testing::join(line);
  const pipeline::PlanResult good = line.run();
  CHECK(good.stages[1].made == 1);
  CHECK(good.number("quantised_accuracy") == 0.90);
  CHECK(good.number("accuracy_loss") == 0.009);
  line.work[1].accuracy_loss = 0.011;
  const pipeline::PlanResult bad = line.run();
  CHECK(bad.stages[1].made == 0);
  CHECK(bad.number("size_gate_passed") == 1);
  REQUIRE(bad.validity.findings.size() == 1);
  CHECK(bad.validity.findings[0].code == "accuracy_gate");
  line.work[1].accuracy->diverged = 1;
  CHECK(line.run().validity.invalid());
}

TEST_CASE(
    "made samples that do not pass the gate are turned away, real ones are learnt from where they may") {
  Line line;
  line.source(20, 40);
  pipeline::StageConfig& generator = line.add("generator", 0.1);
  generator.network = pipeline::NetworkStageConfig{};
  generator.samples = 60;
  generator.makes = 10;
  line.network("labeler", 0.01);
  pipeline::StageConfig& training = line.network("training", 0.2);
  training.network->task = pipeline::Task::train;
  training.from = {"source", "labeler"};
  training.takes = 100;
  line.network("inference", 0.01);
  line.config.plans[0].labelled = "labeler";
  testing::join(line);
  const auto gated = [&](const std::string& refused, bool real_alone) {
    line.work[3].gate = pipeline::Gate{8, 4, 0.3, 0.2, 50, refused, real_alone};
    return line.run();
  };
  const pipeline::PlanResult good = gated("", true);
  CHECK(good.number("gate.passed") == 1);
  CHECK(good.number("gate.frechet") == 8);
  CHECK(good.number("gate.precision") == 0.3);
  CHECK(good.stages[3].taken == 100);
  CHECK(good.validity.findings.empty());

  const pipeline::PlanResult real = gated("recall", true);
  CHECK(real.number("gate.passed") == 0);
  CHECK(real.stages[3].taken == 40);
  CHECK(real.stages[3].refused == 60);
  CHECK(real.stages[3].made == 1);
  CHECK(real.stages[4].made == 1);
  // What was turned away was made and labelled all the same.
  CHECK(real.stages[1].energy_j == Approx(good.stages[1].energy_j));
  CHECK(real.stages[2].energy_j == Approx(good.stages[2].energy_j));
  CHECK(real.stages[3].energy_j == Approx(0.4 * good.stages[3].energy_j));
  REQUIRE(real.validity.findings.size() == 1);
  CHECK(real.validity.findings[0].code == "quality_gate");

  const pipeline::PlanResult none = gated("recall", false);
  CHECK(none.stages[3].taken == 0);
  CHECK(none.stages[3].refused == 100);
  CHECK(none.stages[4].made == 0);
  for (const fleet::Number& number : none.numbers) CHECK(number.key != "answers");
}

TEST_CASE("plans that cost the same are told from those that one of always costs less") {
  Line line;
  line.source(20, 100);
  line.network("server", 0.05);
  testing::join(line);
  const pipeline::PlanResult plan = line.run();
  CHECK(pipeline::hold_against_first({plan, plan})[0].word == "equal");
  line.step_s[1] = 0.04;
  CHECK(pipeline::hold_against_first({plan, line.run()})[0].word == "never");
}

TEST_CASE("a labelled sample costs the energy of its stages and what these ask besides") {
  Line line;
  line.config.devices.resize(1);
  line.source(20, 100);
  line.network("labeler", 0.01).price = 0.02;
  testing::join(line);
  const pipeline::PlanResult free = line.run();
  CHECK(free.number("label.fees") == Approx(0.02));
  CHECK(free.number("label.energy_price") == 0);
  line.config.devices[0].site.price_per_kwh = 3.6e6;  // 1 a joule
  for (pipeline::DeviceConfig& device : line.config.devices) device.site.price_per_kwh = 3.6e6;
  const pipeline::PlanResult priced = line.run();
  CHECK(priced.number("label.energy_price") == Approx(priced.number("label.work_j")));
  CHECK(priced.number("label.price") ==
        Approx(priced.number("label.energy_price") + priced.number("label.fees")));
  CHECK(priced.number("price") > 100 * 0.02);
}

TEST_CASE("a quantised model has its weights, a scale and a bias per output channel") {
  using workload::PartKind;
  workload::StepGraph graph;
  const auto add = [&](workload::Parts parts) {
    workload::Tensor tensor;
    tensor.cls = workload::TensorClass::weight;
    tensor.persistent = true;
    tensor.parts = workload::packed(std::move(parts));
    tensor.shape = workload::Shape::vector(workload::elements_of(tensor.parts));
    graph.tensors.push_back(tensor);
  };
  add({{PartKind::weight, {32, 3, 3, 3}}, {PartKind::scale, {32}}, {PartKind::shift, {32}}});
  add({{PartKind::weight, {10, 32}}, {PartKind::bias, {10}}});
  CHECK(workload::quantised_model_bytes(graph, 8) == 32 * 27 + 320 + 2 * 4 * (32 + 10));
  CHECK(workload::quantised_model_bytes(graph, 4) == (32 * 27 + 320) / 2 + 2 * 4 * (32 + 10));
  CHECK(workload::stored_model_bytes(graph) == 2 * (32 * 27 + 64 + 320 + 10));
  add({{PartKind::scale, {64}}, {PartKind::shift, {64}}});  // a norm of its own stays as it is
  CHECK(workload::quantised_model_bytes(graph, 8) == 32 * 27 + 320 + 2 * 4 * (32 + 10 + 64));
}

TEST_CASE("a plan that runs out of time or of what it waits for says so") {
  Line line;
  line.source(1, 100);
  line.network("server", 0.5);
  testing::join(line);
  line.config.time_limit_s = 10.2;
  CHECK(line.run().validity.invalid());

  Line stuck;
  stuck.source(10, 20);
  pipeline::StageConfig& gate = stuck.network("gate", 0.1);
  gate.takes = 10;
  gate.quantise = pipeline::QuantiseConfig{workload::Precision::int8, 1, 1.0};
  stuck.work[1] = {1, 10, 10};
  pipeline::StageConfig& late = stuck.network("late", 0.1);
  late.from = {"source"};
  late.after = {"gate"};
  testing::join(stuck);
  const pipeline::PlanResult result = stuck.run();
  CHECK(result.validity.invalid());
  CHECK_THAT(result.ended_by, testing::contains("'late' waits"));
}
