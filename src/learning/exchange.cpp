// SPDX-License-Identifier: MIT
#include "learning/exchange.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "learning/faults/fault_map.h"

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
                                   int workers, std::uint64_t seed, std::vector<Matrices> matrices)
    : codecs_(std::move(codecs)),
      low_rank_(codecs_.size()),
      layers_(std::move(layers)),
      matrices_(std::move(matrices)),
      workers_(workers),
      seed_(seed),
      states_(codecs_.size() * static_cast<std::size_t>(workers)),
      sent_(layers_.size()) {
  KILN_CHECK(codecs_.empty() || codecs_.size() == layers_.size(), "{} codecs for {} layers", codecs_.size(),
             layers_.size());
  matrices_.resize(layers_.size());
}

void GradientExchange::set_links(const LinkFaultsConfig& links, std::vector<NumberFormat> formats,
                                 double guard) {
  KILN_CHECK(formats.size() == layers_.size(), "{} formats for {} layers", formats.size(), layers_.size());
  links_.emplace(links);
  formats_ = std::move(formats);
  guard_ = guard;
}

bool GradientExchange::codes(int layer) const {
  const auto at = static_cast<std::size_t>(layer);
  if (codecs_.empty()) return false;
  return !low_rank_[at] || !low_rank_[at]->matrices().empty();
}

void GradientExchange::send(int layer, std::int64_t step, double plain_bits,
                            std::span<const std::span<float>> gradients) {
  const auto at = static_cast<std::size_t>(layer);
  const auto elements = static_cast<std::int64_t>(gradients.front().size());
  if (!codecs_.empty() && compression::is_low_rank(codecs_[at].config()) && !low_rank_[at])
    low_rank_[at].emplace(codecs_[at].config(), matrices_[at], elements);
  SentCounts& counts = sent_[at];
  counts.messages += static_cast<std::int64_t>(gradients.size());
  counts.elements += elements * static_cast<std::int64_t>(gradients.size());
  if (codes(layer) && low_rank_[at]) return send_factors(layer, step, gradients);
  for (std::size_t worker = 0; worker < gradients.size(); ++worker) {
    if (codes(layer))
      send_coded(layer, static_cast<int>(worker), step, gradients[worker]);
    else
      send_plain(layer, static_cast<int>(worker), step, plain_bits, gradients[worker]);
  }
}

void GradientExchange::cross_links(const NumberFormat& format, base::Rng& rng, std::span<float> values) {
  const auto bits = static_cast<std::uint64_t>(workload::bits_of(format.precision)) * values.size();
  flip_bits(format, links_->wrong_bits(bits, rng, link_counts_), guard_, values);
}

void GradientExchange::send_plain(int layer, int worker, std::int64_t step, double bits,
                                  std::span<float> gradient) {
  SentCounts& counts = sent_[static_cast<std::size_t>(layer)];
  if (links_) {
    base::Rng rng = rng_of(layer, fmt::format("{}", worker), step, "links");
    cross_links(formats_[static_cast<std::size_t>(layer)], rng, gradient);
  }
  counts.kept += static_cast<std::int64_t>(gradient.size());
  counts.bits += static_cast<std::int64_t>(std::ceil(bits * static_cast<double>(gradient.size())));
}

base::Rng GradientExchange::rng_of(int layer, const std::string& worker, std::int64_t step,
                                   std::string_view purpose) const {
  return base::Rng(seed_, fmt::format("{}.{}", layers_[static_cast<std::size_t>(layer)], worker), purpose,
                   static_cast<std::uint64_t>(step));
}

void GradientExchange::receive(const compression::Codec& codec, compression::Encoded& encoded, base::Rng& rng,
                               std::span<float> gradient) {
  const std::vector<std::uint64_t> wrong = links_->wrong_bits(8 * encoded.bytes.size(), rng, link_counts_);
  for (const std::uint64_t bit : wrong) encoded.bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  try {
    codec.decode(encoded, gradient);
  } catch (const base::SimError&) {
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    ++link_counts_.lost_messages;
  }
  if (wrong.empty() || guard_ <= 0) return;
  for (float& value : gradient)
    if (!(std::fabs(value) <= guard_)) value = 0;
}

void GradientExchange::send_coded(int layer, int worker, std::int64_t step, std::span<float> gradient) {
  const compression::Codec& codec = codecs_[static_cast<std::size_t>(layer)];
  SentCounts& counts = sent_[static_cast<std::size_t>(layer)];
  compression::State& kept = state(layer, worker);
  base::Rng rng = rng_of(layer, fmt::format("{}", worker), step);
  compression::Encoded encoded = codec.encode(gradient, kept, rng);
  counts.kept += encoded.kept;
  counts.bits += encoded.bits.total();
  counts.work += encoded.work;
  // With EF21 the receiver adds the difference to what it has, which is what the sender keeps.
  const bool difference = codec.config().error_feedback &&
                          codec.config().selection != compression::Selection::dgc &&
                          codec.config().feedback_rule == compression::FeedbackRule::ef21;
  if (links_) {
    base::Rng on_links = rng_of(layer, fmt::format("{}", worker), step, "links");
    receive(codec, encoded, on_links, gradient);
  } else if (!difference) {
    codec.decode(encoded, gradient);
  }
  if (difference) std::copy(kept.residual.begin(), kept.residual.end(), gradient.begin());
}

/// All workers draw the same directions.
void GradientExchange::send_factors(int layer, std::int64_t step,
                                    std::span<const std::span<float>> gradients) {
  const auto at = static_cast<std::size_t>(layer);
  base::Rng rng = rng_of(layer, "all", step);
  compression::PowerSgd::Transmit transmit;
  base::Rng on_links = rng_of(layer, "all", step, "links");
  if (links_)
    transmit = [&](int /*worker*/, std::span<float> message) { cross_links({}, on_links, message); };
  low_rank_[at]->exchange(
      gradients, std::span(states_).subspan(at * static_cast<std::size_t>(workers_), gradients.size()), rng,
      transmit);
  const compression::EncodedSize size = low_rank_[at]->size();
  for (std::size_t worker = 0; worker < gradients.size(); ++worker) {
    sent_[at].kept += size.kept;
    sent_[at].bits += size.bits.total();
    sent_[at].work += size.work;
  }
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
