// SPDX-License-Identifier: MIT
#include "run/simulator.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::run {

namespace {

constexpr double kSettled = 0.002;  // relative change of mean power between two rounds
constexpr int kRounds = 12;
constexpr int kPeriodsPerRound = 60;  // control periods watched for a limit cycle
constexpr int kQuietPeriods = 25;  // a decision that stands this long at steady temperatures stands for good

}  // namespace

Simulator::Simulator(const ExperimentConfig& experiment, const Prepared& prepared, const RunOptions& options)
    : experiment_(experiment),
      prepared_(prepared),
      options_(options),
      device_(experiment, prepared.plan),
      plant_(experiment.soc, prepared.plan, prepared.step, prepared.op_names,
             base::from_seconds(experiment.run.ledger_window_s)) {
  device_.set_context(prepared.compression.ratio(), prepared.frozen_fraction);
  point_ = device_.point_of(device_.top_level());
}

void Simulator::check_interrupted() const {
  if (options_.interrupted && options_.interrupted()) throw Interrupted();
}

const SimulatedStep& Simulator::step_at(const sim::OperatingPoint& point) {
  const Key key{point.level, point.memory_clock_factor, point.refresh_rate};
  if (const auto found = steps_.find(key); found != steps_.end()) return found->second;
  check_interrupted();
  if (options_.progress)
    options_.progress(0, fmt::format("simulating a step at {:.0f} MHz", point.frequency_hz * 1e-6));
  plant_.set_operating_point(point);
  return steps_
      .emplace(key, simulate(point, base::from_seconds(1e-3), [this](base::TimePs) { check_interrupted(); }))
      .first->second;
}

/// Spread over the least time the step can take; `exact` covers all of it.
std::vector<std::pair<base::TimePs, base::TimePs>> Simulator::audit_windows() const {
  const RunConfig& run = experiment_.run;
  const double bytes = static_cast<double>(prepared_.step.bytes(lowering::Home::dram, false) +
                                           prepared_.step.bytes(lowering::Home::dram, true));
  const double least_s = bytes / prepared_.target.dram_bytes_per_cycle / device_.table().back().frequency_hz;
  const base::TimePs length = base::from_seconds(run.audit_window_s);
  if (run.fidelity == Fidelity::exact) return {{0, base::from_seconds(1e3)}};
  std::vector<std::pair<base::TimePs, base::TimePs>> windows;
  for (int i = 0; i < run.audit_windows; ++i) {
    const base::TimePs begin = base::from_seconds(least_s * (i + 0.5) / run.audit_windows);
    windows.emplace_back(begin, begin + length);
  }
  return windows;
}

SimulatedStep Simulator::simulate(const sim::OperatingPoint& point, base::TimePs slice,
                                  const soc::SliceHook& hook) {
  const auto windows = audit_windows();
  plant_.record(windows);
  soc::StepRecord record = plant_.run_step(slice, hook);
  soc::AuditInput audit{plant_.train_records(), plant_.burst_records(), {}, point.noc_frequency_hz};
  for (const auto& [from, to] : windows) audit.windows.emplace_back(record.begin + from, record.begin + to);
  Signature signature(record, device_.power(), point);
  return {std::move(record), std::move(signature), stats::snapshot(plant_.stats().metrics()), plant_.trace(),
          std::move(audit)};
}

double Simulator::step_interval_s(const sim::OperatingPoint& point) {
  const double busy = step_at(point).signature.duration_s();
  if (!experiment_.run.rate_samples_per_s) return busy;
  const double samples = static_cast<double>(prepared_.graph.batch * prepared_.graph.micro_batches);
  return std::max(busy, samples / *experiment_.run.rate_samples_per_s);
}

std::vector<double> Simulator::mean_power_w(const sim::OperatingPoint& point) {
  const Signature& signature = step_at(point).signature;
  std::vector<double> power = signature.mean_power_w();
  const double busy = signature.duration_s() / step_interval_s(point);
  for (double& p : power) p *= busy;
  return power;
}

void Simulator::settle_at(const sim::OperatingPoint& point) {
  const std::vector<double> power = mean_power_w(point);
  device_.begin(device_.steady(power, point, power::PowerState::active).state);
  point_ = point;
}

