// SPDX-License-Identifier: MIT
#include "stats/activity.h"

#include "base/error.h"

namespace kiln::stats {

namespace {

constexpr std::array<Activity, kActivityKinds> kActivities = {{
#define KILN_ROW(name, unit, component, rail, source, meaning) \
  {ActivityKind::name, #name, unit, Component::component, Rail::rail, EnergySource::source, meaning},
    KILN_ACTIVITY_KINDS(KILN_ROW)
#undef KILN_ROW
}};

}  // namespace

void add(Counts& sum, const Counts& more) {
  for (std::size_t k = 0; k < kActivityKinds; ++k) sum[k] += more[k];
}

const std::array<Activity, kActivityKinds>& activities() {
  return kActivities;
}

const Activity& about(ActivityKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  KILN_CHECK(index < kActivityKinds, "activity kind {}", index);
  return kActivities[index];
}

const char* name(Component component) {
  switch (component) {
    case Component::array_clock:
      return "array_clock";
    case Component::codec:
      return "codec";
    case Component::dma:
      return "dma";
    case Component::dram:
      return "dram";
    case Component::dram_io:
      return "dram_io";
    case Component::gradient_sram:
      return "gradient_sram";
    case Component::host:
      return "host";
    case Component::io:
      return "io";
    case Component::local_sram:
      return "local_sram";
    case Component::mac_array:
      return "mac_array";
    case Component::noc:
      return "noc";
    case Component::vector_unit:
      return "vector_unit";
    case Component::count_:
      break;
  }
  KILN_CHECK(false, "component {}", static_cast<int>(component));
}

std::int64_t macs(const Counts& counts) {
  std::int64_t sum = 0;
  for (const Activity& activity : kActivities)
    if (activity.component == Component::mac_array) sum += counts[static_cast<std::size_t>(activity.kind)];
  return sum;
}

}  // namespace kiln::stats
