// SPDX-License-Identifier: MIT
// Devices of a known pace, gradients of a known length, links of a known rate.
#pragma once

#include <limits>
#include <memory>

#include "fleet/result.h"
#include "fleet/simulation.h"

namespace kiln::testing {

/// Trains a step in a fixed time.
class Metronome : public fleet::Worker {
 public:
  explicit Metronome(double step_s) : step_s_(step_s) {}
  void start(double now_s, int steps) override {
    began_s_ = now_s;
    left_ = steps;
  }
  double next_s() const override {
    return left_ > 0 ? began_s_ + step_s_ : std::numeric_limits<double>::infinity();
  }
  bool move_on(double) override {
    began_s_ += step_s_;
    books_.steps += 1;
    books_.training_s += step_s_;
    return --left_ == 0;
  }
  void finish(double now_s) override { books_.time_s = now_s; }
  const fleet::WorkerBooks& books() const override { return books_; }

 private:
  double step_s_, began_s_ = 0;
  int left_ = 0;
  fleet::WorkerBooks books_;
};

/// A network of one layer with fp32 gradients.
inline experiment::Prepared one_layer(std::int64_t elements) {
  experiment::Prepared prepared;
  prepared.graph.layers.resize(1);
  prepared.graph.layers[0].name = "fc";
  workload::Tensor tensor;
  tensor.cls = workload::TensorClass::weight_gradient;
  tensor.layer = 0;
  tensor.shape = workload::Shape::vector(elements);
  tensor.bits_per_element = 32;
  prepared.graph.tensors.push_back(tensor);
  return prepared;
}

/// Its gradients, sent as they are.
inline fleet::Payload gradients(std::int64_t elements) {
  return fleet::Payload(one_layer(elements), {});
}

/// So many bytes a second and nothing else.
inline link::LinkConfig wire(double bytes_per_s) {
  link::LinkConfig config;
  config.name = "wire";
  config.rate_bytes_per_s = bytes_per_s;
  config.packet.payload_bytes = 1 << 20;
  return config;
}

struct Setup {
  fleet::FleetConfig config;
  link::LinkConfig link = wire(1e6);
  std::vector<double> step_s;      ///< of each device
  std::int64_t elements = 250000;  ///< of the gradient: 1 MB

  Setup(int devices, fleet::Topology topology, double pace_s = 0.1) {
    config.name = "fleet";
    config.devices.resize(1);
    config.devices[0].count = devices;
    config.exchange.topology = topology;
    config.exchange.stamp_bytes = 0;
    config.rounds = 10;
    step_s.assign(static_cast<std::size_t>(devices), pace_s);
  }

  /// The simulation after its end, its books checked. The payload stays with the caller.
  std::unique_ptr<fleet::Simulation> run(const fleet::Payload& payload) const {
    std::vector<std::unique_ptr<fleet::Worker>> workers;
    for (const double pace : step_s) workers.push_back(std::make_unique<Metronome>(pace));
    auto simulation =
        std::make_unique<fleet::Simulation>(config, link, payload, std::move(workers), base::Watch());
    simulation->run();
    fleet::check_books(*simulation);
    return simulation;
  }
  std::unique_ptr<fleet::Simulation> run() const { return run(gradients(elements)); }

  double round_s() const { return run()->time_s() / static_cast<double>(config.rounds); }
};

}  // namespace kiln::testing
