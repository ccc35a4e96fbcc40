// SPDX-License-Identifier: MIT
// Devices of a known pace, gradients of a known length, links of a known rate.
#pragma once

#include <limits>
#include <memory>

#include "fleet/result.h"
#include "fleet/simulation.h"

namespace kiln::testing {

/// Trains a step in a fixed time. At `marks`, shares of it, buckets of its gradient stand; at the last one
/// its update waits to be told. None: steps are whole.
class Metronome : public fleet::Worker {
 public:
  explicit Metronome(double step_s, std::vector<double> marks = {})
      : step_s_(step_s), marks_(std::move(marks)) {}
  void start(double now_s, int steps) override {
    left_ += steps;
    went_on(now_s);
  }
  void update(double now_s) override { went_on(now_s); }
  double next_s() const override {
    const bool works = left_ > 0 && !holds_;
    return works ? since_s_ + (goal() - done_) * step_s_ : std::numeric_limits<double>::infinity();
  }
  fleet::Reached move_on(double now_s) override {
    books_.steps += goal() - done_;
    books_.training_s += (goal() - done_) * step_s_;
    since_s_ = now_s;
    done_ = goal();
    if (mark_ < marks_.size()) {
      holds_ = ++mark_ == marks_.size();
      return holds_ ? fleet::Reached::gradient : fleet::Reached::bucket;
    }
    mark_ = 0;
    done_ = 0;
    --left_;
    if (!marks_.empty()) return fleet::Reached::update;
    return left_ == 0 ? fleet::Reached::gradient : fleet::Reached::nothing;
  }
  void finish(double now_s) override { books_.time_s = now_s; }
  const fleet::WorkerBooks& books() const override { return books_; }

 private:
  double goal() const { return mark_ < marks_.size() ? marks_[mark_] : 1.0; }
  void went_on(double now_s) {
    holds_ = false;
    since_s_ = now_s;
  }

  double step_s_, since_s_ = 0, done_ = 0;
  std::vector<double> marks_;
  std::size_t mark_ = 0;
  bool holds_ = false;
  int left_ = 0;
  fleet::WorkerBooks books_;
};

/// A network of layers with so many fp32 gradients.
inline experiment::Prepared layers_of(const std::vector<std::int64_t>& elements) {
  experiment::Prepared prepared;
  for (const std::int64_t count : elements) {
    workload::Tensor tensor;
    tensor.cls = workload::TensorClass::weight_gradient;
    tensor.layer = static_cast<std::int32_t>(prepared.graph.layers.size());
    tensor.shape = workload::Shape::vector(count);
    tensor.bits_per_element = 32;
    prepared.graph.tensors.push_back(tensor);
    prepared.graph.layers.emplace_back().name = fmt::format("fc{}", tensor.layer);
  }
  return prepared;
}
inline experiment::Prepared one_layer(std::int64_t elements) {
  return layers_of({elements});
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
  std::vector<double> step_s;       ///< of each device
  std::vector<double> marks = {1};  ///< where updates wait for exchanges
  std::int64_t elements = 250000;   ///< of the gradient: 1 MB

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
    const bool waits = config.exchange.updates_behind();
    for (const double pace : step_s)
      workers.push_back(std::make_unique<Metronome>(pace, waits ? marks : std::vector<double>()));
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
