// SPDX-License-Identifier: MIT
// The arithmetic of Linux' intelligent power allocation: a PID controller from temperature to a power budget,
// in milliwatts and millidegrees with ten fractional bits, and the division of that budget among consumers.
#pragma once

#include <cstdint>
#include <vector>

namespace kiln::governor {

/// Gains in (mW / m degC) x 2^10.
struct IpaGains {
  std::int64_t k_po = 0;  ///< proportional, over the control temperature
  std::int64_t k_pu = 0;  ///< proportional, under it
  std::int64_t k_i = 0;
  std::int64_t k_d = 0;
};

/// k_po = S / (Tc - Ton), k_pu = 2 S / (Tc - Ton), k_i = k_pu / 10 (at least one count), k_d = 0.
IpaGains estimate_gains(std::int64_t sustainable_mw, std::int64_t switch_on_mc, std::int64_t control_mc);

struct IpaZone {
  std::int64_t sustainable_mw = 0;
  std::int64_t control_mc = 0;
  std::int64_t maximum_mw = 0;
  std::int64_t integral_cutoff_mc = 0;
  std::int64_t period_ms = 100;
  IpaGains gains{};
};

class IpaController {
 public:
  explicit IpaController(const IpaZone& zone) : zone_(zone) {}
  /// Budget for the next period: S + k_p e + k_i sum(e) + k_d de, within 0 and the maximum.
  std::int64_t budget_mw(std::int64_t temperature_mc);
  void reset() { integral_ = previous_error_ = 0; }
  std::int64_t integral() const { return integral_; }
  std::int64_t previous_error() const { return previous_error_; }

 private:
  IpaZone zone_;
  std::int64_t integral_ = 0;        ///< sum of errors, fixed point
  std::int64_t previous_error_ = 0;  ///< fixed point
};

struct IpaActor {
  std::int64_t request_mw = 0;  ///< as weighted
  std::int64_t maximum_mw = 0;
};

/// Shares in proportion to request; what exceeds an actor's maximum goes to the others by their headroom.
std::vector<std::int64_t> divide_budget(const std::vector<IpaActor>& actors, std::int64_t budget_mw);

}  // namespace kiln::governor
