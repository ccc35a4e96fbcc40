// SPDX-License-Identifier: MIT
// Samples as a network takes them: values with the channels innermost, and what its outputs shall be.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "learning/data/data_config.h"
#include "learning/data/quality.h"
#include "learning/step_context.h"
#include "workload/network.h"

namespace kiln::learning {

struct Dataset {
  std::int64_t sample_values = 0;  ///< per sample
  std::vector<float> values;
  std::vector<std::int32_t> classes;  ///< per sample; of a language model per position
  std::int64_t classes_per_sample = 1;
  std::int64_t size() const {
    return sample_values == 0 ? 0 : static_cast<std::int64_t>(values.size()) / sample_values;
  }
};

struct TrainAndTest {
  Dataset train, test;
  std::string source;                         ///< what they are, for people
  std::optional<SampleQuality> quality = {};  ///< of synthetic training samples, where there is a gate
  std::string refused = {};  ///< why they are not learnt from; empty: they are, or there are none
};

/// Loads or makes the data for a network: maps are padded in the middle of its input, grey
/// ones repeated over its channels. Tokens of a network
/// that begins with an embedding predict the token behind them. Throws ConfigError at the file's key.
TrainAndTest load_data(const DataConfig& config, const workload::Network& network, std::uint64_t seed);

/// The samples of one epoch in an order by seed and epoch, with augmentation.
class Batches {
 public:
  Batches(const Dataset& data, const DataConfig& config, const workload::Network& network, std::uint64_t seed,
          std::int64_t epoch);

  std::int64_t size() const { return static_cast<std::int64_t>(order_.size()); }
  /// Fills `input` with the samples from `first` on, and the targets that belong to them. Beyond the last one
  /// it begins again.
  void fill(std::int64_t first, std::span<float> input, Targets& targets) const;

 private:
  void copy_sample(std::int64_t index, std::int64_t place, std::span<float> to) const;

  const Dataset& data_;
  const DataConfig& config_;
  workload::Shape shape_;
  workload::LossKind loss_;
  std::uint64_t seed_;
  std::int64_t epoch_;
  std::vector<std::int32_t> order_;
};

}  // namespace kiln::learning
