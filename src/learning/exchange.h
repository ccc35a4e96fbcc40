// SPDX-License-Identifier: MIT
// COMPRESS and REDUCE on numbers: each worker codes its gradient with an error feedback of its own, what
// arrives is decoded and summed in the order of the workers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compression/codec.h"
#include "learning/tensors.h"

namespace kiln::learning {

/// What the gradients of one layer came to since counts began anew.
struct SentCounts {
  std::int64_t messages = 0, elements = 0, kept = 0;
  std::int64_t bits = 0;
  compression::WorkCounts work;
  SentCounts& operator+=(const SentCounts& other);
};

class GradientExchange {
 public:
  /// One codec per layer; empty: gradients are sent as they are, at `plain_bits` an element.
  GradientExchange(std::vector<compression::Codec> codecs, std::vector<std::string> layers, int workers,
                   std::uint64_t seed);

  /// Replaces what `worker` found by what arrives of it.
  void send(int layer, int worker, std::int64_t step, double plain_bits, std::span<float> gradient);

  /// Whether gradients are sent as codes.
  bool codes() const { return !codecs_.empty(); }
  /// What `worker` has not sent yet of a layer, by its error feedback; empty: there is none.
  std::span<float> residual(int layer, int worker);

  const SentCounts& sent(int layer) const { return sent_[static_cast<std::size_t>(layer)]; }
  SentCounts total() const;
  void restart_counts() { sent_.assign(sent_.size(), {}); }

  /// What codecs remember, layer by layer and worker by worker.
  std::vector<compression::State>& states() { return states_; }

 private:
  compression::State& state(int layer, int worker) {
    return states_[static_cast<std::size_t>(layer) * static_cast<std::size_t>(workers_) +
                   static_cast<std::size_t>(worker)];
  }

  std::vector<compression::Codec> codecs_;
  std::vector<std::string> layers_;
  int workers_;
  std::uint64_t seed_;
  std::vector<compression::State> states_;
  std::vector<SentCounts> sent_;
};

}  // namespace kiln::learning
