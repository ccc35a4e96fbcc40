// SPDX-License-Identifier: MIT
// Laws of heat conduction on random stacks: more power never cools, the hottest cell is heated, reciprocity,
// conservation.
#include <rapidcheck.h>

#include <algorithm>

#include "stack.h"
#include "support/catch.h"
#include "thermal/leakage.h"
#include "thermal/modal_kernel.h"
#include "thermal/reduced_model.h"
#include "thermal/thermal_model.h"

using namespace kiln;
using namespace kiln::test;

namespace {

double uniform(double low, double high) {
  return low + (high - low) * *rc::gen::inRange(0, 1000) / 1000.0;
}

struct RandomCase {
  thermal::PackageConfig package;
  thermal::Floorplan floorplan;
  std::vector<double> power_w;
};

/// One to five layers, perhaps a wider sink on top, any cooling, any grid.
RandomCase random_case(int largest_grid = 12) {
  static const std::vector<std::string> kMaterials{
      "silicon", "tim", "copper", "aluminium", "microbump_underfill", "graphene", "pcb"};
  const double width_m = uniform(2e-3, 15e-3), height_m = uniform(2e-3, 15e-3);
  std::vector<thermal::LayerConfig> layers{layer("soc", "silicon", uniform(2e-6, 200e-6), 1, true)};
  const int more = *rc::gen::inRange(0, 5);
  for (int i = 0; i < more; ++i)
    layers.push_back(layer("l" + std::to_string(i), *rc::gen::elementOf(kMaterials), uniform(5e-6, 1e-3),
                           *rc::gen::inRange(1, 3)));
  RandomCase made{one_body(layers, coefficient(uniform(10.0, 20000.0)), *rc::gen::inRange(1, largest_grid),
                           *rc::gen::inRange(1, largest_grid)),
                  checkerboard(*rc::gen::inRange(1, 4), *rc::gen::inRange(1, 4), width_m, height_m),
                  {}};
  if (*rc::gen::arbitrary<bool>()) {
    thermal::BodyConfig sink;
    sink.name = "sink";
    sink.on = {"stack"};
    sink.covers = {"stack"};
    sink.margin_m = uniform(1e-3, 10e-3);
    sink.layers = {layer("sink", "aluminium", uniform(0.5e-3, 5e-3))};
    sink.top = made.package.bodies[0].top;
    made.package.bodies[0].top.reset();
    made.package.bodies.push_back(sink);
  }
  for (std::size_t i = 0; i < made.floorplan.blocks.size(); ++i) made.power_w.push_back(uniform(0.0, 10.0));
  return made;
}

/// A few rows of held power, each block between nothing and its largest.
std::vector<std::vector<double>> random_trace(const std::vector<double>& largest_w) {
  std::vector<std::vector<double>> rows(static_cast<std::size_t>(*rc::gen::inRange(2, 7)), largest_w);
  for (auto& row : rows)
    for (double& watts : row) watts *= uniform(0.0, 1.0);
  return rows;
}

/// Micro-channels somewhere above the die.
RandomCase random_channels() {
  RandomCase made = random_case(6);
  const double width_m = made.floorplan.blocks.front().width_m * 2e-2;
  thermal::LayerConfig cut = layer("channels", "silicon", uniform(50e-6, 400e-6));
  cut.channels = thermal::ChannelsConfig{};
  cut.channels->count = *rc::gen::inRange(1, 9);
  cut.channels->width_m = cut.channels->wall_m = width_m;
  cut.channels->along = *rc::gen::elementOf(std::vector{thermal::Direction::x, thermal::Direction::y});
  cut.channels->flow_m3_s = uniform(1e-8, 2e-6);
  auto& layers = made.package.bodies[0].layers;
  layers.insert(layers.begin() + 1, cut);
  return made;
}

}  // namespace

TEST_CASE("property: more power in one block cools no cell") {
  CHECK(rc::check("monotonic", [] {
    RandomCase c = random_case();
    const thermal::ThermalModel model(c.package, c.floorplan, 25.0);
    const thermal::State before = model.steady(c.power_w);
    const auto block =
        static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(c.power_w.size())));
    c.power_w[block] += uniform(0.1, 5.0);
    const thermal::State after = model.steady(c.power_w);
    RC_ASSERT((after.x - before.x).minCoeff() > -1e-7);
    RC_ASSERT(model.block_mean_c(after, static_cast<int>(block)) >
              model.block_mean_c(before, static_cast<int>(block)));
  }));
}

