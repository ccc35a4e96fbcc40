// SPDX-License-Identifier: MIT
#include "job/supply.h"

#include <algorithm>
#include <cmath>

namespace kiln::job {

namespace {

/// Time on the clock of the window's latest begin; before the first one the time itself.
double since_first(const ChargeWindow& window, double now_s) {
  if (!window.repeat_s || now_s < window.begin_s) return now_s;
  return window.begin_s + std::fmod(now_s - window.begin_s, *window.repeat_s);
}

double next_of(const ChargeWindow& window, double now_s) {
  const double here_s = since_first(window, now_s), turn_s = now_s - here_s;
  for (const double change_s : {window.begin_s, window.end_s})
    if (change_s > here_s) return turn_s + change_s;
  return window.repeat_s ? turn_s + window.begin_s + *window.repeat_s : kNever_s;
}

}  // namespace

Supply::Supply(const SupplyConfig& config) : config_(config) {
  if (config.harvest) harvest_.emplace(*config.harvest);
}

double Supply::charger_w(double now_s) const {
  double power_w = 0;
  for (const ChargeWindow& window : config_.charge) {
    const double here_s = since_first(window, now_s);
    if (here_s >= window.begin_s && here_s < window.end_s) power_w += window.power_w;
  }
  return power_w;
}

double Supply::next_change_s(double now_s) const {
  double next_s = kNever_s;
  for (const ChargeWindow& window : config_.charge) next_s = std::min(next_s, next_of(window, now_s));
  return next_s;
}

bool Supply::may_train(double now_s, double charge) {
  below_reserve_ = charge < config_.reserve + (below_reserve_ ? config_.hysteresis : 0);
  if (below_reserve_) return false;
  return config_.train == TrainWhen::always || charger_w(now_s) > 0;
}

bool Supply::recovers(double now_s) const {
  return charger_w(now_s) > 0 || next_change_s(now_s) < kNever_s || (harvest_ && harvest_->goes_on(now_s));
}

}  // namespace kiln::job
