// SPDX-License-Identifier: MIT
// Every number of a training's summary: key, unit, meaning, how it is computed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "train/outcome.h"

namespace kiln::train {

/// A number of the whole training, or one of each seed: their mean under `key`, their lowest and highest
/// under `key`_low and `key`_high.
struct Result {
  std::string_view key, unit, meaning;
  std::optional<double> (*number)(const Training&) = nullptr;
  std::optional<Spread> (*spread)(const Training&) = nullptr;
};
/// In the order of the summary.
std::span<const Result> results();

using NamedNumbers = std::vector<std::pair<std::string, double>>;

/// What is known at the end, flat.
NamedNumbers learning_numbers(const Training& training);
/// Why a key is no number of a training's summary, with the nearest one; empty for one that is.
std::string unknown_result(const std::string& key);

/// What seeds had that reached the target; one for each of them. No seed that diverged has.
std::vector<ToTarget> all_reached(const Training& training);
template <class Value>
Spread spread_over(const std::vector<ToTarget>& reached, Value ToTarget::*value) {
  std::vector<double> values;
  for (const ToTarget& one : reached) values.push_back(static_cast<double>(one.*value));
  return spread_of(values);
}
/// A number of each seed, over all seeds that are told.
Spread over_seeds(const Training& training, double (*of)(const SeedRecord&));
/// Steps that a seed went back behind.
double rolled_back_steps(const SeedRecord& seed);
/// Bits of its gradients that links flipped.
double wrong_link_bits(const SeedRecord& seed);
/// Joules of all good samples of a seed, for each seed that is told and has any.
std::vector<double> good_sample_energies(const Training& training);
/// The largest share of a memory's cells that fail in an epoch.
double most_failing(const Training& training, double learning::FailingCells::*memory);

}  // namespace kiln::train
