// SPDX-License-Identifier: MIT
#include "governor/guard.h"

#include <algorithm>
#include <cmath>

namespace kiln::governor {

using config::Dimension;

const config::Record<GuardConfig>& describe(const GuardConfig*) {
  static const auto record =
      config::Record<GuardConfig>("guard", "Emergency shutdown and sensor-fault reaction")
          .field("shutdown", &GuardConfig::shutdown_c,
                 {.doc = "Silicon temperature that shuts down",
                  .unit = Dimension::temperature,
                  .min = 0,
                  .max = 200,
                  .source = "article on on-device training, section 6.2: 125 degC"})
          .field("hbm_shutdown", &GuardConfig::hbm_shutdown_c,
                 {.doc = "Memory temperature that shuts down",
                  .unit = Dimension::temperature,
                  .min = 0,
                  .max = 200,
                  .source = "JEDEC extended range ends at 105 degC; HBM trips at a vendor-set temperature"})
          .field("restart_below", &GuardConfig::restart_below_c,
                 {.doc = "Every sensor must read below this before a restart",
                  .unit = Dimension::temperature,
                  .min = -50,
                  .max = 150,
                  .source = "estimate: the usual passive trip point"})
          .field("confirm", &GuardConfig::confirm_s,
                 {.doc = "A limit must be exceeded this long",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 10,
                  .source = "estimate: rejects a single bad conversion"})
          .field("plausible_low", &GuardConfig::plausible_low_c,
                 {.doc = "Readings below are a fault",
                  .unit = Dimension::temperature,
                  .min = -273,
                  .max = 100,
                  .source = "estimate: below the storage range"})
          .field("plausible_high", &GuardConfig::plausible_high_c,
                 {.doc = "Readings above are a fault",
                  .unit = Dimension::temperature,
                  .min = 100,
                  .max = 400,
                  .source = "estimate: above any working die"})
          .field("plausible_rate", &GuardConfig::plausible_rate_k_per_s,
                 {.doc = "Faster changes are a fault, in K/s",
                  .min = 1,
                  .max = 1e9,
                  .source =
                      "estimate: 30 W into an insulated 1 cm2 x 0.5 mm die is 360 K/s; hot spots are faster"})
          .field("plausible_spread", &GuardConfig::plausible_spread_k,
                 {.doc = "A reading this far from the median of its neighbours is a fault",
                  .unit = Dimension::temperature_difference,
                  .min = 1,
                  .max = 500,
                  .source = "up to 15 degC across a die reported (JLPEA); four times that"})
          .field("fault_reaction", &GuardConfig::fault_reaction_s,
                 {.doc = "Faulty this long: slowest level",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 100,
                  .source = "estimate: IEC 60730 leaves the time to the application"})
          .field("fault_shutdown", &GuardConfig::fault_shutdown_s,
                 {.doc = "Faulty this long: shutdown",
                  .unit = Dimension::time,
                  .min = 0,
                  .max = 1e4,
                  .source = "estimate: longer than a sensor restart"})
          .check([](const GuardConfig& c, config::Checker& check) {
            if (c.restart_below_c >= std::min(c.shutdown_c, c.hbm_shutdown_c))
              check.fail("restart_below", "must lie below both shutdown temperatures");
            if (c.shutdown_c > c.plausible_high_c)
              check.fail("shutdown", "must not lie above plausible_high, where readings are not believed");
            if (c.fault_shutdown_s < c.fault_reaction_s)
              check.fail("fault_shutdown", "must not be shorter than fault_reaction");
          });
  return record;
}

void ThermalGuard::reset() {
  state_ = GuardState::normal;
  reason_ = {};
  over_limit_s_ = fault_s_ = 0;
  last_c_.clear();
}

bool ThermalGuard::believable(std::span<const double> sensor_c, double period_s) {
  bool good = true;
  std::vector<double> sorted;
  for (std::size_t i = 0; i < sensor_c.size(); ++i) {
    const double reading = sensor_c[i];
    if (std::isnan(reading) || reading < config_.plausible_low_c || reading > config_.plausible_high_c) {
      good = false;
      continue;
    }
    sorted.push_back(reading);
    if (last_c_.size() == sensor_c.size() && !std::isnan(last_c_[i]) && period_s > 0 &&
        std::abs(reading - last_c_[i]) > config_.plausible_rate_k_per_s * period_s)
      good = false;
  }
  last_c_.assign(sensor_c.begin(), sensor_c.end());
  if (sorted.size() < 3) return good;  // two sensors cannot outvote one another
  std::sort(sorted.begin(), sorted.end());
  const double median_c = sorted[sorted.size() / 2];
  return good && sorted.back() - median_c <= config_.plausible_spread_k &&
         median_c - sorted.front() <= config_.plausible_spread_k;
}

bool ThermalGuard::over_limit(const Observation& observation) const {
  for (const double reading : observation.sensor_c)  // an impossible one is a fault, not a temperature
    if (reading >= config_.shutdown_c && reading <= config_.plausible_high_c) return true;
  return observation.hbm_c >= config_.hbm_shutdown_c;
}

bool ThermalGuard::cool(const Observation& observation) const {
  const auto hottest_c = observation.hottest_c();
  return hottest_c && *hottest_c < config_.restart_below_c && !(observation.hbm_c >= config_.restart_below_c);
}

GuardState ThermalGuard::update(const Observation& observation) {
  const bool good = believable(observation.sensor_c, observation.period_s);
  const bool over = over_limit(observation);
  fault_s_ = good ? 0 : fault_s_ + observation.period_s;
  over_limit_s_ = over ? over_limit_s_ + observation.period_s : 0;
  constexpr double kSlack = 1 - 1e-9;  // sums of periods round
  if (over && over_limit_s_ >= config_.confirm_s * kSlack) {
    state_ = GuardState::shut_down;
    reason_ = "temperature limit";
  } else if (!good && fault_s_ >= config_.fault_shutdown_s * kSlack) {
    state_ = GuardState::shut_down;
    reason_ = "sensor fault";
  } else if (state_ == GuardState::shut_down) {
    if (good && cool(observation)) state_ = GuardState::normal, reason_ = {};
  } else if (!good && fault_s_ >= config_.fault_reaction_s * kSlack) {
    state_ = GuardState::safe_state;
    reason_ = "sensor fault";
  } else if (good) {
    state_ = GuardState::normal;
    reason_ = {};
  }
  return state_;
}

std::vector<double> ThermalGuard::state() const {
  std::vector<double> values = {static_cast<double>(state_), over_limit_s_, fault_s_};
  values.insert(values.end(), last_c_.begin(), last_c_.end());
  return values;
}

}  // namespace kiln::governor
