// SPDX-License-Identifier: MIT
// What a training came to: steps, time and energy to an accuracy, with the spread over seeds.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "learning/data/quality.h"
#include "learning/faults/memory_cells.h"
#include "learning/learning_config.h"
#include "report/validity.h"
#include "train/timeline.h"

namespace kiln::train {

/// What the numbers of one epoch came to; of one seed.
struct LearntEpoch {
  std::int32_t epoch = 0;  ///< from 1
  std::int64_t steps = 0, skipped = 0;
  double loss = 0, test_loss = 0, train_accuracy = 0, test_accuracy = 0;
  double learning_rate = 0, loss_scale = 1;
  std::int64_t sent_bits = 0;
  double density = 1;
  double saturated = 0, flushed = 0;
  std::int64_t wrong_bits = 0, corrected_bits = 0, spoilt_words = 0, guarded_values = 0;
  std::int64_t wrong_link_bits = 0, packets_sent_again = 0, lost_messages = 0;  ///< of gradients, on links
  double missed_updates = 0;  ///< by the weights of its gradients, all steps together, a mean over workers
  std::int64_t spoilt_steps = 0, rolled_back = 0;
  std::int64_t good_samples = 0;       ///< of steps neither skipped, spoilt nor rolled back
  std::int64_t checkpoint_copies = 0;  ///< written or read back
  /// Its loss is no number: what is judged behind it is chance.
  bool diverged() const { return !std::isfinite(loss); }
  bool reaches(double target) const { return !diverged() && test_accuracy >= target; }
};

struct SeedRecord {
  std::uint64_t seed = 0;
  std::vector<LearntEpoch> epochs;
  /// The epoch from which on it had no loss that is a number; empty while it has one.
  std::optional<std::int32_t> diverged_in() const;
};

/// Of one copy of a checkpoint.
struct CopyCost {
  double time_s = 0, energy_j = 0;
};

struct Training {
  std::vector<DeviceEpoch> device;              ///< by epoch
  std::vector<learning::FailingCells> failing;  ///< by epoch
  /// Outputs are classes; else values, which have no accuracy: what is judged is the loss.
  bool has_classes = true;
  bool has_faults = false;  ///< they are configured
  bool has_link_faults = false;
  double link_overhead = 1;  ///< bytes that links carry for each of a gradient
  CopyCost checkpoint;
  std::vector<SeedRecord> seeds;
  double target = 0;  ///< accuracy; 0: none
  std::string data, arithmetic, ratio_source;
  std::string first_weights;                       ///< of a model file, in words; empty: random
  std::optional<learning::SampleQuality> quality;  ///< of synthetic samples
  std::string refused_samples;                     ///< why synthetic samples were not learnt from
  std::string staleness_source;                    ///< empty: gradients are of today's weights
  double ratio = 1;                                ///< of compression, against fp32
  int workers = 1;
  bool starts_cold = false;  ///< the device, at ambient temperature
  report::Validity validity;
};

/// Of checkpoints in the first `epochs` epochs of a seed.
CopyCost recovery_of(const Training& training, const SeedRecord& seed, std::int32_t epochs);
/// Energy of all epochs of a seed over the samples that were not spoilt (E_total / N_success), checkpoints
/// included; empty if there is none.
std::optional<double> energy_per_good_sample(const Training& training, const SeedRecord& seed);

/// Of one seed up to the epoch that reached the target: the first one at whose end it was judged good enough.
struct ToTarget {
  std::int32_t epochs = 0;
  double steps = 0, time_s = 0, energy_j = 0;
};
std::optional<ToTarget> to_target(const Training& training, const SeedRecord& seed);

/// Steps at which the accuracy crosses `target`, in proportion between two judged epochs; empty if it never
/// does, or does so in the first epoch, in front of which nothing is judged.
std::optional<double> steps_between(const SeedRecord& seed, double target);

struct Spread {
  double mean = 0, low = 0, high = 0;
};
/// Of numbers; at least one.
Spread spread_of(const std::vector<double>& values);

/// Updates that the weights of a gradient have missed, on average over all steps and seeds.
double mean_staleness(const Training& training);

/// Epochs of the seed that learnt longest, of those that are told.
std::int32_t longest(const Training& training);
/// Highest temperature of the outside in the first `epochs` epochs, degC; empty: the package has none.
std::optional<double> skin_of(const Training& training, std::int32_t epochs);

/// Seeds that had diverged at their end.
int diverged_seeds(const Training& training);
/// The others, whose results are told; all seeds if none is left.
std::vector<const SeedRecord*> told_seeds(const Training& training);

/// Best test accuracy of a seed in its epochs, and that behind the last.
double best_accuracy(const SeedRecord& seed);
double last_accuracy(const SeedRecord& seed);
/// Test loss behind the last epoch.
double last_test_loss(const SeedRecord& seed);
/// Energy and time of the first `epochs` epochs.
double energy_of(const Training& training, std::int32_t epochs);
double board_energy_of(const Training& training, std::int32_t epochs);    ///< of it: converters and board
double cooling_energy_of(const Training& training, std::int32_t epochs);  ///< of it: fans and pumps
double time_of(const Training& training, std::int32_t epochs);

}  // namespace kiln::train