TEST_CASE("property: no cell is colder than the fluid, and the hottest one dissipates") {
  CHECK(rc::check("maximum principle", [] {
    RandomCase c = random_case();
    c.power_w[0] += 0.5;
    const thermal::ThermalModel model(c.package, c.floorplan, 25.0);
    const thermal::State state = model.steady(c.power_w);
    RC_ASSERT(state.x.minCoeff() >= 25.0 - 1e-7);
    double hottest_source = 0.0;
    for (int block = 0; block < model.block_count(); ++block)
      hottest_source = std::max(hottest_source, model.block_max_c(state, block));
    RC_ASSERT(hottest_source >= model.max_cell_c(state) - 1e-7);
  }));
}

TEST_CASE("property: a watt in block a warms block b as a watt in b warms a") {
  CHECK(rc::check("reciprocity", [] {
    const RandomCase c = random_case();
    const thermal::ThermalModel model(c.package, c.floorplan, 25.0);
    const Eigen::MatrixXd resistance = thermal::LeakageLoop(model).resistance_k_w();
    RC_ASSERT((resistance - resistance.transpose()).cwiseAbs().maxCoeff() < 1e-8 * resistance.maxCoeff());
    RC_ASSERT(resistance.minCoeff() > 0.0);
  }));
}

TEST_CASE(
    "property: heat is conserved in steady states and over random traces, and a cooling body never "
    "undershoots") {
  CHECK(rc::check("conservation", [] {
    RandomCase c = random_case(4);
    c.power_w[0] += 0.5;
    const thermal::ThermalModel model(c.package, c.floorplan, 25.0);
    RC_ASSERT(model.steady_balance(model.steady(c.power_w), c.power_w).relative() < 1e-6);
    thermal::State state = model.ambient_state();
    const std::vector<double> off_w(c.power_w.size(), 0.0);
    const double dt_s = uniform(1e-4, 0.1);
    for (int i = 0; i < 6; ++i) {
      model.step(state, dt_s, i % 2 == 0 ? c.power_w : off_w);
      RC_ASSERT(model.balance(state).relative() < 1e-6);
    }
    RC_ASSERT(state.x.minCoeff() > 25.0 - 0.05);
  }));
}

TEST_CASE(
    "property: over random traces more power is nowhere colder, and nothing is hotter than at full power for "
    "ever") {
  CHECK(rc::check("monotonic in time", [] {
    RandomCase c = random_case(5);
    c.power_w[0] += 0.5;
    constexpr double kTolerance_k = 1e-3;
    c.package.solver.step_tolerance_k = kTolerance_k;
    const thermal::ThermalModel model(c.package, c.floorplan, 25.0);
    const Eigen::VectorXd ceiling_c = model.steady(c.power_w).x;
    thermal::State less = model.ambient_state(), more = less;
    const double dt_s = uniform(1e-4, 0.1);
    for (const std::vector<double>& row : random_trace(c.power_w)) {
      std::vector<double> raised = row;
      for (std::size_t block = 0; block < row.size(); ++block)
        raised[block] += uniform(0.0, 1.0) * (c.power_w[block] - row[block]);
      model.step(less, dt_s, row);
      model.step(more, dt_s, raised);
      RC_ASSERT((more.x - less.x).minCoeff() > -20.0 * kTolerance_k);  // local errors of some steps add up
      RC_ASSERT((ceiling_c - more.x).minCoeff() > -20.0 * kTolerance_k);
      RC_ASSERT(model.balance(more).relative() < 1e-6);
    }
  }));
}

TEST_CASE("property: the reduced model follows the full one over random traces and conserves heat") {
  CHECK(rc::check("reduction", [] {
    RandomCase c = random_case(5);
    c.power_w[0] += 0.5;
    c.package.solver.step_tolerance_k = 1e-5;
    const thermal::ThermalModel full(c.package, c.floorplan, 25.0);
    const thermal::ReducedModel reduced(full);
    // What the check at its construction promises is for powers that heat the package by 60 K.
    const double rise_k = (full.steady(c.power_w).x.array() - 25.0).maxCoeff();
    const double allowed_k = 0.05 * std::max(1.0, rise_k / 60.0);
    thermal::State x = full.ambient_state(), z = reduced.ambient_state();
    const double dt_s = uniform(1e-4, 0.1);
    for (const std::vector<double>& row : random_trace(c.power_w)) {
      full.step(x, dt_s, row);
      reduced.step(z, dt_s, row);
      for (int block = 0; block < full.block_count(); ++block)
        RC_ASSERT(std::abs(full.block_mean_c(x, block) - reduced.block_mean_c(z, block)) < allowed_k);
      RC_ASSERT(reduced.balance(z).relative() < 1e-6);
    }
  }));
}

