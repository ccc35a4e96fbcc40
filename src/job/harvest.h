// SPDX-License-Identifier: MIT
// What a harvester gives over the hours: a trace, straight lines between its points.
#pragma once

#include <vector>

#include "job/job_config.h"

namespace kiln::job {

class Harvest {
 public:
  /// Reads the trace: columns time_s and power_w, or time_s and irradiance_w_m2 for a cell of some area.
  /// Throws ConfigError with the line.
  explicit Harvest(const HarvestConfig& config);

  /// At a moment, in W. Nothing before the first and behind the last point.
  double power_w(double now_s) const;
  /// Whether there may be any from now on.
  bool goes_on(double now_s) const { return repeat_s_ || now_s < points_.back().time_s; }

 private:
  struct Point {
    double time_s, power_w;
  };
  std::vector<Point> points_;
  std::optional<double> repeat_s_;
};

}  // namespace kiln::job
