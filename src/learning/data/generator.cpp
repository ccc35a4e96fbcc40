// SPDX-License-Identifier: MIT
#include "learning/data/generator.h"

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/rng.h"

namespace kiln::learning {

namespace {

/// A few waves over the positions of each channel.
struct Picture {
  struct Wave {
    double down, across, phase, amplitude;
  };
  std::vector<std::vector<Wave>> channels;

  Picture(const workload::Shape& shape, std::uint64_t seed, const std::string& name) {
    constexpr int kWaves = 4;
    base::Rng rng(seed, name, "picture");
    channels.resize(static_cast<std::size_t>(shape.channels()));
    for (auto& waves : channels)
      for (int i = 0; i < kWaves; ++i)
        waves.push_back({3 * rng.uniform(), 3 * rng.uniform(), rng.uniform(), std::sqrt(2.0 / kWaves)});
  }

  double at(std::size_t channel, double down, double across) const {
    double value = 0;
    for (const Wave& wave : channels[channel])
      value += wave.amplitude *
               std::sin(2 * std::numbers::pi * (wave.down * down + wave.across * across + wave.phase));
    return value;
  }
};

}  // namespace

Dataset generate(const GeneratorConfig& config, const workload::Shape& shape, std::int64_t count,
                 std::uint64_t seed, std::string_view purpose) {
  KILN_CHECK(config.classes.has_value(), "a generator without its classes");
  const std::int32_t classes = *config.classes;
  constexpr double kMoved = 0.08;  // of the height and width
  std::vector<Picture> pictures, others;
  for (int c = 0; c < classes; ++c) {
    pictures.emplace_back(shape, config.seed, fmt::format("class{}", c));
    others.emplace_back(shape, config.seed, fmt::format("other{}", c));
  }
  Dataset data;
  data.sample_values = shape.elements();
  data.values.reserve(static_cast<std::size_t>(count * data.sample_values));
  const auto height = static_cast<double>(shape.height()), width = static_cast<double>(shape.width());
  for (std::int64_t i = 0; i < count; ++i) {
    base::Rng rng(seed, purpose, "sample", static_cast<std::uint64_t>(i));
    const auto label = static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(classes)));
    const double down = kMoved * (2 * rng.uniform() - 1), across = kMoved * (2 * rng.uniform() - 1);
    const Picture& picture = pictures[static_cast<std::size_t>(label)];
    const Picture& other = others[static_cast<std::size_t>(label)];
    for (std::int64_t y = 0; y < shape.height(); ++y)
      for (std::int64_t x = 0; x < shape.width(); ++x)
        for (std::size_t c = 0; c < static_cast<std::size_t>(shape.channels()); ++c) {
          const double v = static_cast<double>(y) / height + down,
                       u = static_cast<double>(x) / width + across;
          double value = picture.at(c, v, u);
          if (config.drift > 0) value = (1 - config.drift) * value + config.drift * other.at(c, v, u);
          data.values.push_back(static_cast<float>(config.contrast * value + config.noise * rng.normal()));
        }
    data.classes.push_back(label);
  }
  return data;
}

Dataset generate_tokens(const GeneratorConfig& config, std::int64_t entries, std::int64_t length,
                        std::int64_t count, std::uint64_t seed, std::string_view purpose) {
  constexpr std::uint64_t kSuccessors = 4;
  Dataset data;
  data.sample_values = data.classes_per_sample = length;
  const auto successor = [&](std::int64_t token, std::uint64_t which) {
    base::Rng rng(config.seed, fmt::format("token{}", token), "successor", which);
    return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(entries)));
  };
  std::vector<std::int64_t> table;
  for (std::int64_t token = 0; token < entries; ++token)
    for (std::uint64_t which = 0; which < kSuccessors; ++which) table.push_back(successor(token, which));
  for (std::int64_t i = 0; i < count; ++i) {
    base::Rng rng(seed, purpose, "tokens", static_cast<std::uint64_t>(i));
    auto token = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(entries)));
    for (std::int64_t t = 0; t < length; ++t) {
      data.values.push_back(static_cast<float>(token));
      token = table[static_cast<std::size_t>(token) * kSuccessors + rng.below(kSuccessors)];
      data.classes.push_back(static_cast<std::int32_t>(token));
    }
  }
  return data;
}

}  // namespace kiln::learning
