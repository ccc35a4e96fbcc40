// SPDX-License-Identifier: MIT
#include "job/timeline.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "thermal/state.h"

namespace kiln::job {

namespace {

constexpr double kLongestIdle_s = 1;       // leakage follows temperature, charge its thresholds
constexpr double kChargePerPeriod = 0.01;  // that a period may move: small storage asks for short ones
constexpr double kShortestPeriod_s = 1e-5;
constexpr int kPeriodsPerReport = 4096;
/// Quadrature of current over a period: second order in what a period moves the charge by.
constexpr double kBatteryTolerance = 2e-3;
constexpr double kExact = 1e-6;
constexpr double kSoon = 1e-12;

double relative(double a, double b) {
  return std::abs(a - b) / std::max({std::abs(a), std::abs(b), 1e-30});
}

}  // namespace

void JobRow::merge(const JobRow& next) {
  time_s = next.time_s;
  dt_s += next.dt_s;
  chip_j += next.chip_j;
  drawn_j += next.drawn_j;
  source_j += next.source_j;
  frequency_time += next.frequency_time;
  hottest_c = std::max(hottest_c, next.hottest_c);
  memory_c = std::max(memory_c, next.memory_c);
  skin_c = std::max(skin_c, next.skin_c);
  ambient_c = next.ambient_c;
  charge = next.charge;
  progress = next.progress;
  queue = next.queue;
}

Timeline::Timeline(const JobConfig& job, const experiment::ExperimentConfig& experiment, JobSteps& steps,
                   const run::Monitor& monitor)
    : job_(job),
      monitor_(monitor),
      device_(experiment, steps.plan(), monitor.watch),
      supply_(job.supply),
      lifetime_(job.wear),
      rated_a_(experiment.soc.board.rated_power_w / device_.top_point().voltage_v),
      agenda_(job, plan_of(job, steps)),
      work_(agenda_, steps, [this](double storage_w) {
        device_.set_outside(supply_.other_load_w() + link_w_ + storage_w, source_w_);
      }) {
  const experiment::Prepared& prepared = steps.prepared();
  device_.set_context(prepared.compression.ratio(), prepared.frozen_fraction);
  device_.heat().reduce(device_.control_period_s());
  device_.begin_from_cold();
  device_.restart_battery_at(job.supply.restart);
  replay_.emplace(work_, device_);
}

double Timeline::charge() const {
  return device_.battery() ? device_.battery()->state_of_charge() : 1;
}

/// A control period; longer while there is nothing to do, shorter where it would move the charge by much.
double Timeline::period_s() const {
  const double now_s = work_.now_s(), control_s = device_.control_period_s();
  double dt_s = control_s;
  const bool idle = replay_->off() || agenda_.idle_until_s(now_s) > now_s;
  if (idle) {
    const double until_s = replay_->off() ? kNever_s : agenda_.idle_until_s(now_s);
    dt_s = std::clamp(until_s - now_s, control_s, std::max(control_s, kLongestIdle_s));
  }
  if (device_.battery()) {
    const double moved_w = std::abs(device_.drawn_w() - source_w_);
    const double full_j = device_.battery()->stored_j() / std::max(charge(), kChargePerPeriod);
    if (moved_w > 0) dt_s = std::min(dt_s, std::max(kShortestPeriod_s, kChargePerPeriod * full_j / moved_w));
  }
  for (const double at_s :
       {supply_.next_change_s(now_s), agenda_.updates().next_change_s(now_s), job_.time_limit_s})
    if (at_s > now_s * (1 + kSoon)) dt_s = std::min(dt_s, at_s - now_s);
  return dt_s;
}

/// Nothing is to be done, and what was learnt is kept: the device may as well be off.
bool Timeline::sleeps() const {
  if (job_.supply.waiting == Waiting::idle || agenda_.requests() != nullptr) return false;
  const bool wanted = agenda_.may_train() && !agenda_.finished();
  return !wanted && agenda_.all_kept() && !agenda_.updates().ready() && !work_.busy();
}

/// What surrounds the device until the end of the period.
void Timeline::begin_period() {
  const double now_s = work_.now_s();
  harvest_w_ = device_.battery() ? supply_.harvest_w(now_s) : 0;
  source_w_ = device_.battery() ? supply_.charger_w(now_s) + harvest_w_ : 0;
  agenda_.allow_training(supply_.may_train(now_s, charge()));
  replay_->switch_off(sleeps());
  link_w_ = replay_->off() ? 0 : agenda_.updates().load_w(now_s);
  if (device_.battery()) battery_before_ = device_.battery()->books();
}

void Timeline::book_energy(double dt_s) {
  EnergyBooks& books = outcome_.energy;
  const device::PeriodRecord& period = all_.last;
  const double chip_j = period.dynamic_j + period.static_j, drawn_j = device_.drawn_w() * dt_s;
  books.chip_j += chip_j;
  books.drawn_j += drawn_j;
  books.cooling_j += period.cooling_j;
  if (device_.drawn_w() != 0) {
    books.board_j += device_.board_j(period);
    books.storage_j += work_.storage_j();
    books.other_j += supply_.other_load_w() * dt_s;
    books.link_j += link_w_ * dt_s;
  }
  if (!device_.battery()) {
    books.direct_j += drawn_j;
    return;
  }
  const pdn::Battery::Books& battery = device_.battery()->books();
  const double given_j = battery.given_j - battery_before_.given_j,
               taken_j = battery.taken_j - battery_before_.taken_j, source_j = source_w_ * dt_s;
  const double direct_j = std::min(drawn_j, source_j);
  books.given_j += given_j;
  books.charged_j += taken_j;
  if (source_w_ > 0) books.harvested_j += (direct_j + taken_j) * harvest_w_ / source_w_;
  books.direct_j += direct_j;
  books.spilled_j += std::max(0.0, source_j - direct_j - taken_j);
  books.unserved_j += drawn_j - direct_j - given_j;
}

/// The period that an epoch ends in is shared out in proportion to time.
void Timeline::book_epochs(double dt_s) {
  const device::PeriodRecord& period = all_.last;
  const double end_s = work_.now_s(), begin_s = end_s - dt_s;
  const double chip_j = period.dynamic_j + period.static_j;
  const auto add = [&](double share) {
    epoch_.chip_j += share * chip_j;
    epoch_.drawn_j += share * device_.drawn_w() * dt_s;
    epoch_frequency_time_ += share * period.frequency_hz * dt_s;
    if (replay_->off() || device_.is_throttled(replay_->point())) epoch_.throttled_s += share * dt_s;
    epoch_.hottest_c = std::max(epoch_.hottest_c, period.hottest_c);
    epoch_.memory_c = std::max(epoch_.memory_c, period.memory_c);
    epoch_.skin_c = std::max(epoch_.skin_c, period.skin_c);
  };
  double from_s = begin_s;
  for (const std::vector<EpochEnd>& ends = agenda_.epochs(); outcome_.epochs.size() < ends.size();) {
    const EpochEnd& end = ends[outcome_.epochs.size()];
    add((end.time_s - from_s) / dt_s);
    from_s = end.time_s;
    epoch_.epoch = end.epoch;
    epoch_.end_s = end.time_s;
    epoch_.frequency_hz = epoch_frequency_time_ / std::max(epoch_.end_s - epoch_.begin_s, 1e-30);
    epoch_.charge = charge();
    epoch_.steps = end.trained - trained_before_;
    trained_before_ = end.trained;
    outcome_.epochs.push_back(epoch_);
    epoch_ = EpochRow{.epoch = 0, .begin_s = end.time_s};
    epoch_frequency_time_ = 0;
  }
  add((end_s - from_s) / dt_s);
}

void Timeline::book(double dt_s) {
  book_energy(dt_s);
  book_epochs(dt_s);
  const device::PeriodRecord& period = all_.last;
  const Plan& plan = agenda_.plan();
  const Requests* requests = agenda_.requests();
  const double current_a = period.power_w() / replay_->point().voltage_v;
  lifetime_.add(dt_s, period.hottest_c, period.memory_c, period.ambient_c, current_a / rated_a_);
  outcome_.charge_lowest = std::min(outcome_.charge_lowest, charge());
  outcome_.series.add(
      {.time_s = work_.now_s(),
       .dt_s = dt_s,
       .chip_j = period.dynamic_j + period.static_j,
       .drawn_j = device_.drawn_w() * dt_s,
       .source_j = source_w_ * dt_s,
       .frequency_time = (replay_->off() ? 0 : period.frequency_hz) * dt_s,
       .hottest_c = period.hottest_c,
       .memory_c = period.memory_c,
       .skin_c = period.skin_c,
       .ambient_c = period.ambient_c,
       .charge = charge(),
       .progress =
           plan.steps() > 0 ? static_cast<double>(agenda_.done()) / static_cast<double>(plan.steps()) : 1,
       .queue = requests != nullptr ? static_cast<double>(requests->in_queue()) : 0});
}

/// Whether there is nothing more to wait for; then `ended_by` says why.
bool Timeline::over() {
  const double now_s = work_.now_s();
  if (agenda_.finished() && !job_.whole && agenda_.plan().epochs > 0) {
    outcome_.ended_by = "training is done";
    return true;
  }
  if (now_s >= job_.time_limit_s * (1 - kSoon)) {
    outcome_.ended_by = "the time limit is reached";
    return true;
  }
  if (supply_.recovers(now_s)) return false;
  if (device_.battery_empty()) {
    outcome_.ended_by = "the battery is empty, and nothing charges it";
    return true;
  }
  const bool waits = !agenda_.finished() && !agenda_.may_train() && !agenda_.requests() && !work_.busy() &&
                     agenda_.idle_until_s(now_s) > now_s;
  if (waits) outcome_.ended_by = "the battery is down to its reserve, and nothing charges it";
  return waits;
}

Outcome Timeline::run() {
  outcome_.has_battery = device_.battery().has_value();
  outcome_.charge_begin = outcome_.charge_lowest = charge();
  if (device_.battery()) {
    outcome_.energy.stored_begin_j = device_.battery()->stored_j();
    outcome_.battery_full_j = pdn::Battery(*job_.experiment.soc.battery).stored_j();
  }
  int since_report = kPeriodsPerReport;
  while (!over()) {
    monitor_.watch.check();
    if (++since_report > kPeriodsPerReport) {
      since_report = 0;
      monitor_.report(work_.now_s() / job_.time_limit_s,
                      fmt::format("{:.2f} h of device time", work_.now_s() / 3600));
    }
    begin_period();
    const double dt_s = period_s();
    if (!replay_->off()) agenda_.receive(work_.now_s(), dt_s);
    replay_->period(all_, dt_s);
    book(dt_s);
  }
  Outcome outcome = std::move(outcome_);
  outcome.plan = agenda_.plan();
  outcome.finished_s = agenda_.plan().epochs > 0 ? agenda_.finished_s() : std::nullopt;
  outcome.done = agenda_.done();
  outcome.time_s = work_.now_s();
  outcome.steps = agenda_.books();
  outcome.work = work_.books();
  outcome.charge_end = charge();
  outcome.deadline_s = job_.deadline_s;
  outcome.time_limit_s = job_.time_limit_s;
  outcome.mains_j = mains_j(outcome.energy);
  if (device_.battery()) {
    outcome.energy.stored_end_j = device_.battery()->stored_j();
    outcome.energy.battery_heat_j = device_.battery()->books().heat_j;
  }
  if (const Requests* requests = agenda_.requests()) {
    outcome.requests = requests->books();
    outcome.latencies = requests->latencies();
    outcome.missed_share = requests->missed_share();
  }
  if (!job_.updates.empty()) outcome.updates = agenda_.updates().books();
  outcome.mechanisms = lifetime_.mechanisms();
  outcome.worn = lifetime_.worn();
  outcome.harvests = job_.supply.harvest.has_value();
  all_.heat_balance = device_.heat().balance().relative();
  all_.point = replay_->point();
  outcome.hottest_block = device_.heat().hottest_block();
  outcome.idle_policies = device_.idle_policies();
  outcome.observed = all_;
  check_conservation(outcome);
  return outcome;
}

std::optional<double> Timeline::mains_j(const EnergyBooks& energy) const {
  if (!device_.battery()) return energy.direct_j;
  if (job_.supply.charge.empty()) return std::nullopt;
  return (energy.direct_j + energy.charged_j - energy.harvested_j) / job_.supply.charger_efficiency;
}

void Timeline::check_conservation(const Outcome& outcome) const {
  const EnergyBooks& energy = outcome.energy;
  KILN_CHECK(outcome.observed.heat_balance < thermal::HeatBalance::kTolerance,
             "heat in is not stored plus out: off by {:.2e} of it", outcome.observed.heat_balance);
  KILN_CHECK(relative(energy.drawn_j, energy.parts_j()) < kExact, "drawn are {} J, the parts come to {} J",
             energy.drawn_j, energy.parts_j());
  KILN_CHECK(relative(energy.drawn_j, energy.given_j + energy.direct_j + energy.unserved_j) < kExact,
             "drawn are {} J, given {} + {} J, {} J short", energy.drawn_j, energy.given_j, energy.direct_j,
             energy.unserved_j);
  const double in_j = energy.stored_begin_j + energy.charged_j,
               out_j = energy.stored_end_j + energy.given_j + energy.battery_heat_j;
  const double moved_j = energy.charged_j + energy.given_j + energy.battery_heat_j;
  KILN_CHECK(std::abs(in_j - out_j) <= kBatteryTolerance * std::max(moved_j, kExact * in_j),
             "the battery held {} J and took {} J, but gave and holds {} J", energy.stored_begin_j,
             energy.charged_j, out_j);
  double time_s = 0;
  for (const double part_s : outcome.work.time_s) time_s += part_s;
  KILN_CHECK(relative(time_s, outcome.time_s) < kExact, "activities come to {} s of {} s", time_s,
             outcome.time_s);
  const double trained = static_cast<double>(outcome.steps.trained + outcome.steps.trained_cached);
  KILN_CHECK(static_cast<double>(outcome.done) <= trained, "{} steps count, {} were made", outcome.done,
             trained);
  if (outcome.finished_s)
    KILN_CHECK(outcome.done == outcome.plan.epochs * outcome.plan.steps_per_epoch,
               "{} steps are done, {} epochs have {}", outcome.done, outcome.plan.epochs,
               outcome.plan.steps_per_epoch);
}

}  // namespace kiln::job
