// SPDX-License-Identifier: MIT
#include "learning/exchange.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::learning {

SentCounts& SentCounts::operator+=(const SentCounts& other) {
  messages += other.messages;
  elements += other.elements;
  kept += other.kept;
  bits += other.bits;
  work += other.work;
  return *this;
}

GradientExchange::GradientExchange(std::vector<compression::Codec> codecs, std::vector<std::string> layers,
                                   int workers, std::uint64_t seed)
    : codecs_(std::move(codecs)),
      layers_(std::move(layers)),
      workers_(workers),
      seed_(seed),
      states_(codecs_.size() * static_cast<std::size_t>(workers)),
      sent_(layers_.size()) {
  KILN_CHECK(codecs_.empty() || codecs_.size() == layers_.size(), "{} codecs for {} layers", codecs_.size(),
             layers_.size());
}

void GradientExchange::send(int layer, int worker, std::int64_t step, double plain_bits,
                            std::span<float> gradient) {
  const auto at = static_cast<std::size_t>(layer);
  SentCounts& counts = sent_[at];
  ++counts.messages;
  counts.elements += static_cast<std::int64_t>(gradient.size());
  if (codecs_.empty()) {
    counts.kept += static_cast<std::int64_t>(gradient.size());
    counts.bits += static_cast<std::int64_t>(std::ceil(plain_bits * static_cast<double>(gradient.size())));
    return;
  }
  const compression::Codec& codec = codecs_[at];
  compression::State& kept = state(layer, worker);
  base::Rng rng(seed_, fmt::format("{}.{}", layers_[at], worker), "codec", static_cast<std::uint64_t>(step));
  const compression::Encoded encoded = codec.encode(gradient, kept, rng);
  counts.kept += encoded.kept;
  counts.bits += encoded.bits.total();
  counts.work += encoded.work;
  // With EF21 the receiver adds the difference to what it has, which is what the sender keeps.
  const bool difference = codec.config().error_feedback &&
                          codec.config().selection != compression::Selection::dgc &&
                          codec.config().feedback_rule == compression::FeedbackRule::ef21;
  if (difference)
    std::copy(kept.residual.begin(), kept.residual.end(), gradient.begin());
  else
    codec.decode(encoded, gradient);
}

std::span<float> GradientExchange::residual(int layer, int worker) {
  if (codecs_.empty()) return {};
  return state(layer, worker).residual;
}

SentCounts GradientExchange::total() const {
  SentCounts sum;
  for (const SentCounts& layer : sent_) sum += layer;
  return sum;
}

}  // namespace kiln::learning
