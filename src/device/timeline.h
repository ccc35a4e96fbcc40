// SPDX-License-Identifier: MIT
// What is around the device at a time: the events of an experiment in their order.
#pragma once

#include <string>
#include <vector>

#include "thermal/surroundings.h"

namespace kiln::device {

/// An event that has come to pass.
struct MetEvent {
  double time_s = 0;
  std::string text;
  bool cooling_stopped = false;
};

class Timeline {
 public:
  /// What is to happen at 0 s is so from the start, as if the package and the room had been configured so.
  Timeline(std::vector<thermal::EventConfig> events, thermal::PackageConfig package, double ambient_c);

  const thermal::PackageConfig& start_package() const { return start_package_; }
  double start_ambient_c() const { return start_ambient_c_; }

  /// Back to the start; true if the package has to be changed back.
  bool restart();
  /// When the next thing after `time_s` changes: an event, or the end of a ramp; infinity: never again.
  double next_s(double time_s) const;
  /// Lets happen what is due; true if the package is another one.
  bool pass(double time_s);
  thermal::PackageConfig package() const { return surroundings_.around(package_); }
  double ambient_c(double time_s) const;
  const std::vector<MetEvent>& met() const { return met_; }
  /// Each package that follows the first, in order.
  std::vector<thermal::PackageConfig> later_packages() const;

 private:
  /// The room's temperature goes from one to another.
  struct Ramp {
    double from_c = 0, to_c = 0, begin_s = 0, end_s = 0;
    double at_c(double time_s) const;
  };
  bool happen(const thermal::EventConfig& event);

  std::vector<thermal::EventConfig> events_;  ///< by time
  thermal::PackageConfig package_;            ///< as configured
  double ambient_c_;                          ///< as configured
  thermal::Surroundings surroundings_;
  Ramp ramp_;
  std::size_t next_ = 0;
  bool changed_ = false;  ///< the package, since the start
  std::vector<MetEvent> met_;
  thermal::PackageConfig start_package_;
  double start_ambient_c_;
};

}  // namespace kiln::device
