// SPDX-License-Identifier: MIT
#include "train/outcome.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace kiln::train {

namespace {

constexpr double kUnknown_c = -273;  // colder: nothing was observed

double sum_of(const Training& training, std::int32_t epochs, double DeviceEpoch::*value) {
  double sum = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(epochs) && i < training.device.size(); ++i)
    sum += training.device[i].*value;
  return sum;
}

}  // namespace

double energy_of(const Training& training, std::int32_t epochs) {
  return sum_of(training, epochs, &DeviceEpoch::energy_j);
}

double board_energy_of(const Training& training, std::int32_t epochs) {
  return sum_of(training, epochs, &DeviceEpoch::board_j);
}

double cooling_energy_of(const Training& training, std::int32_t epochs) {
  return sum_of(training, epochs, &DeviceEpoch::cooling_j);
}

double time_of(const Training& training, std::int32_t epochs) {
  return sum_of(training, epochs, &DeviceEpoch::time_s);
}

CopyCost recovery_of(const Training& training, const SeedRecord& seed, std::int32_t epochs) {
  double copies = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(epochs) && i < seed.epochs.size(); ++i)
    copies += static_cast<double>(seed.epochs[i].checkpoint_copies);
  return {copies * training.checkpoint.time_s, copies * training.checkpoint.energy_j};
}

std::optional<double> energy_per_good_sample(const Training& training, const SeedRecord& seed) {
  std::int64_t good = 0;
  for (const LearntEpoch& epoch : seed.epochs) good += epoch.good_samples;
  if (good == 0) return {};
  const auto epochs = static_cast<std::int32_t>(seed.epochs.size());
  return (energy_of(training, epochs) + recovery_of(training, seed, epochs).energy_j) /
         static_cast<double>(good);
}

std::optional<ToTarget> to_target(const Training& training, const SeedRecord& seed) {
  if (training.target <= 0) return {};
  ToTarget found;
  for (const LearntEpoch& epoch : seed.epochs) {
    found.epochs = epoch.epoch;
    found.steps += static_cast<double>(epoch.steps);
    if (!epoch.reaches(training.target)) continue;
    const CopyCost recovery = recovery_of(training, seed, epoch.epoch);
    found.energy_j = energy_of(training, epoch.epoch) + recovery.energy_j;
    found.time_s = time_of(training, epoch.epoch) + recovery.time_s;
    return found;
  }
  return {};
}

std::optional<double> steps_between(const SeedRecord& seed, double target) {
  double steps = 0;
  for (std::size_t i = 0; i < seed.epochs.size(); ++i) {
    const LearntEpoch& epoch = seed.epochs[i];
    const auto length = static_cast<double>(epoch.steps);
    if (epoch.reaches(target)) {
      if (i == 0) return {};
      const double before = seed.epochs[i - 1].test_accuracy;
      return steps + length * (target - before) / (epoch.test_accuracy - before);
    }
    steps += length;
  }
  return {};
}

std::optional<std::int32_t> SeedRecord::diverged_in() const {
  std::optional<std::int32_t> found;
  for (auto epoch = epochs.rbegin(); epoch != epochs.rend() && epoch->diverged(); ++epoch)
    found = epoch->epoch;
  return found;
}

std::int32_t longest(const Training& training) {
  std::int32_t epochs = 0;
  for (const SeedRecord* seed : told_seeds(training))
    epochs = std::max(epochs, static_cast<std::int32_t>(seed->epochs.size()));
  return epochs;
}

std::optional<double> skin_of(const Training& training, std::int32_t epochs) {
  double peak_c = kUnknown_c;
  for (std::size_t i = 0; i < static_cast<std::size_t>(epochs) && i < training.device.size(); ++i)
    peak_c = std::max(peak_c, training.device[i].skin_c);
  return peak_c > kUnknown_c ? std::optional(peak_c) : std::nullopt;
}

int diverged_seeds(const Training& training) {
  return static_cast<int>(std::count_if(training.seeds.begin(), training.seeds.end(),
                                        [](const SeedRecord& seed) { return seed.diverged_in(); }));
}

std::vector<const SeedRecord*> told_seeds(const Training& training) {
  std::vector<const SeedRecord*> all, good;
  for (const SeedRecord& seed : training.seeds) {
    all.push_back(&seed);
    if (!seed.diverged_in()) good.push_back(&seed);
  }
  return good.empty() ? all : good;
}

Spread spread_of(const std::vector<double>& values) {
  KILN_CHECK(!values.empty(), "a spread of nothing");
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()), *low,
          *high};
}

double mean_staleness(const Training& training) {
  double missed = 0, steps = 0;
  for (const SeedRecord& seed : training.seeds)
    for (const LearntEpoch& epoch : seed.epochs) {
      missed += epoch.missed_updates;
      steps += static_cast<double>(epoch.steps);
    }
  return steps > 0 ? missed / steps : 0;
}

double best_accuracy(const SeedRecord& seed) {
  double best = 0;
  for (const LearntEpoch& epoch : seed.epochs) best = std::max(best, epoch.test_accuracy);
  return best;
}

double last_accuracy(const SeedRecord& seed) {
  return seed.epochs.empty() ? 0 : seed.epochs.back().test_accuracy;
}

double last_test_loss(const SeedRecord& seed) {
  return seed.epochs.empty() ? 0 : seed.epochs.back().test_loss;
}

}  // namespace kiln::train