void Simulator::observe(Observed& observed, const PeriodRecord& period) const {
  observed.time_s += period.dt_s;
  observed.dynamic_j += period.dynamic_j;
  observed.static_j += period.static_j;
  observed.peak_power_w = std::max(observed.peak_power_w, (period.dynamic_j + period.static_j) / period.dt_s);
  observed.frequency_time += period.frequency_hz * period.dt_s;
  const bool slowed =
      period.level < static_cast<int>(device_.table().size()) - 1 || point_.memory_clock_factor < 1;
  if (slowed) observed.throttled_s += period.dt_s;
  if (period.refresh_rate > 1) observed.refresh_s += period.dt_s;
  const std::size_t blocks = prepared_.plan.floorplan.blocks.size();
  observed.peak_block_c.resize(blocks, -300);
  for (std::size_t b = 0; b < blocks; ++b)
    observed.peak_block_c[b] = std::max(observed.peak_block_c[b], device_.block_c(b));
  if (!std::isnan(period.skin_c)) observed.peak_skin_c = std::max(observed.peak_skin_c, period.skin_c);
  observed.series.push_back(period);
}

PeriodRecord Simulator::replay_period(Observed& observed) {
  const double dt = device_.control_period_s();
  std::vector<double> energy_j(prepared_.plan.floorplan.blocks.size(), 0.0);
  double left = dt, busy = 0;
  while (left > 1e-15) {
    if (stall_left_s_ > 0) {  // the clock stands still while its PLL locks
      const double stalled = std::min(left, stall_left_s_);
      stall_left_s_ -= stalled;
      since_step_s_ += stalled;
      left -= stalled;
      continue;
    }
    if (work_ >= 1) {  // waiting for the next step of a fixed rate
      const double wait = std::max(0.0, step_interval_s(point_) - since_step_s_);
      if (wait > left) {
        since_step_s_ += left;
        break;
      }
      left -= wait;
      work_ = 0;
      since_step_s_ = 0;
      continue;
    }
    const Signature& signature = step_at(point_).signature;
    double used = 0;
    const double reached = signature.advance(work_, left, used);
    signature.add_energy(work_, reached, energy_j);
    observed.steps += reached - work_;
    work_ = reached;
    left -= used;
    busy += used;
    since_step_s_ += used;
  }
  const power::PowerState state = busy > 0 ? power::PowerState::active : power::PowerState::clock_gated;
  const PeriodRecord period = device_.advance(dt, energy_j, point_, state);
  observe(observed, period);
  const governor::Decision decision = device_.decide(period, busy / dt);
  if (decision.shutdown) {
    observed.shut_down = true;
    observed.shutdown_reason = device_.guard_reason();
    return period;
  }
  const sim::OperatingPoint next = device_.apply(decision);
  if (!(next == point_)) {
    stall_left_s_ += device_.transition_s(point_, next);
    point_ = next;
  }
  return period;
}

Observed Simulator::steady() {
  settle_at(device_.point_of(device_.top_level()));
  work_ = 0;
  double last_power = -1;
  Observed observed;
  for (int round = 0; round < kRounds; ++round) {
    check_interrupted();
    observed = {};
    const sim::OperatingPoint began_with = point_;
    bool changed = false;
    std::map<Key, std::pair<double, sim::OperatingPoint>> time_at;
    const int periods = round == 0 ? kQuietPeriods : kPeriodsPerRound;
    for (int i = 0; i < periods && !observed.shut_down; ++i) {
      const sim::OperatingPoint at = point_;
      replay_period(observed);
      auto& entry = time_at[{at.level, at.memory_clock_factor, at.refresh_rate}];
      entry.first += device_.control_period_s();
      entry.second = at;
      changed = changed || !(point_ == began_with);
    }
    if (observed.shut_down) return observed;
    const auto longest = std::max_element(time_at.begin(), time_at.end(), [](const auto& a, const auto& b) {
      return a.second.first < b.second.first;
    });
    observed.point = longest->second.second;
    if (!changed) break;
    // The package is far slower than the governor: jump to the steady state of this round's mean power.
    const double power = (observed.dynamic_j + observed.static_j) / observed.time_s;
    std::vector<double> mean(prepared_.plan.floorplan.blocks.size(), 0.0);
    for (const auto& [key, entry] : time_at) {
      const std::vector<double> at = mean_power_w(entry.second);
      for (std::size_t b = 0; b < mean.size(); ++b) mean[b] += at[b] * entry.first / observed.time_s;
    }
    const bool settled = last_power > 0 && std::abs(power - last_power) <= kSettled * power;
    last_power = power;
    if (settled) break;
    const sim::OperatingPoint keep = point_;
    device_.begin(device_.steady(mean, observed.point, power::PowerState::active).state);
    point_ = keep;
  }
  add_ripple(observed, observed.point);
  return observed;
}

