// SPDX-License-Identifier: MIT
#include "device/timeline.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace kiln::device {

using thermal::EventConfig;

Timeline::Timeline(std::vector<EventConfig> events, thermal::PackageConfig package, double ambient_c)
    : events_(std::move(events)), package_(std::move(package)), ambient_c_(ambient_c) {
  std::stable_sort(events_.begin(), events_.end(),
                   [](const EventConfig& a, const EventConfig& b) { return a.at_s < b.at_s; });
  restart();
  start_package_ = this->package();
  start_ambient_c_ = this->ambient_c(0);
}

bool Timeline::restart() {
  const bool back = std::exchange(changed_, false);
  surroundings_ = {};
  ramp_ = {ambient_c_, ambient_c_, 0, 0};
  next_ = 0;
  met_.clear();
  pass(0);
  changed_ = false;  // what is so at 0 is the start
  return back;
}

double Timeline::Ramp::at_c(double time_s) const {
  if (time_s >= end_s) return to_c;
  return from_c + (to_c - from_c) * (time_s - begin_s) / (end_s - begin_s);
}

double Timeline::ambient_c(double time_s) const {
  return ramp_.at_c(time_s);
}

double Timeline::next_s(double time_s) const {
  const double event_s =
      next_ < events_.size() ? events_[next_].at_s : std::numeric_limits<double>::infinity();
  return ramp_.end_s > time_s ? std::min(event_s, ramp_.end_s) : event_s;
}

bool Timeline::pass(double time_s) {
  bool another = false;
  for (; next_ < events_.size() && events_[next_].at_s <= time_s; ++next_) another |= happen(events_[next_]);
  changed_ |= another;
  return another;
}

bool Timeline::happen(const EventConfig& event) {
  met_.push_back({event.at_s, event.text(), event.stops_cooling()});
  if (event.ambient) {
    ramp_ = {ramp_.at_c(event.at_s), event.ambient->to_c, event.at_s, event.at_s + event.ambient->over_s};
    return false;
  }
  surroundings_.happen(event);
  return true;
}

std::vector<thermal::PackageConfig> Timeline::later_packages() const {
  Timeline ahead = *this;
  std::vector<thermal::PackageConfig> packages;
  while (ahead.next_ < ahead.events_.size())
    if (ahead.pass(ahead.events_[ahead.next_].at_s)) packages.push_back(ahead.package());
  return packages;
}

}  // namespace kiln::device
