// SPDX-License-Identifier: MIT
#include "run/step_simulator.h"

#include <fmt/core.h>

#include <utility>

#include "soc/plant.h"

namespace kiln::run {

namespace {

constexpr base::TimePs kNoSlices = 1'000'000'000'000'000;  // longer than any step
constexpr double kAuditedBytes = 4 << 20;  // some three hundred bursts: enough that their ends weigh little

}  // namespace

struct StepSimulator::SharedPlant {
  std::unique_ptr<soc::Plant> built;
};

StepSimulator::StepSimulator(const experiment::ExperimentConfig& experiment,
                             const experiment::Prepared& prepared, const device::ChipPower& power,
                             double top_hz, const Monitor& monitor)
    : experiment_(experiment),
      prepared_(prepared),
      step_(&prepared.step),
      power_(power),
      top_hz_(top_hz),
      monitor_(monitor),
      plant_(std::make_shared<SharedPlant>()) {}

soc::Plant& StepSimulator::plant() {
  if (!plant_->built)
    plant_->built = std::make_unique<soc::Plant>(experiment_.soc, prepared_.plan, *step_, prepared_.op_names,
                                                 base::from_seconds(experiment_.run.ledger_window_s),
                                                 experiment_.run.fidelity);
  return *plant_->built;
}

void StepSimulator::load(const lowering::LoweredStep& step) {
  step_ = &step;
  whole_work_ = 0;
  if (plant_->built) plant_->built->load(step, prepared_.op_names);
}

SimulatedStep StepSimulator::from_rest(const sim::OperatingPoint& point) {
  monitor_.watch.check();
  const std::string what = fmt::format("simulating a step at {:.0f} MHz", point.frequency_hz * 1e-6);
  monitor_.report(0, what);
  plant().load(*step_, prepared_.op_names);
  plant().restart(point);
  SimulatedStep step = after_last(point, {.first = kNoSlices,
                                          .slice = kNoSlices,
                                          .pulse = [&] { monitor_.report(share_done(), what); },
                                          .end = soc::StepEnd::drained});
  step.from_rest = true;
  return step;
}

SimulatedStep StepSimulator::after_last(const sim::OperatingPoint& point, soc::StepRequest request) {
  // The first step is most often the one reported: its windows are re-run while it goes on.
  soc::Audit audit(experiment_.soc, experiment_.run.fidelity, point.noc_frequency_hz,
                   std::exchange(audit_ahead_, false), monitor_.watch);
  plant().record(audit_windows(), [&](soc::Recording window) { audit.add(std::move(window)); });
  request.pulse = [this, pulse = std::move(request.pulse)] {
    monitor_.watch.check();
    if (pulse) pulse();
  };
  soc::StepRecord record = plant().run_step(request);
  Signature signature(record, power_, point);
  return {std::move(record), std::move(signature), stats::snapshot(plant().stats().metrics()),
          plant().trace(), std::move(audit)};
}

double StepSimulator::share_done() {
  if (whole_work_ == 0)
    for (const lowering::TileProgram& tile : step_->tiles)
      for (const lowering::Task& task : tile.tasks) whole_work_ += static_cast<double>(npu::work_of(task));
  return static_cast<double>(plant().progress().back().work) / whole_work_;
}

/// Spread over the least time the step can take.
std::vector<soc::RecordedWindow> StepSimulator::audit_windows() const {
  const experiment::RunConfig& run = experiment_.run;
  const double bytes = static_cast<double>(step_->bytes(lowering::Home::dram, false) +
                                           step_->bytes(lowering::Home::dram, true));
  const double bytes_per_s = prepared_.target.dram_bytes_per_cycle * top_hz_;
  const base::TimePs length = base::from_seconds(run.audit_window_s.value_or(kAuditedBytes / bytes_per_s));
  const double least_s = bytes / bytes_per_s;
  std::vector<soc::RecordedWindow> windows;
  for (int i = 0; i < run.audit_windows; ++i) {
    const base::TimePs begin = base::from_seconds(least_s * (i + 0.5) / run.audit_windows);
    windows.emplace_back(begin, begin + length);
  }
  return windows;
}

std::string StepSimulator::audit_identity() const {
  std::string text;
  for (const auto& [begin, end] : audit_windows()) text += fmt::format("{} {} ", begin, end);
  return text;
}

}  // namespace kiln::run
