// SPDX-License-Identifier: MIT
#include "noc/traffic.h"

namespace kiln::noc {

std::span<const config::EnumName<TrafficClass>> enum_names(const TrafficClass*) {
  static constexpr std::array<config::EnumName<TrafficClass>, kTrafficClasses> names{
      {{TrafficClass::control, "control"},
       {TrafficClass::gradient, "gradient"},
       {TrafficClass::weight, "weight"},
       {TrafficClass::activation, "activation"}}};
  return names;
}

std::string_view class_name(TrafficClass cls) {
  return enum_names(static_cast<const TrafficClass*>(nullptr))[static_cast<std::size_t>(cls)].name;
}

RouterActivity& RouterActivity::operator+=(const RouterActivity& other) {
  buffer_writes += other.buffer_writes;
  buffer_reads += other.buffer_reads;
  crossbar += other.crossbar;
  arbitrations += other.arbitrations;
  injected += other.injected;
  ejected += other.ejected;
  for (int port = 0; port < kDirections; ++port) link_flits[port] += other.link_flits[port];
  wire_flits += other.wire_flits;
  return *this;
}

}  // namespace kiln::noc
