// SPDX-License-Identifier: MIT
#include "pipeline/bands.h"

#include "fleet/corners.h"
#include "pipeline/replayed_machine.h"

namespace kiln::pipeline {

namespace {

/// Of its dearest step: machines do steps of several kinds, in whose time its work is told.
report::Corners corners_of_device(const fleet::DeviceKind& kind, const device::Device& device,
                                  const fleet::WorkerBooks& books) {
  return fleet::corners_of(kind, device, books, books.training_s / kind.first_step().duration_s());
}

void widen(const PlanResult& there, PlanResult& result) {
  for (const fleet::Number& number : there.numbers) {
    const double value = result.number(number.key);
    if (number.value != value) report::widen(result.bands, number.key, value, number.value);
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
