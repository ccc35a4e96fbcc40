// SPDX-License-Identifier: MIT
#include "run/step_store.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/version.h"
#include "dram/eye.h"
#include "experiment/identity.h"

namespace kiln::run {

namespace {

constexpr std::chrono::milliseconds kLookAgain{10};
constexpr double kUnfelt = 1e-4;  // of a step's cycles: bulk engines scatter by more

}  // namespace

StepStore::StepStore(const experiment::ExperimentConfig& experiment, const experiment::Prepared& prepared,
                     const device::ChipPower& power, double top_hz, const Monitor& monitor,
                     output::Cache cache)
    : experiment_(experiment),
      prepared_(prepared),
      power_(power),
      monitor_(monitor),
      simulator_(experiment, prepared, power, top_hz, monitor),
      way_(prepared.way) {
  if (cache.keeps() && !base::program_hash().empty()) cache_ = std::move(cache);
  simulator_.audit_ahead(prepared.ways.size() == 1);  // else the first step is one of several tried
  identify();
}

void StepStore::identify() {
  if (!cache_.keeps()) return;
  identity_ = experiment::step_identity(experiment::written_out(experiment_, way_)) + prepared_.beside_keys;
  for (const thermal::Block& block : prepared_.plan.floorplan.blocks) identity_ += block.name + '\n';
}

void StepStore::load(const experiment::Way& way, const lowering::LoweredStep& step) {
  simulator_.load(step);
  if (way == way_) return;
  way_ = way;
  identify();
}

StepStore::Steps& StepStore::steps() {
  for (auto& [way, steps] : steps_)
    if (way == way_) return steps;
  return steps_.emplace_back(way_, Steps{}).second;
}

void StepStore::keep_this_way() {
  std::erase_if(steps_, [this](const auto& entry) { return !(entry.first == way_); });
}

std::string StepStore::disk_key(const sim::OperatingPoint& point, const std::string& what) const {
  // Voltage acts only where counts become joules, a level is a place in a table.
  return base::content_hash(fmt::format("{}\n{} {} {} {} {}", identity_, what, point.frequency_hz,
                                        point.noc_frequency_hz, point.memory_clock_factor,
                                        point.refresh_rate));
}

const SimulatedStep& StepStore::at(const sim::OperatingPoint& point) {
  const Steps& steps = this->steps();
  if (const auto found = steps.find(key(point)); found != steps.end()) return found->second;
  return keep(supplied(from_disk_or_kernel(point)));
}

/// The step at the clocks that its rails leave of those of its point.
SimulatedStep StepStore::clocked(const sim::OperatingPoint& left, const SimulatedStep& step) {
  const sim::OperatingPoint& point = step.signature.point();
  SimulatedStep slower = from_disk_or_kernel(left);
  slower.signature = Signature(slower.record, power_, point);
  slower.supply = step.supply;
  slower.memory_supply = memory_supply(experiment_.soc, slower.record, power_, left);
  if (slower.memory_supply)
    slower.memory_supply->clock_share = left.memory_clock_factor / point.memory_clock_factor;
  return slower;
}

/// At the highest memory clock found whose eye is clean, else at the slowest tried.
SimulatedStep StepStore::trained(const sim::OperatingPoint& at, SimulatedStep step) {
  const double clean_ui = dram::clean_shift_ui(experiment_.soc.memory.rail->eye);
  ClockTraining training(clean_ui);
  const auto is_clean = [&](const SimulatedStep& s) { return s.memory_supply->shift_ui <= clean_ui; };
  std::optional<double> share = training.next(1, step.memory_supply->shift_ui);
  while (share) {
    sim::OperatingPoint slower = at;
    slower.memory_clock_factor *= *share;
    SimulatedStep tried = clocked(slower, step);
    share = training.next(*share, tried.memory_supply->shift_ui);
    if (is_clean(tried) || !is_clean(step)) step = std::move(tried);
  }
  return step;
}

/// Where its rail makes a clock slower, the step at the clock that is left.
SimulatedStep StepStore::supplied(SimulatedStep step) {
  const sim::OperatingPoint point = step.signature.point();
  if (source_ != nullptr) {
    const SimulatedStep& known = source_->at(point);
    step.supply = known.supply;
    step.memory_supply = known.memory_supply;
    return step;
  }
  const soc::SocConfig& soc = experiment_.soc;
  step.supply = supply_response(soc, simulator_.step(), step.record, power_, point);
  step.memory_supply = memory_supply(soc, step.record, power_, point);
  const double lost_share = step.supply ? step.supply->lost_share() : 0;
  const sim::OperatingPoint left = lost_share < kUnfelt ? point : stretched(point, lost_share);
  if (left != point) step = clocked(left, step);
  return step.memory_supply && soc.memory.rail->answer == soc::DroopAnswer::slower_clock
             ? trained(left, std::move(step))
             : step;
}

SupplyResponse StepStore::supply_at(const sim::OperatingPoint& point) {
  return *supply_response(experiment_.soc, simulator_.step(), at(point).record, power_, point);
}

void StepStore::set_voltages(std::span<const governor::OperatingPoint> levels) {
  keep_this_way();
  Steps& steps = this->steps();
  // A clock that stretched does so for another time now.
  std::erase_if(steps, [](const auto& entry) { return entry.second.supply->lost_share() > 0; });
  for (auto& entry : steps) {
    SimulatedStep& step = entry.second;
    sim::OperatingPoint point = step.signature.point();
    point.voltage_v = levels[static_cast<std::size_t>(point.level)].voltage_v;
    step.supply = supply_response(experiment_.soc, simulator_.step(), step.record, power_, point);
    step.signature = Signature(step.record, power_, point);
  }
}

SimulatedStep StepStore::from_disk_or_kernel(const sim::OperatingPoint& point) {
  if (source_ != nullptr) {
    if (!source_->steps().contains(key(point)) && fresh_-- <= 0)
      throw base::SimError(fmt::format("the step at {:.0f} MHz is not known", point.frequency_hz * 1e-6));
    soc::StepRecord record = source_->at(point).record;
    Signature signature(record, power_, point);
    return {std::move(record), std::move(signature), {}, {}, {}, false};
  }
  if (!cache_.keeps()) return simulator_.from_rest(point);
  const std::string key = disk_key(point, "step");
  const auto kept = [&]() -> std::optional<SimulatedStep> {
    const std::optional<std::string> bytes = cache_.find(key);
    if (!bytes) return {};
    return step_from_bytes(*bytes, power_, point);
  };
  if (std::optional<SimulatedStep> step = kept()) return std::move(*step);
  // Another process may be at it: points of a sweep share their steps.
  std::optional<output::Cache::Turn> turn = cache_.try_turn(key);
  for (; !turn; turn = cache_.try_turn(key)) {
    check_watch();
    std::this_thread::sleep_for(kLookAgain);
  }
  if (std::optional<SimulatedStep> step = kept()) return std::move(*step);
  SimulatedStep step = simulator_.from_rest(point);
  cache_.store(key, to_bytes(step));
  return step;
}

soc::AuditResult StepStore::audit(const sim::OperatingPoint& point) {
  const SimulatedStep& step = at(point);
  if (!cache_.keeps() || !step.from_rest) return step.audit->result();
  const std::string key = disk_key(point, "audit " + simulator_.audit_identity());
  if (!step.audit)
    if (const std::optional<std::string> bytes = cache_.find(key)) return audit_from_bytes(*bytes);
  const soc::AuditResult result =
      step.audit ? step.audit->result() : simulator_.from_rest(point).audit->result();
  cache_.store(key, to_bytes(result));
  return result;
}

const SimulatedStep& StepStore::keep(SimulatedStep step) {
  const Key at = key(step.signature.point());
  return steps().insert_or_assign(at, std::move(step)).first->second;
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
