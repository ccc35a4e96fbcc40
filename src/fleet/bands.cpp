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

/// The room of the device with the hottest block.
double hottest_ambient_c(const Result& result) {
  return std::max_element(
             result.devices.begin(), result.devices.end(),
             [](const DeviceRow& a, const DeviceRow& b) { return a.books.peak_c < b.books.peak_c; })
      ->ambient_c;
}

/// By how much each number of `same`, rounds of the devices as they are, moves with other chips.
void widen(const FleetConfig& config, Devices& devices, const std::vector<soc::SocConfig>& chips,
           const FleetOptions& options, const Result& same, Result& result) {
  Devices moved(devices, chips);
  for (const Number& number : run_over(config, config.link, moved, options).numbers) {
    const double value = result.number(number.key), before = same.number(number.key);
    const double from = number.unit == "degC" ? hottest_ambient_c(result) : 0;
    if (before == from || number.value == before) continue;
    report::widen(result.bands, number.key, value,
                  from + (value - from) * (number.value - from) / (before - from));
  }
}

}  // namespace

std::int64_t rounds_again(std::int64_t rounds, std::uint64_t events) {
  constexpr std::int64_t kLeast = 100;
  constexpr double kEvents = 3e6;  // of the three simulations more some seconds
  const double share = kEvents / static_cast<double>(std::max<std::uint64_t>(1, events));
  if (share >= 1) return rounds;
  return std::clamp(static_cast<std::int64_t>(share * static_cast<double>(rounds)), std::min(kLeast, rounds),
                    rounds);
}

void add_bands(const FleetConfig& config, Devices& devices, const FleetOptions& options, Result& result,
               std::int64_t most_rounds) {
  std::vector<soc::SocConfig> low, high;
  for (std::size_t kind = 0; kind < devices.kinds(); ++kind) {
    report::Corners corners = corners_of_kind(devices, kind, result);
    low.push_back(std::move(corners.low));
    high.push_back(std::move(corners.high));
  }
  FleetConfig shorter = config;
  shorter.rounds = std::min(config.rounds, most_rounds);
  result.band_rounds = shorter.rounds;
  const Result same =
      shorter.rounds < config.rounds ? run_over(shorter, config.link, devices, options) : result;
  widen(shorter, devices, low, options, same, result);
  widen(shorter, devices, high, options, same, result);
  std::erase_if(result.bands, [](const auto& entry) { return entry.second.low == entry.second.high; });
}

}  // namespace kiln::fleet
