// SPDX-License-Identifier: MIT
#include "run/step_store.h"

#include <algorithm>
#include <utility>

namespace kiln::run {

namespace {

constexpr base::TimePs kNoSlices = 1'000'000'000'000'000;  // longer than any step
constexpr double kAuditedBytes = 4 << 20;  // some three hundred bursts: enough that their ends weigh little

}  // namespace

StepStore::StepStore(const experiment::ExperimentConfig& experiment, const experiment::Prepared& prepared,
                     const device::ChipPower& power, double top_hz, const Monitor& monitor)
    : experiment_(experiment),
      prepared_(prepared),
      power_(power),
      top_hz_(top_hz),
      monitor_(monitor),
      plant_(experiment.soc, prepared.plan, prepared.step, prepared.op_names,
             base::from_seconds(experiment.run.ledger_window_s)) {}

void StepStore::report(double share, const std::string& what) const {
  monitor_.report(share, what);
}

const SimulatedStep& StepStore::at(const sim::OperatingPoint& point) {
  if (const auto found = steps_.find(key(point)); found != steps_.end()) return found->second;
  check_watch();
  const std::string what = fmt::format("simulating a step at {:.0f} MHz", point.frequency_hz * 1e-6);
  report(0, what);
  plant_.restart(point);
  return keep(simulate(point, {.first = kNoSlices,
                               .slice = kNoSlices,
                               .pulse = [&] { report(share_done(), what); },
                               .end = soc::StepEnd::drained}));
}

double StepStore::share_done() {
  if (whole_work_ == 0)
    for (const lowering::TileProgram& tile : prepared_.step.tiles)
      for (const lowering::Task& task : tile.tasks) whole_work_ += static_cast<double>(npu::work_of(task));
  return static_cast<double>(plant_.progress().back().work) / whole_work_;
}

/// Spread over the least time the step can take; `exact` covers all of it.
std::vector<soc::RecordedWindow> StepStore::audit_windows() const {
  const experiment::RunConfig& run = experiment_.run;
  const double bytes = static_cast<double>(prepared_.step.bytes(lowering::Home::dram, false) +
                                           prepared_.step.bytes(lowering::Home::dram, true));
  const double bytes_per_s = prepared_.target.dram_bytes_per_cycle * top_hz_;
  const base::TimePs length = base::from_seconds(run.audit_window_s.value_or(kAuditedBytes / bytes_per_s));
  const double least_s = bytes / bytes_per_s;
  if (run.fidelity == experiment::Fidelity::exact) return {{0, base::from_seconds(1e3)}};
  std::vector<soc::RecordedWindow> windows;
  for (int i = 0; i < run.audit_windows; ++i) {
    const base::TimePs begin = base::from_seconds(least_s * (i + 0.5) / run.audit_windows);
    windows.emplace_back(begin, begin + length);
  }
  return windows;
}

SimulatedStep StepStore::simulate(const sim::OperatingPoint& point, soc::StepRequest request) {
  // The first step is most often the one reported: its windows are re-run while it goes on.
  soc::Audit audit(experiment_.soc, point.noc_frequency_hz, std::exchange(audit_ahead_, false),
                   monitor_.watch);
  plant_.record(audit_windows(), [&](soc::Recording window) { audit.add(std::move(window)); });
  request.pulse = [this, pulse = std::move(request.pulse)] {
    check_watch();
    if (pulse) pulse();
  };
  soc::StepRecord record = plant_.run_step(request);
  Signature signature(record, power_, point);
  return {std::move(record), std::move(signature), stats::snapshot(plant_.stats().metrics()), plant_.trace(),
          std::move(audit)};
}

const SimulatedStep& StepStore::keep(SimulatedStep step) {
  const Key at = key(step.signature.point());
  return steps_.insert_or_assign(at, std::move(step)).first->second;
}

double StepStore::rate_interval_s() const {
  const auto& rate = experiment_.run.rate_samples_per_s;
  return rate ? prepared_.graph.samples() / *rate : 0;
}

double StepStore::interval_s(const sim::OperatingPoint& point) {
  return std::max(at(point).signature.duration_s(), rate_interval_s());
}

std::vector<double> StepStore::mean_power_w(const sim::OperatingPoint& point) {
  std::vector<double> power_w = at(point).signature.mean_power_w();
  const double busy = busy_share(point);
  for (double& p : power_w) p *= busy;
  return power_w;
}

}  // namespace kiln::run
