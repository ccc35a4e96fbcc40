// SPDX-License-Identifier: MIT
// A battery, or a capacitor: voltage over charge, internal resistance, and how long it lasts.
#pragma once

#include <vector>

#include "config/record.h"

namespace kiln::pdn {

struct VoltagePoint {
  double state_of_charge = 0.0;
  double open_circuit_v = 0.0;
};

/// Lithium-ion cell, 4.2 V full.
struct BatteryConfig {
  double capacity_c = 10800.0;  // 3000 mAh
  double internal_resistance_ohm = 0.08;
  double cutoff_v = 3.0;
  std::vector<VoltagePoint> curve = {{0.0, 3.0},  {0.05, 3.35}, {0.2, 3.6},
                                     {0.5, 3.75}, {0.8, 4.0},   {1.0, 4.2}};
};

class Battery {
 public:
  /// Throws base::SimError if the curve does not rise from charge 0 to 1.
  explicit Battery(const BatteryConfig& config, double state_of_charge = 1.0);

  double state_of_charge() const { return charge_c_ / config_.capacity_c; }
  double open_circuit_v() const;
  /// Terminal voltage while giving this power; throws base::SimError if it cannot.
  double terminal_v(double power_w) const;
  bool can_give(double power_w) const;
  double current_a(double power_w) const;

  /// Gives the power for dt, or until empty. Returns the heat lost inside, in J.
  double discharge(double power_w, double dt_s);
  /// Takes up to this power for dt: at most what the terminals take at the voltage of a full battery, so that
  /// the end of a charge is at constant voltage (CC-CV), and nothing when full. Returns the heat lost inside,
  /// in J.
  double charge(double power_w, double dt_s);
  bool empty(double power_w) const;
  /// What a discharge of no current would still give, in J.
  double stored_j() const;
  /// Since it was made: what went out of the terminals, what came in, what became heat inside, in J.
  /// Stored at the begin + taken = stored now + given + heat.
  struct Books {
    double given_j = 0, taken_j = 0, heat_j = 0;
  };
  const Books& books() const { return books_; }
  /// At this power from now on.
  double seconds_left(double power_w) const;

 private:
  /// Over a slice of time charge moves by a current that its middle sets: exact where voltage is linear in
  /// it.
  double open_circuit_v_at(double charge_c) const;
  double resistance_ohm() const { return config_.internal_resistance_ohm; }

  BatteryConfig config_;
  double charge_c_;
  Books books_;
};

const config::Record<VoltagePoint>& describe(const VoltagePoint*);
const config::Record<BatteryConfig>& describe(const BatteryConfig*);

}  // namespace kiln::pdn