TEST_CASE(
    "property: with coolant heat is conserved too, more power cools nothing, and nothing is colder than the "
    "fluids") {
  CHECK(rc::check("coolant", [] {
    RandomCase c = random_channels();
    c.power_w[0] += 0.5;
    const thermal::ThermalModel model(c.package, c.floorplan, 25.0);
    const thermal::State before = model.steady(c.power_w);
    RC_ASSERT(model.steady_balance(before, c.power_w).relative() < 1e-6);
    RC_ASSERT(before.x.minCoeff() >= 25.0 - 1e-7);
    thermal::State state = model.ambient_state();
    const double dt_s = uniform(1e-4, 0.02);
    for (const std::vector<double>& row : random_trace(c.power_w)) {
      model.step(state, dt_s, row);
      RC_ASSERT(model.balance(state).relative() < 1e-6);
    }
    c.power_w.back() += uniform(0.1, 5.0);
    RC_ASSERT((model.steady(c.power_w).x - before.x).minCoeff() > -1e-7);
  }));
}

TEST_CASE("property: the modal kernel drives every mode by every block and reads it back") {
  CHECK(rc::check("kernel", [] {
    const int modes = thermal::ModalKernel::kModesTogether * *rc::gen::inRange(1, 20),
              blocks = *rc::gen::inRange(1, 40);
    const auto random = [](int rows, int columns) -> Eigen::MatrixXd {
      return Eigen::MatrixXd::NullaryExpr(rows, columns, [] { return uniform(-1.0, 1.0); });
    };
    const Eigen::MatrixXd input = random(modes, blocks);
    const Eigen::ArrayXd rate = random(modes, 1).array().abs() + 0.1;
    const Eigen::VectorXd power = random(blocks, 1), before = random(modes, 1);
    const double dt = uniform(0.01, 3.0);

    const Eigen::ArrayXd outlets = random(modes, 1).array();
    thermal::ModalKernel kernel(input, rate, outlets);
    Eigen::VectorXd z = before;
    kernel.step(kernel.hold(dt), {power.data(), static_cast<std::size_t>(blocks)},
                {z.data(), static_cast<std::size_t>(modes)});

    const Eigen::ArrayXd decay = (-rate * dt).exp(), held = (input * power).array() / rate;
    const Eigen::VectorXd after = held + decay * (before.array() - held);
    const Eigen::VectorXd integral = held * dt + (1 - decay) / rate * (before.array() - held);
    const Eigen::VectorXd means = input.transpose() * after;
    const auto near = [](const Eigen::VectorXd& a, const Eigen::VectorXd& b, double scale) {
      return (a - b).cwiseAbs().maxCoeff() < 1e-6 * scale;
    };
    RC_ASSERT(near(z, after, 10.0 * blocks));
    RC_ASSERT(std::abs(kernel.outflow_j() - outlets.matrix().dot(integral)) < 1e-5 * blocks * modes);
    RC_ASSERT(near(kernel.means_k(), means, 10.0 * blocks * modes));
  }));
}

TEST_CASE("thousands of blocks heat a mode by the sum of their powers") {
  constexpr int kBlocks = 4096, kModes = thermal::ModalKernel::kModesTogether;
  thermal::ModalKernel kernel(Eigen::MatrixXd::Constant(kModes, kBlocks, 0.1),
                              Eigen::ArrayXd::Constant(kModes, 1e-3), Eigen::ArrayXd::Zero(kModes));
  const std::vector<double> power_w(kBlocks, 0.3);
  std::vector<double> z(kModes, 0.0);
  kernel.step(kernel.hold(1e-6), power_w, z);
  for (const double mode : z) CHECK_THAT(mode, Catch::Matchers::WithinRel(0.03 * kBlocks * 1e-6, 1e-6));
}
