// SPDX-License-Identifier: MIT
// A converter of power, and what it loses.
#pragma once

#include <string>

#include "config/record.h"

namespace kiln::pdn {

/// Loss = idle + drop * I + resistance * I^2 at output current I: gate drive, dead-time or diode drop,
/// conduction (Erickson & Maksimovic 2020, ch. 3). Efficiency is low at light load, peaks, and falls again.
struct RegulatorConfig {
  std::string name;
  std::string from;  // the regulator that feeds it; empty: the supply
  double output_v = 0.8;
  double idle_w = 0.05;
  double drop_v = 0.03;
  double resistance_ohm = 2e-3;
  bool on_board = true;

  /// At this output voltage, W.
  double loss_w(double output_w, double output_v) const;
  /// At its own.
  double efficiency(double output_w) const;
};

const config::Record<RegulatorConfig>& describe(const RegulatorConfig*);

}  // namespace kiln::pdn
