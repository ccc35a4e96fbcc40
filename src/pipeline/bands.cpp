// SPDX-License-Identifier: MIT
#include "pipeline/bands.h"

#include <algorithm>

#include "pipeline/replayed_machine.h"
#include "report/sensitivity.h"

namespace kiln::pipeline {

namespace {

/// How long the device worked in which time, and how hot it is, weigh the constants of its dearest step.
report::Corners corners_of_device(const fleet::DeviceKind& kind, const device::Device& device,
                                  const fleet::WorkerBooks& books) {
  const run::SimulatedStep& step = kind.first_simulated();
  run::Observed observed;
  observed.time_s = books.time_s;
  observed.busy_s = books.training_s;
  observed.steps = books.training_s / step.signature.duration_s();
  observed.point = device.top_point();
  const run::MappingChoice mapping;  // what was tried plays no part
  report::Findings findings{
      kind.experiment(), kind.prepared(), observed, step, device, mapping, {}, {}, {}, {}};
  findings.step_time_s = observed.steps > 0 ? observed.time_s / observed.steps : step.signature.duration_s();
  return report::corners_of(findings, experiment::banded_constants(kind.experiment()));
}

void widen(const PlanResult& there, PlanResult& result) {
  for (const fleet::Number& number : there.numbers) {
    const double value = result.number(number.key);
    if (number.value == value) continue;
    report::Interval& band =
        result.bands.try_emplace(number.key, report::Interval{value, value}).first->second;
    band.low = std::min(band.low, number.value);
    band.high = std::max(band.high, number.value);
  }
}

}  // namespace

void add_bands(const PipelineConfig& config, const PlanConfig& plan, Programs& programs,
               const PipelineOptions& options, PlanResult& result) {
  std::vector<soc::SocConfig> low, high;
  for (std::size_t d = 0; d < config.devices.size(); ++d) {
    low.push_back(config.devices[d].experiment.soc);
    high.push_back(low.back());
    const ReplayedMachine* machine = programs.machine(d);
    if (machine == nullptr) continue;
    report::Corners corners =
        corners_of_device(programs.dearest(d, result), machine->device(), machine->books());
    low.back() = std::move(corners.low);
    high.back() = std::move(corners.high);
  }
  for (const auto* chips : {&low, &high}) {
    Programs moved(programs, *chips);
    widen(simulated(config, plan, moved, options), result);
  }
}

}  // namespace kiln::pipeline
