// SPDX-License-Identifier: MIT
#include "train/results.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"

namespace kiln::train {

namespace {

using Number = std::optional<double>;
using OfSeeds = std::optional<Spread>;

std::int32_t epochs_of(const Training& training) {
  return longest(training);
}

double hottest_c(const Training& training) {
  double hottest = -273.15;
  for (const DeviceEpoch& epoch : training.device) hottest = std::max(hottest, epoch.hottest_c);
  return hottest;
}

OfSeeds if_classes(const Training& training, double (*of)(const SeedRecord&)) {
  return training.has_classes ? OfSeeds(over_seeds(training, of)) : std::nullopt;
}

/// Of the seeds that are told; nothing if one of them did not reach the target, or none was asked for.
template <class Value>
OfSeeds to_accuracy(const Training& training, Value ToTarget::*value) {
  if (training.target <= 0) return {};
  const std::vector<ToTarget> reached = all_reached(training);
  if (reached.size() != told_seeds(training).size()) return {};
  return spread_over(reached, value);
}

Number if_any(double share) {
  return share > 0 ? Number(share) : std::nullopt;
}

OfSeeds energy_of_good_samples(const Training& training) {
  if (!training.has_faults) return {};
  const std::vector<double> joules = good_sample_energies(training);
  return joules.size() == told_seeds(training).size() ? OfSeeds(spread_of(joules)) : std::nullopt;
}

Number reached_share(const Training& training) {
  if (training.target <= 0) return {};
  return static_cast<double>(all_reached(training).size()) / static_cast<double>(training.seeds.size());
}

using T = const Training&;

constexpr Result kResults[] = {
    {"accuracy", "1", "Test accuracy behind the last epoch; of networks that tell classes", nullptr,
     [](T t) { return if_classes(t, last_accuracy); }},
    {"best_accuracy", "1", "The best test accuracy behind an epoch", nullptr,
     [](T t) { return if_classes(t, best_accuracy); }},
    {"test_loss", "1", "Loss on the test samples behind the last epoch, a mean over outputs", nullptr,
     [](T t) { return OfSeeds(over_seeds(t, last_test_loss)); }},
    {"epochs", "1", "Epochs of the seed that learnt longest", [](T t) { return Number(epochs_of(t)); }},
    {"seeds", "1", "Trainings, each from a seed of its own",
     [](T t) { return Number(static_cast<double>(t.seeds.size())); }},
    {"diverged_seeds", "1", "Seeds whose loss became no number; other results are those of the other seeds",
     [](T t) { return Number(diverged_seeds(t)); }},
    {"workers", "1", "Tiles that each learn from a part of a batch", [](T t) { return Number(t.workers); }},
    {"training_time_s", "s", "Device time of all epochs",
     [](T t) { return Number(time_of(t, epochs_of(t))); }},
    {"training_energy_j", "J", "Energy from the supply in all epochs",
     [](T t) { return Number(energy_of(t, epochs_of(t))); }},
    {"board_energy_j", "J", "Of it, what board, cooling and converters take",
     [](T t) { return Number(board_energy_of(t, epochs_of(t))); }},
    {"hottest_c", "degC", "Hottest block in all epochs", [](T t) { return Number(hottest_c(t)); }},
    {"skin_temperature_c", "degC", "Hottest place of the outside in all epochs",
     [](T t) { return skin_of(t, epochs_of(t)); }},
    {"compression_ratio", "1", "Bits of the gradients as fp32 over those sent",
     [](T t) { return Number(t.ratio); }},
    {"synthetic_frechet", "1", "Frechet distance, squared, between features of synthetic and real samples",
     [](T t) { return t.quality ? Number(t.quality->frechet) : std::nullopt; }},
    {"synthetic_frechet_floor", "1", "The same of two halves of the real samples: what chance makes of none",
     [](T t) { return t.quality ? Number(t.quality->frechet_floor) : std::nullopt; }},
    {"synthetic_precision", "1", "Share of the synthetic samples that lies where real ones do",
     [](T t) { return t.quality ? Number(t.quality->precision) : std::nullopt; }},
    {"synthetic_recall", "1", "Share of the real samples that lies where synthetic ones do",
     [](T t) { return t.quality ? Number(t.quality->recall) : std::nullopt; }},
    {"mean_staleness", "1", "Updates that the weights of a gradient had missed, on average",
     [](T t) { return Number(mean_staleness(t)); }},
    {"failing_cells", "1", "Largest share of SRAM cells that fail in an epoch",
     [](T t) { return Number(most_failing(t, &learning::FailingCells::sram)); }},
    {"failing_dram_cells", "1", "Largest share of DRAM cells that fail in an epoch",
     [](T t) {
       return t.has_faults ? Number(most_failing(t, &learning::FailingCells::dram)) : std::nullopt;
     }},
    {"late_bits", "1", "Largest share of the bits computed in an epoch that came too late, where any did",
     [](T t) { return if_any(most_failing(t, &learning::FailingCells::computed)); }},
    {"wrong_moved_bits", "1",
     "Largest share of the bits lying in DRAM in an epoch that were wrong on their way, where any were",
     [](T t) { return if_any(most_failing(t, &learning::FailingCells::moved)); }},
    {"wrong_link_bits", "1", "Bits of gradients that links flipped and that arrived so", nullptr,
     [](T t) { return t.has_link_faults ? OfSeeds(over_seeds(t, wrong_link_bits)) : std::nullopt; }},
    {"link_overhead", "1", "Bytes that links carry for each of a gradient: checks, packets sent again",
     [](T t) { return t.has_link_faults ? Number(t.link_overhead) : std::nullopt; }},
    {"rolled_back_steps", "1", "Steps done in vain, behind which a training went back to a checkpoint",
     nullptr, [](T t) { return t.has_faults ? OfSeeds(over_seeds(t, rolled_back_steps)) : std::nullopt; }},
    {"energy_per_good_sample_j", "J", "All energy over the samples of steps that count", nullptr,
     energy_of_good_samples},
    {"target_accuracy", "1", "Test accuracy that was asked for",
     [](T t) { return t.target > 0 ? Number(t.target) : std::nullopt; }},
    {"reached_share", "1", "Share of the seeds that reached it; those that diverged did not", reached_share},
    {"steps_to_accuracy", "1", "Steps until it was reached, where all seeds did that did not diverge",
     nullptr, [](T t) { return to_accuracy(t, &ToTarget::steps); }},
    {"time_to_accuracy_s", "s", "Device time until it was reached, where all seeds did that did not diverge",
     nullptr, [](T t) { return to_accuracy(t, &ToTarget::time_s); }},
    {"energy_to_accuracy_j", "J",
     "Energy from the supply until it was reached, where all seeds did that did not diverge", nullptr,
     [](T t) { return to_accuracy(t, &ToTarget::energy_j); }},
};

}  // namespace

std::span<const Result> results() {
  return kResults;
}

NamedNumbers learning_numbers(const Training& training) {
  NamedNumbers numbers;
  for (const Result& result : kResults) {
    const std::string key(result.key);
    if (result.number != nullptr) {
      if (const Number number = result.number(training)) numbers.emplace_back(key, *number);
    } else if (const OfSeeds spread = result.spread(training)) {
      numbers.emplace_back(key, spread->mean);
      numbers.emplace_back(key + "_low", spread->low);
      numbers.emplace_back(key + "_high", spread->high);
    }
  }
  return numbers;
}

std::string unknown_result(const std::string& key) {
  std::vector<std::string> known;
  for (const Result& result : kResults) {
    known.emplace_back(result.key);
    if (result.spread == nullptr) continue;
    for (const char* end : {"_low", "_high"}) known.push_back(std::string(result.key) + end);
  }
  if (std::find(known.begin(), known.end(), key) != known.end()) return {};
  return fmt::format("a training has no result '{}'{}", key, base::suggestion(key, known));
}

std::vector<ToTarget> all_reached(const Training& training) {
  std::vector<ToTarget> reached;
  for (const SeedRecord* seed : told_seeds(training))
    if (const auto found = to_target(training, *seed)) reached.push_back(*found);
  return reached;
}

Spread over_seeds(const Training& training, double (*of)(const SeedRecord&)) {
  std::vector<double> values;
  for (const SeedRecord* seed : told_seeds(training)) values.push_back(of(*seed));
  return spread_of(values);
}

double rolled_back_steps(const SeedRecord& seed) {
  double steps = 0;
  for (const LearntEpoch& epoch : seed.epochs) steps += static_cast<double>(epoch.rolled_back);
  return steps;
}

double wrong_link_bits(const SeedRecord& seed) {
  double bits = 0;
  for (const LearntEpoch& epoch : seed.epochs) bits += static_cast<double>(epoch.wrong_link_bits);
  return bits;
}

std::vector<double> good_sample_energies(const Training& training) {
  std::vector<double> joules;
  for (const SeedRecord* seed : told_seeds(training))
    if (const auto one = energy_per_good_sample(training, *seed)) joules.push_back(*one);
  return joules;
}

double most_failing(const Training& training, double learning::FailingCells::*memory) {
  double most = 0;
  for (const learning::FailingCells& failing : training.failing) most = std::max(most, failing.*memory);
  return most;
}

}  // namespace kiln::train
