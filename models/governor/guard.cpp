// SPDX-License-Identifier: MIT
#include "governor/guard.h"

#include <algorithm>
#include <cmath>

namespace kiln::governor {

void ThermalGuard::reset() {
  state_ = GuardState::normal;
  reason_ = {};
  over_limit_s_ = fault_s_ = 0;
  last_c_.clear();
}

bool ThermalGuard::believable(std::span<const double> sensor_c, double period_s) {
  bool good = true;
  sorted_c_.clear();
  for (std::size_t i = 0; i < sensor_c.size(); ++i) {
    const double reading = sensor_c[i];
    if (std::isnan(reading) || reading < config_.plausible_low_c || reading > config_.plausible_high_c) {
      good = false;
      continue;
    }
    sorted_c_.push_back(reading);
    if (last_c_.size() == sensor_c.size() && !std::isnan(last_c_[i]) && period_s > 0 &&
        std::abs(reading - last_c_[i]) > config_.plausible_rate_k_per_s * period_s)
      good = false;
  }
  last_c_.assign(sensor_c.begin(), sensor_c.end());
  if (sorted_c_.size() < 3) return good;  // two sensors cannot outvote one another
  const auto [lowest, highest] = std::minmax_element(sorted_c_.begin(), sorted_c_.end());
  if (*highest - *lowest <= config_.plausible_spread_k) return good;  // wherever the median is
  std::sort(sorted_c_.begin(), sorted_c_.end());
  const double median_c = sorted_c_[sorted_c_.size() / 2];
  return good && sorted_c_.back() - median_c <= config_.plausible_spread_k &&
         median_c - sorted_c_.front() <= config_.plausible_spread_k;
}

bool ThermalGuard::over_limit(const Observation& observation) const {
  for (const double reading : observation.sensor_c)  // an impossible one is a fault, not a temperature
    if (reading >= config_.shutdown_c - config_.margin_k && reading <= config_.plausible_high_c) return true;
  return observation.hbm_c >= config_.hbm_shutdown_c - config_.margin_k;
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
