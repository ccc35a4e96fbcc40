// SPDX-License-Identifier: MIT
#include "fleet/device_kind.h"

#include <sstream>

#include "base/error.h"
#include "batch/in_process.h"
#include "fleet/dies.h"
#include "run/guard_band.h"
#include "run/mapping_choice.h"
#include "run/step_store.h"

namespace kiln::fleet {

namespace {

/// "mapping cut tiles\n" in front of a step's bytes.
std::string head_of(const experiment::Way& way) {
  return fmt::format("{} {} {}\n", static_cast<int>(way.mapping), static_cast<int>(way.cut), way.tiles);
}

experiment::Way way_of(const std::string& head) {
  int mapping = 0, cut = 0, tiles = 1;
  std::istringstream(head) >> mapping >> cut >> tiles;
  return {static_cast<lowering::Mapping>(mapping), static_cast<lowering::SampleCut>(cut), tiles};
}

}  // namespace

DeviceKind::DeviceKind(const experiment::ExperimentConfig& experiment, const batch::BatchOptions& options)
    : experiment_(run::with_guard_band(experiment, options.watch)),
      options_(options),
      prepared_(experiment::prepare(experiment_, options.watch)),
      first_(std::make_unique<device::Device>(experiment_, prepared_.plan, options.watch)) {}

DeviceKind::DeviceKind(DeviceKind& nominal, const soc::SocConfig& chip)
    : experiment_(nominal.experiment_),
      options_(nominal.options_),
      prepared_(nominal.prepared_),
      nominal_(&nominal) {
  experiment_.soc = chip;
  prepared_.plan = soc::plan_chip(chip);
  first_ = std::make_unique<device::Device>(experiment_, prepared_.plan, options_.watch);
  simulated_at(first_->top_point());
}

std::unique_ptr<device::Device> DeviceKind::make_device(double ambient_c) const {
  experiment::ExperimentConfig here = experiment_;
  here.environment.ambient_c = ambient_c;
  auto made = std::make_unique<device::Device>(here, prepared_.plan, options_.watch);
  made->heat().reduce(made->control_period_s());
  made->set_context(prepared_.compression.ratio(), prepared_.frozen_fraction);
  return made;
}

std::unique_ptr<device::Device> DeviceKind::make_die(const thermal::PackageConfig& config,
                                                     std::shared_ptr<device::HeatedPackage> package,
                                                     std::size_t die) const {
  const int dies = static_cast<int>(package->dies());
  auto made = std::make_unique<device::Device>(as_die(experiment_, config, dies), prepared_.plan,
                                               std::move(package), die);
  made->set_context(prepared_.compression.ratio(), prepared_.frozen_fraction);
  return made;
}

double DeviceKind::interval_s() const {
  const auto& rate = experiment_.run.rate_samples_per_s;
  return rate ? prepared_.graph.samples() / *rate : 0;
}

/// Runs in a process of its own.
std::string DeviceKind::simulated(const sim::OperatingPoint& point, bool choose) {
  const device::Device& device = *first_;
  const run::Monitor monitor{options_.watch, {}};
  run::StepStore steps(experiment_, prepared_, device.power(), device.top_point().frequency_hz, monitor,
                       options_.cache);
  if (choose) run::choose_mapping(experiment_, prepared_, steps, device, options_.cache, options_.watch);
  return head_of(prepared_.way) + to_bytes(steps.at(point));
}

void DeviceKind::take(const std::string& answer, const sim::OperatingPoint& point) {
  const std::size_t line = answer.find('\n');
  const experiment::Way way = way_of(answer.substr(0, line));
  if (!(way == prepared_.way)) {
    prepared_.step = experiment::lower_as(experiment_, prepared_, way, options_.watch);
    prepared_.way = way;
  }
  run::SimulatedStep step =
      run::step_from_bytes(std::string_view(answer).substr(line + 1), first_->power(), point);
  step.trace = {};  // nobody looks at it
  steps_.emplace(key_of(point), std::move(step));
}

void DeviceKind::simulate_first() {
  const sim::OperatingPoint point = first_->top_point();
  take(batch::in_process([&] { return simulated(point, true); }, options_.watch), point);
}

DeviceKind::Key DeviceKind::key_of(const sim::OperatingPoint& point) {
  return {point.level, point.memory_clock_factor, point.refresh_rate};
}

const run::SimulatedStep& DeviceKind::first_simulated() const {
  const auto found = steps_.find(key_of(first_->top_point()));
  KILN_CHECK(found != steps_.end(), "asked for a step that was not simulated yet");
  return found->second;
}

const run::Signature& DeviceKind::at(const sim::OperatingPoint& point) {
  return simulated_at(point).signature;
}

const run::SimulatedStep& DeviceKind::simulated_at(const sim::OperatingPoint& point) {
  const Key key = key_of(point);
  auto found = steps_.find(key);
  if (found != steps_.end()) return found->second;
  if (nominal_ != nullptr) {
    const soc::StepRecord& record = nominal_->simulated_at(point).record;
    run::SimulatedStep step{record, run::Signature(record, first_->power(), point), {}, {}, {}, true};
    return steps_.emplace(key, std::move(step)).first->second;
  }
  take(batch::in_process([&] { return simulated(point, false); }, options_.watch), point);
  return steps_.at(key);
}

}  // namespace kiln::fleet
