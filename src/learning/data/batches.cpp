// SPDX-License-Identifier: MIT
#include <algorithm>
#include <numeric>

#include "base/rng.h"
#include "learning/data/dataset.h"

namespace kiln::learning {

Batches::Batches(const Dataset& data, const DataConfig& config, const workload::Network& network,
                 std::uint64_t seed, std::int64_t epoch)
    : data_(data),
      config_(config),
      shape_(network.input),
      loss_(network.loss),
      seed_(seed),
      epoch_(epoch),
      order_(static_cast<std::size_t>(data.size())) {
  std::iota(order_.begin(), order_.end(), 0);
  if (epoch < 0) return;  // as they are: to judge
  base::Rng rng(seed, "batches", "order", static_cast<std::uint64_t>(epoch));
  rng.shuffle(order_);
}

void Batches::copy_sample(std::int64_t index, std::int64_t place, std::span<float> to) const {
  const float* from = data_.values.data() + index * data_.sample_values;
  if (epoch_ < 0 || (config_.shift == 0 && !config_.flip)) {
    std::copy_n(from, data_.sample_values, to.data());
    return;
  }
  base::Rng rng(seed_, "batches", "augmentation", static_cast<std::uint64_t>(epoch_ * size() + place));
  const auto moved = [&] {
    return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(2 * config_.shift + 1))) -
           config_.shift;
  };
  const std::int64_t down = moved(), across = moved();
  const bool mirrored = config_.flip && rng.below(2) == 1;
  const std::int64_t height = shape_.height(), width = shape_.width(), channels = shape_.channels();
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t source_y = y - down, source_x = (mirrored ? width - 1 - x : x) - across;
      const bool inside = source_y >= 0 && source_y < height && source_x >= 0 && source_x < width;
      for (std::int64_t c = 0; c < channels; ++c)
        to[static_cast<std::size_t>((y * width + x) * channels + c)] =
            inside ? from[(source_y * width + source_x) * channels + c] : 0.0f;
    }
}

void Batches::fill(std::int64_t first, std::span<float> input, Targets& targets) const {
  const auto values = static_cast<std::size_t>(data_.sample_values);
  const std::size_t count = input.size() / values;
  targets.classes.clear();
  targets.values.clear();
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t place = (first + static_cast<std::int64_t>(i)) % size();
    const std::int64_t index = order_[static_cast<std::size_t>(place)];
    copy_sample(index, place, input.subspan(i * values, values));
    const auto label = data_.classes.begin() + index * data_.classes_per_sample;
    targets.classes.insert(targets.classes.end(), label, label + data_.classes_per_sample);
  }
  if (loss_ == workload::LossKind::mean_squared_error) targets.values.assign(input.begin(), input.end());
}

}  // namespace kiln::learning
