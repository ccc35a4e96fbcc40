// SPDX-License-Identifier: MIT
#include "run/guard_band.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "device/chip_power.h"
#include "experiment/prepare.h"
#include "run/supply_response.h"

namespace kiln::run {

namespace {

constexpr double kAfterLastStart_s = 1e-6;  // droops of die and package are over
constexpr int kMostRounds = 20;
constexpr double kSettled = 1e-6;   // of the voltage
constexpr double kMostShare = 0.9;  // no rail is run with less left

using OperatingPoints = std::vector<governor::OperatingPoint>;

/// Voltages that timing needs.
OperatingPoints needed(const soc::SocConfig& soc) {
  OperatingPoints points = device::opp_table(soc);
  for (governor::OperatingPoint& point : points) point.voltage_v *= 1 - soc.rail->noise_limit;
  return points;
}

/// The band that covers the droop at the voltage that it leads to, and the reserve. `droop_share` is asked
/// at a voltage.
double covering(const soc::SocConfig& soc, double needed_v,
                const std::function<double(double)>& droop_share) {
  double share = soc.rail->noise_limit;
  for (int round = 0; round < kMostRounds; ++round) {
    const double before = share;
    share = std::min(droop_share(needed_v / (1 - share)) + soc.guard_band->share, kMostShare);
    if (std::abs(share - before) < kSettled) break;
  }
  return share;
}

/// Moves the chip to the voltages that leave this share of them for droops.
void set_band(soc::SocConfig& soc, OperatingPoints points, double share) {
  const double needed_v = points.back().voltage_v;
  for (governor::OperatingPoint& point : points) {
    point.voltage_v = std::max(point.voltage_v / (1 - share), soc.tech.minimum_voltage_v);
    if (point.voltage_v > soc.tech.maximum_voltage_v)
      throw base::ConfigError(
          {}, "soc.guard_band",
          fmt::format("a band of {:.1f} % asks for {:.3f} V at {:.0f} MHz, the node allows "
                      "{:.3f} V; more decoupling in soc.rail, staggered starts "
                      "(soc.start_stagger), or a lower clock",
                      100 * share, point.voltage_v, point.frequency_hz * 1e-6, soc.tech.maximum_voltage_v));
  }
  soc.rail->noise_limit = 1 - needed_v / points.back().voltage_v;
  soc.operating_points.points = std::move(points);
}

/// Of the heaviest tasks of all tiles together.
double worst_share(const experiment::ExperimentConfig& experiment, const governor::OperatingPoint& at,
                   const base::Watch& watch) {
  const soc::SocConfig& soc = experiment.soc;
  const experiment::Prepared prepared = experiment::prepare(experiment, watch);
  const device::ChipPower power =
      base::if_it_fits({}, "soc.tech", [&] { return device::ChipPower(soc, prepared.plan); });
  return covering(soc, at.voltage_v, [&](double voltage_v) {
    const sim::OperatingPoint point{.frequency_hz = at.frequency_hz,
                                    .voltage_v = voltage_v,
                                    .noc_frequency_hz = at.frequency_hz * soc.noc_clock_ratio};
    const std::vector<pdn::LoadChange> load = heaviest_load(soc, prepared.step, power, point);
    return rail_response(soc, load, load.back().time_s + kAfterLastStart_s, voltage_v).noise_share(voltage_v);
  });
}

}  // namespace

experiment::ExperimentConfig with_guard_band(const experiment::ExperimentConfig& experiment,
                                             const base::Watch& watch) {
  experiment::ExperimentConfig banded = experiment;
  const auto& band = experiment.soc.guard_band;
  if (!band) return banded;
  OperatingPoints points = needed(experiment.soc);
  if (band->kind == pdn::GuardBandKind::adaptive) {
    set_band(banded.soc, std::move(points), band->share);  // the least that a droop can leave of it must fit
    return experiment;
  }
  const double share =
      band->kind == pdn::GuardBandKind::fixed ? band->share : worst_share(experiment, points.back(), watch);
  set_band(banded.soc, std::move(points), share);
  return banded;
}

bool adapt_guard_band(experiment::ExperimentConfig& experiment, StepStore& steps,
                      const device::Device& device) {
  soc::SocConfig& soc = experiment.soc;
  if (!soc.guard_band || soc.guard_band->kind != pdn::GuardBandKind::adaptive) return false;
  OperatingPoints points = needed(soc);
  sim::OperatingPoint point = device.top_point();
  const double share = covering(soc, points.back().voltage_v, [&](double voltage_v) {
    point.voltage_v = voltage_v;
    return steps.supply_at(point).noise_share(voltage_v);
  });
  set_band(soc, std::move(points), share);
  steps.set_voltages(soc.operating_points.points);
  return true;
}

}  // namespace kiln::run
