// SPDX-License-Identifier: MIT
#include "run/step_simulator.h"

#include <fmt/core.h>

#include <utility>

#include "soc/plant.h"

namespace kiln::run {

namespace {

constexpr base::TimePs kNoSlices = 1'000'000'000'000'000;  // longer than any step
/// Of the step's time, in which repeated blocks may be off before all are simulated.
constexpr double kMostDeviation = 0.01;
constexpr double kAuditedBytes = 4 << 20;  // some three hundred bursts: enough that their ends weigh little

/// In the units of soc::Progress.
double work_of_tasks(const lowering::LoweredStep& step) {
  double work = 0;
  for (const lowering::TileProgram& tile : step.tiles)
    for (const lowering::Task& task : tile.tasks) work += static_cast<double>(npu::work_of(task));
  return work;
}

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
  shortenings_.reset();
  step_ = &step;
  running_ = nullptr;
  if (plant_->built) plant_->built->load(step, prepared_.op_names);
}

const Shortenings& StepSimulator::shortenings() {
  if (!shortenings_) {
    const sim::Fidelities& fidelity = experiment_.run.fidelity;
    const bool wanted = experiment_.run.equal_blocks == experiment::EqualBlocks::repeat &&
                        fidelity.memory == sim::Fidelity::bulk && fidelity.network == sim::Fidelity::bulk;
    shortenings_ = wanted ? shorten(*step_) : Shortenings();
  }
  return *shortenings_;
}

const lowering::LoweredStep& StepSimulator::simulated_part() {
  return shortenings().empty() ? *step_ : shortenings().back().part;
}

SimulatedStep StepSimulator::from_rest(const sim::OperatingPoint& point) {
  monitor_.watch.check();
  const std::string what = fmt::format("simulating a step at {:.0f} MHz", point.frequency_hz * 1e-6);
  if (std::optional<SimulatedStep> step = shortened_from_rest(point, what)) return kept(std::move(*step));
  SimulatedStep step = simulate_from_rest(*step_, point, request_from_rest(what));
  step.from_rest = true;
  return kept(std::move(step));
}

SimulatedStep StepSimulator::kept(SimulatedStep step) const {
  if (!experiment_.soc.rail) step.record.task_spans = {};
  return step;
}

std::optional<SimulatedStep> StepSimulator::shortened_from_rest(const sim::OperatingPoint& point,
                                                                const std::string& what) {
  if (shortenings().empty()) return {};
  CountsAt counts;
  soc::StepRequest request = request_from_rest(what);
  request.milestones = milestones_of(shortenings());
  request.complete = [&](std::int32_t instance) { counts[instance] = plant().part_counts(); };
  SimulatedStep step = simulate_from_rest(simulated_part(), point, std::move(request));
  plant().load(*step_, prepared_.op_names);
  SimulatedPart part{std::move(step.record), std::move(step.metrics), std::move(step.trace)};
  lengthen(*step_, shortenings(), {prepared_.op_names, experiment_.soc.names_of(soc::UnitKind::npu)},
           experiment_.soc.descriptor_bytes, counts, part);
  if (part.record.repeated.error > kMostDeviation) return {};
  Signature signature(part.record, power_, point);
  return SimulatedStep{std::move(part.record), std::move(signature),  std::move(part.metrics),
                       std::move(part.trace),  std::move(step.audit), true};
}

soc::StepRequest StepSimulator::request_from_rest(const std::string& what) {
  return {.first = kNoSlices,
          .slice = kNoSlices,
          .pulse = [this, what] { monitor_.report(share_done(), what); },
          .end = soc::StepEnd::drained};
}

SimulatedStep StepSimulator::simulate_from_rest(const lowering::LoweredStep& step,
                                                const sim::OperatingPoint& point, soc::StepRequest request) {
  plant().load(step, prepared_.op_names);
  plant().restart(point);
  return simulate(step, point, std::move(request));
}

SimulatedStep StepSimulator::after_last(const sim::OperatingPoint& point, soc::StepRequest request) {
  return kept(simulate(*step_, point, std::move(request)));
}

SimulatedStep StepSimulator::simulate(const lowering::LoweredStep& step, const sim::OperatingPoint& point,
                                      soc::StepRequest request) {
  if (std::exchange(running_, &step) != &step) whole_work_ = 0;
  // The first step is most often the one reported: its windows are re-run while it goes on.
  soc::Audit audit(experiment_.soc, experiment_.run.fidelity, point.noc_frequency_hz,
                   std::exchange(audit_ahead_, false), monitor_.watch);
  plant().set_host(experiment_.soc.host);
  plant().record(audit_windows(step), [&](soc::Recording window) { audit.add(std::move(window)); });
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
  if (whole_work_ == 0) whole_work_ = work_of_tasks(*running_);
  return static_cast<double>(plant().progress().back().work) / whole_work_;
}

/// Spread over the least time the step can take.
std::vector<soc::RecordedWindow> StepSimulator::audit_windows(const lowering::LoweredStep& step) const {
  const experiment::RunConfig& run = experiment_.run;
  const double bytes =
      static_cast<double>(step.bytes(lowering::Home::dram, false) + step.bytes(lowering::Home::dram, true));
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

std::string StepSimulator::audit_identity() {
  std::string text;
  for (const auto& [begin, end] : audit_windows(simulated_part())) text += fmt::format("{} {} ", begin, end);
  return text;
}

}  // namespace kiln::run
