// SPDX-License-Identifier: MIT
// The tree of converters between a supply and the rails of a chip.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pdn/regulator.h"

namespace kiln::pdn {

/// Converters, and which of them each load hangs on.
struct DeliveryConfig {
  std::string supply = "400 V DC bus";
  std::vector<RegulatorConfig> regulators = {
      {"bus_converter", "", 48.0, 1.0, 0.4, 20e-3, false},
      {"intermediate", "bus_converter", 12.0, 0.3, 0.2, 8e-3, false},
      {"core", "intermediate", 0.8, 0.10, 0.03, 1.0e-3, true},
      {"memory", "intermediate", 1.2, 0.05, 0.05, 2.0e-3, true},
      {"io", "intermediate", 1.8, 0.03, 0.08, 5.0e-3, true},
  };
  std::string core = "core", memory = "memory", other = "io", board = "intermediate";
};

/// What draws power, in W.
struct RailLoads {
  double core_w = 0, memory_w = 0;
  double other_w = 0;  ///< of the chip
  double board_w = 0;
};

/// What a converter does, in W.
struct StageUse {
  double output_w = 0, loss_w = 0;
};

class Delivery {
 public:
  /// Throws base::SimError naming a converter that feeds itself, one without source, or a load on none.
  explicit Delivery(const DeliveryConfig& config);

  const DeliveryConfig& config() const { return config_; }
  /// By converter, in the order of the configuration. The core's delivers `core_v`.
  std::vector<StageUse> deliver(const RailLoads& loads, double core_v) const;
  /// What the supply gives to the converters that hang on it.
  double input_w(const std::vector<StageUse>& stages) const;

 private:
  DeliveryConfig config_;
  std::vector<std::optional<std::size_t>> source_;  ///< by converter; none: the supply
  std::vector<std::size_t> leaves_first_;
  std::size_t core_, memory_, other_, board_;
};

const config::Record<DeliveryConfig>& describe(const DeliveryConfig*);

}  // namespace kiln::pdn
