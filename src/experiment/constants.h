// SPDX-License-Identifier: MIT
// The constants of a chip that are written with a band, and the chip with some of them elsewhere in theirs.
#pragma once

#include <string>
#include <vector>

#include "experiment/experiment.h"

namespace kiln::experiment {

/// Constants of a group move together: they are known, or not, by the same evidence.
struct Constant {
  std::string path;   ///< below `soc`: "tech.logic.multiply.int8"
  std::string group;  ///< "arithmetic"
  double value = 0, low = 0, high = 0;

  /// Whether it moves the time of a step, which has to be simulated again; else counts remain as they are.
  bool moves_time() const { return moves_launches() || moves_rates(); }
  bool moves_launches() const;  ///< of the host
  bool moves_rates() const;     ///< of the array: the step has to be lowered again as well
};

/// Those that act on joules, watts, areas, the host's time and the array's rates; constants at 0 and bands
/// without width are passed over.
std::vector<Constant> banded_constants(const ExperimentConfig& experiment);

/// A constant moved to `target` within its band.
struct Shift {
  const Constant* constant = nullptr;
  double target = 0;
};

/// A chip as written out, to be read with some constants elsewhere, again and again.
class ShiftableChip {
 public:
  /// `chip` must outlive it.
  explicit ShiftableChip(const soc::SocConfig& chip);

  /// Throws base::ConfigError where a rule across keys forbids it.
  soc::SocConfig with(const std::vector<Shift>& shifts) const;

 private:
  const soc::SocConfig& chip_;
  config::Node tech_, dram_, uncore_, board_, area_, packing_, delivery_;
};

}  // namespace kiln::experiment
