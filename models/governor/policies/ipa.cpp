// SPDX-License-Identifier: MIT
#include "governor/policies/ipa.h"

#include <algorithm>
#include <cstdlib>

namespace kiln::governor {

namespace {

constexpr int kFractionBits = 10;

std::int64_t to_fixed(std::int64_t value) {
  return value * (std::int64_t{1} << kFractionBits);
}
/// Right shifts of negative numbers round down in C++20, as the reference arithmetic does.
std::int64_t to_whole(std::int64_t value) {
  return value >> kFractionBits;
}
std::int64_t multiply(std::int64_t a, std::int64_t b) {
  return (a * b) >> kFractionBits;
}

std::int64_t divide_rounded(std::int64_t value, std::int64_t divisor) {
  return (value + divisor / 2) / divisor;
}

}  // namespace

IpaGains estimate_gains(std::int64_t sustainable_mw, std::int64_t switch_on_mc, std::int64_t control_mc) {
  const std::int64_t span_mc = std::max<std::int64_t>(control_mc - switch_on_mc, 1);
  IpaGains gains;
  gains.k_po = to_fixed(sustainable_mw) / span_mc;
  gains.k_pu = to_fixed(2 * sustainable_mw) / span_mc;
  gains.k_i = std::max<std::int64_t>(gains.k_pu / 10, 1);
  return gains;
}

std::int64_t IpaController::budget_mw(std::int64_t temperature_mc) {
  const std::int64_t error = to_fixed(zone_.control_mc - temperature_mc);
  const std::int64_t proportional = multiply(error < 0 ? zone_.gains.k_po : zone_.gains.k_pu, error);

  // The sum only grows while the error is under the cut-off and its term stays within the maximum.
  std::int64_t integral_term = multiply(zone_.gains.k_i, integral_);
  if (error < to_fixed(zone_.integral_cutoff_mc)) {
    const std::int64_t next = integral_term + multiply(zone_.gains.k_i, error);
    if (std::abs(next) < to_fixed(zone_.maximum_mw)) {
      integral_term = next;
      integral_ += error;
    }
  }

  const std::int64_t slope = multiply(zone_.gains.k_d, error - previous_error_);
  const std::int64_t derivative = to_fixed(slope) / to_fixed(std::max<std::int64_t>(zone_.period_ms, 1));
  previous_error_ = error;

  const std::int64_t total = zone_.sustainable_mw + to_whole(proportional + integral_term + derivative);
  return std::clamp<std::int64_t>(total, 0, zone_.maximum_mw);
}

std::vector<std::int64_t> divide_budget(const std::vector<IpaActor>& actors, std::int64_t budget_mw) {
  std::int64_t requested = 0;
  for (const IpaActor& actor : actors) requested += actor.request_mw;
  requested = std::max<std::int64_t>(requested, 1);

  std::vector<std::int64_t> granted;
  std::int64_t surplus = 0, headroom = 0;
  for (const IpaActor& actor : actors) {
    const std::int64_t share = divide_rounded(actor.request_mw * budget_mw, requested);
    granted.push_back(std::min(share, actor.maximum_mw));
    surplus += share - granted.back();
    headroom += actor.maximum_mw - granted.back();
  }
  if (surplus == 0 || headroom == 0) return granted;
  surplus = std::min(surplus, headroom);
  for (std::size_t i = 0; i < actors.size(); ++i)
    granted[i] += divide_rounded((actors[i].maximum_mw - granted[i]) * surplus, headroom);
  return granted;
}

}  // namespace kiln::governor
