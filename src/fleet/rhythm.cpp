// SPDX-License-Identifier: MIT
#include "fleet/rhythm.h"

#include "fleet/asynchronous.h"
#include "fleet/rounds.h"

namespace kiln::fleet {

void History::note_staleness(int device, std::uint64_t updates_missed) {
  const auto at = static_cast<std::size_t>(device);
  if (staleness_by_device.size() <= at) staleness_by_device.resize(at + 1);
  for (auto* counts : {&staleness, &staleness_by_device[at]}) {
    if (counts->size() <= updates_missed) counts->resize(updates_missed + 1);
    ++(*counts)[updates_missed];
  }
}

double History::mean_staleness() const {
  double sum = 0, count = 0;
  for (std::size_t s = 0; s < staleness.size(); ++s) {
    sum += static_cast<double>(s) * static_cast<double>(staleness[s]);
    count += static_cast<double>(staleness[s]);
  }
  return count > 0 ? sum / count : 0;
}

std::unique_ptr<Rhythm> make_rhythm(const FleetConfig& config, std::span<const Parcels> buckets,
                                    Stage& stage) {
  if (config.exchange.barrier == Barrier::asynchronous)
    return std::make_unique<Asynchronous>(config, buckets.front(), stage);
  return std::make_unique<Rounds>(config, buckets, stage);
}

}  // namespace kiln::fleet