/// Within a step, blocks swing around their mean: the peaks of one more step, segment by segment.
void Simulator::add_ripple(Observed& observed, const sim::OperatingPoint& point) {
  const Signature& signature = step_at(point).signature;
  if (signature.duration_s() < 1e-6) return;
  constexpr int kSlices = 16;
  std::vector<double> energy_j(prepared_.plan.floorplan.blocks.size());
  double work = 0;
  for (int i = 0; i < kSlices; ++i) {
    double used = 0;
    const double reached =
        signature.advance(work, signature.duration_s() / kSlices * (i + 1 == kSlices ? 1.01 : 1.0), used);
    std::fill(energy_j.begin(), energy_j.end(), 0.0);
    signature.add_energy(work, reached, energy_j);
    work = reached;
    if (used <= 0) break;
    const PeriodRecord period = device_.advance(used, energy_j, point, power::PowerState::active);
    observed.peak_power_w =
        std::max(observed.peak_power_w, (period.dynamic_j + period.static_j) / period.dt_s);
    for (std::size_t b = 0; b < observed.peak_block_c.size(); ++b)
      observed.peak_block_c[b] = std::max(observed.peak_block_c[b], device_.block_c(b));
    if (!std::isnan(period.skin_c)) observed.peak_skin_c = std::max(observed.peak_skin_c, period.skin_c);
  }
}

Observed Simulator::replay(double duration_s) {
  device_.begin(device_.thermal().ambient_state());
  Observed observed;
  work_ = 0;
  while (observed.time_s < duration_s && !observed.shut_down) {
    check_interrupted();
    replay_period(observed);
    if (options_.progress)
      options_.progress(observed.time_s / duration_s,
                        fmt::format("{:.1f} s of device time", observed.time_s));
  }
  observed.point = point_;
  return observed;
}

Observed Simulator::detailed(std::int64_t steps) {
  device_.begin(device_.thermal().ambient_state());
  Observed observed;
  plant_.set_operating_point(point_);
  for (std::int64_t i = 0; i < steps && !observed.shut_down; ++i) {
    std::vector<stats::Counts> before(device_.power().blocks(), stats::Counts{});
    base::TimePs last = 0;
    const auto account = [&](base::TimePs now) {
      check_interrupted();
      if (now == last) return;
      const std::vector<stats::Counts> total = plant_.activity();
      std::vector<double> energy_j(total.size());
      for (std::size_t b = 0; b < total.size(); ++b) {
        stats::Counts fresh = total[b];
        for (std::size_t k = 0; k < fresh.size(); ++k) fresh[k] -= before[b][k];
        energy_j[b] = device_.power().dynamic_j(b, fresh, point_.voltage_v);
      }
      before = total;
      const PeriodRecord period =
          device_.advance(base::to_seconds(now - last), energy_j, point_, power::PowerState::active);
      last = now;
      observe(observed, period);
      const governor::Decision decision = device_.decide(period, 1.0);
      observed.shut_down = decision.shutdown;
      if (decision.shutdown) observed.shutdown_reason = device_.guard_reason();
      const sim::OperatingPoint next = device_.apply(decision);
      if (next == point_) return;
      plant_.hold(base::from_seconds(device_.transition_s(point_, next)));
      point_ = next;
      plant_.set_operating_point(point_);
    };
    const sim::OperatingPoint began_at = point_;
    SimulatedStep step = simulate(began_at, base::from_seconds(device_.control_period_s()), account);
    account(step.record.end - step.record.begin);
    observed.steps += 1;
    if (options_.progress)
      options_.progress(static_cast<double>(i + 1) / static_cast<double>(steps),
                        fmt::format("step {}", i + 1));
    steps_.insert_or_assign(Key{point_.level, point_.memory_clock_factor, point_.refresh_rate},
                            std::move(step));
  }
  observed.point = point_;
  return observed;
}

}  // namespace kiln::run
