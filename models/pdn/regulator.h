// SPDX-License-Identifier: MIT
// Converters from the supply to the rails, and what they lose.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

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

  double loss_w(double output_w) const;
  double efficiency(double output_w) const;
};

struct DeliveryConfig {
  std::string supply = "400 V DC bus";
  std::vector<RegulatorConfig> regulators = {
      {"bus_converter", "", 48.0, 1.0, 0.4, 20e-3},
      {"intermediate", "bus_converter", 12.0, 0.3, 0.2, 8e-3},
      {"core", "intermediate", 0.8, 0.10, 0.03, 1.0e-3},
  };
};

struct DeliveryReport {
  double input_w = 0.0;                    // drawn from the supply
  double delivered_w = 0.0;                // to the rails
  std::map<std::string, double> output_w;  // per regulator
  std::map<std::string, double> loss_w;
  double efficiency() const { return input_w > 0.0 ? delivered_w / input_w : 0.0; }
};

/// A tree of converters; loads are on any of them by name.
class Delivery {
 public:
  /// Throws base::SimError naming a regulator that feeds itself or has no such source.
  explicit Delivery(const DeliveryConfig& config);
  /// Throws base::SimError naming a load on a regulator that does not exist.
  DeliveryReport deliver(const std::map<std::string, double>& load_w) const;

 private:
  DeliveryConfig config_;
  std::vector<std::size_t> leaves_first_;
};

const config::Record<RegulatorConfig>& describe(const RegulatorConfig*);
const config::Record<DeliveryConfig>& describe(const DeliveryConfig*);

}  // namespace kiln::pdn
