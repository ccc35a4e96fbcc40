// SPDX-License-Identifier: MIT
#include "fleet/bands.h"

#include <algorithm>

#include "fleet/corners.h"

namespace kiln::fleet {

namespace {

/// Of the first device of a kind.
report::Corners corners_of_kind(const Devices& devices, std::size_t kind, const Result& result) {
  const auto row = std::find_if(result.devices.begin(), result.devices.end(),
                                [&](const DeviceRow& device) { return device.kind == kind; });
  return corners_of(devices.kind(kind), devices.device(row->device), row->books, row->books.steps);
}

constexpr std::int64_t kRoundsAgain =
    100;  // that are simulated again: enough to be warm, few enough to cost little

/// By how much each number of `same`, rounds of the devices as they are, moves with other chips.
void widen(const FleetConfig& config, Devices& devices, const std::vector<soc::SocConfig>& chips,
           const FleetOptions& options, const Result& same, Result& result) {
  Devices moved(devices, chips);
  for (const Number& number : run_over(config, config.link, moved, options).numbers) {
    const double value = result.number(number.key), before = same.number(number.key);
    if (before == 0 || number.value == before) continue;
    report::widen(result.bands, number.key, value, value * number.value / before);
  }
}

}  // namespace

void add_bands(const FleetConfig& config, Devices& devices, const FleetOptions& options, Result& result) {
  std::vector<soc::SocConfig> low, high;
  for (std::size_t kind = 0; kind < devices.kinds(); ++kind) {
    report::Corners corners = corners_of_kind(devices, kind, result);
    low.push_back(std::move(corners.low));
    high.push_back(std::move(corners.high));
  }
  FleetConfig shorter = config;
  shorter.rounds = std::min(config.rounds, kRoundsAgain);
  const Result same =
      shorter.rounds < config.rounds ? run_over(shorter, config.link, devices, options) : result;
  widen(shorter, devices, low, options, same, result);
  widen(shorter, devices, high, options, same, result);
  std::erase_if(result.bands, [](const auto& entry) { return entry.second.low == entry.second.high; });
}

}  // namespace kiln::fleet
