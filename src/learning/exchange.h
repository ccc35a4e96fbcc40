// SPDX-License-Identifier: MIT
// COMPRESS and REDUCE on numbers: each worker codes its gradient with an error feedback of its own, what
// arrives is decoded and summed in the order of the workers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/matrix_shape.h"
#include "compression/power_sgd.h"
#include "learning/faults/link_errors.h"
#include "learning/formats/number_format.h"
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
  /// The matrices in the gradient of a layer.
  using Matrices = std::vector<base::MatrixShape>;

  /// One codec per layer; empty: gradients are sent as they are, at `plain_bits` an element. `matrices`, by
  /// layer, are those that codecs of low rank factorise.
  GradientExchange(std::vector<compression::Codec> codecs, std::vector<std::string> layers, int workers,
                   std::uint64_t seed, std::vector<Matrices> matrices = {});

  /// Links flip bits of what is sent. `formats`: of a layer's gradient where it is sent as it is; values that
  /// come back beyond `guard` are 0 (0: no guard).
  void set_links(const LinkFaultsConfig& links, std::vector<NumberFormat> formats, double guard);
  /// What links did since this was called last.
  LinkCounts take_link_counts() { return std::exchange(link_counts_, {}); }

  /// Replaces what each worker found by what arrives of it.
  void send(int layer, std::int64_t step, double plain_bits, std::span<const std::span<float>> gradients);

  /// Whether gradients of a layer are sent as codes.
  bool codes(int layer) const;
  /// Whether these are factors, of which no value is decoded by itself.
  bool factors(int layer) const { return codes(layer) && low_rank_[static_cast<std::size_t>(layer)]; }
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

  base::Rng rng_of(int layer, const std::string& worker, std::int64_t step,
                   std::string_view purpose = "codec") const;
  void send_plain(int layer, int worker, std::int64_t step, double bits, std::span<float> gradient);
  /// Bits of a message in `format` that arrive wrong.
  void cross_links(const NumberFormat& format, base::Rng& rng, std::span<float> values);
  /// What is decoded of a code that has crossed the links; of one that cannot be read any more, nothing.
  void receive(const compression::Codec& codec, compression::Encoded& encoded, base::Rng& rng,
               std::span<float> gradient);
  void send_coded(int layer, int worker, std::int64_t step, std::span<float> gradient);
  void send_factors(int layer, std::int64_t step, std::span<const std::span<float>> gradients);

  std::vector<compression::Codec> codecs_;
  std::vector<std::optional<compression::PowerSgd>> low_rank_;  ///< by layer, made when it is first sent
  std::vector<std::string> layers_;
  std::vector<Matrices> matrices_;
  int workers_;
  std::uint64_t seed_;
  std::vector<compression::State> states_;
  std::vector<SentCounts> sent_;
  std::optional<LinkErrors> links_;  ///< empty: all arrives
  std::vector<NumberFormat> formats_;
  double guard_ = 0;
  LinkCounts link_counts_;
};

}  // namespace kiln::learning
