// SPDX-License-Identifier: MIT
#include "run/memory_supply.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dram/exertion.h"
#include "dram/eye.h"

namespace kiln::run {

namespace {

constexpr double kSlowest = 0.1;                  // of a memory's clock: below, no standard trains
constexpr int kMostTries = 5;                     // each is a step in the kernel
constexpr double kAim = 0.95, kGoodEnough = 0.9;  // of the clean shift
constexpr double kInside = 0.05;                  // of what lies between two clocks that were tried
constexpr double kNoShift_ui = 1e-6;

std::size_t memory_block(const device::ChipPower& power) {
  std::size_t block = 0;
  while (power.type(block) != power::BlockType::dram_die) ++block;
  return block;
}

/// Whole ticks of a ride, so that no charge is lost between two of them.
std::pair<double, double> ticks(const dram::Exertion& e) {
  const base::TimePs tick = base::from_seconds(pdn::kRideTick_s);
  const base::TimePs begin = e.begin / tick, end = std::max((e.end + tick - 1) / tick, begin + 1);
  return {base::to_seconds(begin * tick), base::to_seconds(end * tick)};
}

double mean_current_a(const std::vector<pdn::LoadChange>& load, double end_s) {
  double charge = 0;
  for (std::size_t i = 0; i < load.size(); ++i) {
    const double until_s = i + 1 < load.size() ? load[i + 1].time_s : std::max(end_s, load[i].time_s);
    charge += load[i].current_a * (until_s - load[i].time_s);
  }
  return charge / end_s;
}

}  // namespace

std::vector<pdn::LoadChange> memory_load(const soc::SocConfig& soc, const soc::StepRecord& record,
                                         const device::ChipPower& power, const sim::OperatingPoint& point) {
  const dram::DramConfig& memory = soc.memory.dram;
  const std::size_t block = memory_block(power);
  const double volts = dram::supply_range(memory.standard).nominal_v;
  std::vector<pdn::LoadChange> load;  // work in bits
  for (const dram::Exertion& e : record.memory_exertions) {
    const auto [begin_s, end_s] = ticks(e);
    const stats::Counts activity = dram::device_activity(memory, dram::counts_of(memory, e));
    const double amperes = power.dynamic_j(block, activity, point.voltage_v) / (end_s - begin_s) / volts;
    const double bits = 8.0 * memory.organisation.access_bytes * static_cast<double>(e.reads + e.writes);
    load.push_back({begin_s, amperes, bits / (end_s - begin_s)});
    load.push_back({end_s, -amperes, -bits / (end_s - begin_s)});
  }
  const device::StaticPower statics = power.statics(point, power::PowerState::active);
  const double standby_a = statics.at_reference_w(block) / volts;
  load = pdn::summed(std::move(load), {0, standby_a});
  for (pdn::LoadChange& change : load) {
    change.current_a = std::max(change.current_a, standby_a);
    if (change.work_per_s <= 1) change.work_per_s = 0;  // what rounding leaves is no bit
  }
  return load;
}

std::optional<MemorySupply> memory_supply(const soc::SocConfig& soc, const soc::StepRecord& record,
                                          const device::ChipPower& power, const sim::OperatingPoint& point) {
  if (!soc.memory.rail || record.memory_exertions.empty()) return {};
  const dram::DramConfig& memory = soc.memory.dram;
  const dram::EyeConfig& eye = soc.memory.rail->eye;
  const pdn::Rail rail(soc.memory.rail->rail(memory.standard));
  const std::vector<pdn::LoadChange> load = memory_load(soc, record, power, point);
  const double end_s = base::to_seconds(record.exertions_end);
  const double clock_hz = memory.clock_hz * point.memory_clock_factor;
  MemorySupply supply{.rise_a = pdn::largest_rise_a(load), .droop = {}};
  supply.trained_v = rail.config().voltage_v - rail.static_resistance_ohm() * mean_current_a(load, end_s);
  const pdn::Harm harm{.wrong_share = [&](double volts) {
    const double shift = dram::shift_ui(eye, memory.standard, clock_hz, supply.trained_v - volts);
    supply.shift_ui = std::max(supply.shift_ui, shift);
    return dram::wrong_bit_rate(eye, shift);
  }};
  supply.droop = pdn::ride_through(rail, load, end_s, harm);
  return supply;
}

std::optional<double> ClockTraining::next(double share, double shift_ui) {
  const bool clean = shift_ui <= clean_ui_;
  (clean ? clean_ : too_fast_) = Tried{share, shift_ui};
  if (!too_fast_ || ++tries_ > kMostTries) return {};
  const double wanted_ui = kAim * clean_ui_;
  if (!clean_) {
    if (share <= kSlowest) return {};
    return std::max(kSlowest, share * wanted_ui / shift_ui);
  }
  if (clean && shift_ui > kGoodEnough * clean_ui_) return {};
  // By a power of the clock between the two.
  const double power = std::log(too_fast_->shift_ui / std::max(clean_->shift_ui, kNoShift_ui)) /
                       std::log(too_fast_->share / clean_->share);
  const double by_law =
      too_fast_->share * std::pow(wanted_ui / too_fast_->shift_ui, 1 / std::max(power, 1.0));
  const double least = clean_->share + kInside * (too_fast_->share - clean_->share),
               most = too_fast_->share - kInside * (too_fast_->share - clean_->share);
  return std::clamp(by_law, least, most);
}

}  // namespace kiln::run
