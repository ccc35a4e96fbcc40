// SPDX-License-Identifier: MIT
// One code path for a gradient's values, bits and work. A codec is immutable; what it remembers between steps
// is the caller's State, one per tensor and worker.
#pragma once

#include <span>
#include <vector>

#include "base/rng.h"
#include "compression/codec_config.h"
#include "compression/counts.h"
#include "compression/select.h"

namespace kiln::compression {

struct State {
  std::vector<float> residual;  // error feedback: what was not sent; EF21: what the receiver has
  std::vector<float> momentum;  // dgc only
  std::vector<float> factors;   // power_sgd only: Q of the last step, on the first worker for all
  ThresholdControl control;     // for Selector::previous_step; the others report their threshold here
  std::int64_t step = 0;
};

/// What an encoder means a decoder to find.
struct Sent {
  Places places;              ///< of a dense code: empty, all elements in order
  std::vector<float> values;  ///< as decoded
};

class Codec {
 public:
  explicit Codec(const CodecConfig& config) : config_(config) {}

  const CodecConfig& config() const { return config_; }

  // Compresses the gradient plus what `state` holds, and updates `state` (sized on first use). NaN and
  // infinite elements are taken as 0 and counted. The stream carries its own sizes; only the
  // configuration must be known to decode. With EF21 the message is the difference to what the receiver
  // has: it adds what it decodes. `sent` receives what the code stands for, if somebody asks.
  Encoded encode(std::span<const float> gradient, State& state, base::Rng& rng, Sent* sent = nullptr) const;

  // What encoding so many finite elements comes to with a dense code, whatever they are.
  EncodedSize dense_size(std::int64_t elements) const;

  // Writes every element of `out` (zeros where nothing was sent). Exactly the values the encoder's feedback
  // used. Throws base::SimError for a damaged stream or when `out` has the wrong size.
  void decode(const Encoded& encoded, std::span<float> out) const { decode(std::span(encoded.bytes), out); }
  void decode(std::span<const std::byte> bytes, std::span<float> out) const;

 private:
  CodecConfig config_;
};

// Bytes of state per gradient element, as stored on chip.
double state_bytes_per_element(const CodecConfig& config);

}  // namespace kiln::compression
