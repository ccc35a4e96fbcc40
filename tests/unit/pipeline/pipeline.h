// SPDX-License-Identifier: MIT
// Stages on devices of a known pace and power, links of a known rate.
#pragma once

#include <limits>
#include <memory>

#include "pipeline/result.h"

namespace kiln::testing {

/// A step of a stage in a fixed time, 3 W at work and 1 W idle.
class Metronome : public pipeline::Machine {
 public:
  static constexpr double kWorking_w = 3, kIdle_w = 1;
  explicit Metronome(std::vector<double> step_s) : step_s_(std::move(step_s)), busy_s_(step_s_.size()) {}

  void start(std::size_t stage, double now_s) override {
    stage_ = stage;
    ends_s_ = now_s + step_s_[stage];
  }
  double next_s() const override { return ends_s_; }
  bool move_on(double) override {
    busy_s_[stage_] += step_s_[stage_];
    books_.device_j += kWorking_w * step_s_[stage_];
    idle_s_ -= step_s_[stage_];
    ends_s_ = std::numeric_limits<double>::infinity();
    return true;
  }
  void finish(double now_s) override {
    books_.time_s = now_s;
    books_.device_j += kIdle_w * (now_s + idle_s_);
  }
  const fleet::WorkerBooks& books() const override { return books_; }
  double joules(std::size_t stage) const override { return kWorking_w * busy_s_[stage]; }

 private:
  std::vector<double> step_s_, busy_s_;
  std::size_t stage_ = 0;
  double ends_s_ = std::numeric_limits<double>::infinity();
  double idle_s_ = 0;  ///< less the busy time
  fleet::WorkerBooks books_;
};

/// So many bytes a second, at a price for every bit sent and received.
inline link::LinkConfig priced_wire(double bytes_per_s, double j_per_bit) {
  link::LinkConfig config;
  config.name = "wire";
  config.rate_bytes_per_s = bytes_per_s;
  config.packet.payload_bytes = 1 << 20;
  config.power.transmit_j_per_bit = config.power.receive_j_per_bit = j_per_bit;
  return config;
}

/// A pipeline that is written stage by stage, each on a device of its own unless it says otherwise.
struct Line {
  pipeline::PipelineConfig config;
  std::vector<double> step_s;  ///< by stage
  std::vector<pipeline::StageWork> work;

  Line() {
    config.name = "line";
    config.plans.resize(1);
    config.plans[0].name = "plan";
  }

  pipeline::StageConfig& add(const std::string& name, double seconds = 0) {
    auto& stages = config.plans[0].stages;
    stages.emplace_back();
    stages.back().name = stages.back().on = config.plans[0].labelled = name;
    config.devices.emplace_back().name = name;
    step_s.push_back(seconds);
    work.emplace_back();
    return stages.back();
  }
  /// Samples that come in.
  pipeline::StageConfig& source(double per_s, std::int64_t samples,
                                job::Arrivals arrivals = job::Arrivals::periodic) {
    pipeline::StageConfig& stage = add("source");
    stage.source = pipeline::SourceConfig{per_s, arrivals, 0};
    stage.samples = samples;
    return stage;
  }
  /// A network that takes what the stage before made, on the device `on`, with steps of `seconds`.
  pipeline::StageConfig& network(const std::string& name, double seconds) {
    const auto& stages = config.plans[0].stages;
    const std::string before = stages.empty() ? "" : stages.back().name;
    pipeline::StageConfig& stage = add(name, seconds);
    stage.network = pipeline::NetworkStageConfig{};
    if (!before.empty()) stage.from = {before};
    return stage;
  }

  /// All on the device of the source: products are there at once.
  void on_one_place() {
    for (pipeline::StageConfig& stage : config.plans[0].stages)
      if (!stage.network) stage.on = config.plans[0].stages.back().on;
  }

  /// After its end, with its books checked.
  std::unique_ptr<pipeline::Simulation> simulate() const {
    pipeline::Machines machines;
    for (const pipeline::DeviceConfig& device : config.devices) {
      machines.emplace_back();
      for (int copy = 0; copy < device.count; ++copy)
        machines.back().push_back(std::make_unique<Metronome>(step_s));
    }
    const pipeline::PlanConfig& plan = config.plans[0];
    auto simulation = std::make_unique<pipeline::Simulation>(
        config, plan, pipeline::make_stages(config, plan, work), std::move(machines), base::Watch());
    simulation->run();
    return simulation;
  }
  pipeline::PlanResult run() const { return pipeline::result_of(*simulate(), work); }
};

/// A free link of a great rate between all devices of a line.
inline void join(Line& line) {
  line.config.links["free"].link = priced_wire(1e12, 0);
  for (pipeline::StageConfig& stage : line.config.plans[0].stages)
    if (!stage.from.empty()) stage.via = "free";
}

}  // namespace kiln::testing
