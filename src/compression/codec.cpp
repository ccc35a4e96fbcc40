// SPDX-License-Identifier: MIT
#include "compression/codec.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "compression/closed_form.h"
#include "compression/feedback.h"
#include "compression/index_coder.h"
#include "compression/value_coder.h"

namespace kiln::compression {
namespace {

constexpr std::int32_t kInfinityBits = 0x7f800000;

bool all_finite(std::span<const float> values) {
  std::int32_t largest = 0;
  for (const float value : values) {
    const std::int32_t magnitude = std::bit_cast<std::int32_t>(value) & 0x7fffffff;
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest < kInfinityBits;
}

std::vector<float> finite_copy(std::span<const float> values, WorkCounts& work) {
  std::vector<float> copy(values.begin(), values.end());
  for (float& value : copy) {
    if ((std::bit_cast<std::int32_t>(value) & 0x7fffffff) < kInfinityBits) continue;
    value = 0;
    ++work.guarded;
  }
  return copy;
}

Places select(std::span<const float> values, const CodecConfig& config, State& state, Noise noise,
              WorkCounts& work) {
  const double density = density_at_step(config, state.step);
  switch (config.selection) {
    case Selection::top_k:
    case Selection::dgc:
      return select_largest(values, config, density, state.control, work);
    case Selection::threshold:
      return select_above(values, config.threshold, work);
    case Selection::random_k:
      work.passes += 1;
      work.random_numbers += target_count(values.size(), density);
      return select_random(static_cast<std::uint32_t>(values.size()), density, noise);
    case Selection::dense:
    case Selection::power_sgd:
      break;
  }
  return {};
}

// Values at `places`; zero where a place only breaks a run.
std::vector<float> gather(std::span<const float> values, const Places& places,
                          const std::vector<bool>& padded) {
  std::vector<float> kept(places.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    kept[i] = !padded.empty() && padded[i] ? 0.0f : values[places[i]];
  return kept;
}

void encode_dense(std::span<const float> values, const CodecConfig& config, Noise noise, State& state,
                  Encoded& encoded, Sent* sent) {
  encoded.kept = encoded.elements;
  BitWriter writer(static_cast<std::size_t>(closed_form_bits(config, encoded.elements).total()));
  writer.put(static_cast<std::uint32_t>(values.size()), 32);
  const bool asked = sent != nullptr || state_buffers(config) > 0;
  std::vector<float> decoded(asked ? values.size() : 0);
  encoded.work.passes = 1;
  write_values(values, config, noise, writer, encoded.bits, encoded.work, decoded);
  settle_feedback({}, decoded, config, noise, state);
  count_feedback(config, encoded.elements, encoded.kept, encoded.work);
  encoded.bytes = writer.take();
  if (sent != nullptr) *sent = {{}, std::move(decoded)};
}

void encode_sparse(std::span<const float> values, const CodecConfig& config, Noise noise, State& state,
                   Encoded& encoded, Sent* sent) {
  Places places = select(values, config, state, noise, encoded.work);
  encoded.kept = static_cast<std::int64_t>(places.size());
  std::vector<bool> padded;
  if (config.index == IndexCoding::rle_padded && config.selection != Selection::random_k)
    places = break_long_runs(places, config.run_bits, padded);
  const auto zeros = static_cast<std::int64_t>(places.size()) - encoded.kept;
  const PlaceContext context{static_cast<std::uint32_t>(values.size()),
                             static_cast<std::uint32_t>(places.size())};

  BitWriter writer(
      static_cast<std::size_t>(closed_form_bits(config, encoded.elements, encoded.kept + zeros).total()));
  writer.put(context.elements, 32);
  writer.put(context.entries, 32);
  BitCounts& bits = encoded.bits;
  if (config.selection == Selection::random_k) {
    writer.put(noise.key, 32);
  } else {
    const std::int64_t index = write_places(places, config, context, writer);
    bits.padding += zeros * config.run_bits;
    bits.index += index - zeros * config.run_bits;
    encoded.work.coded_values += context.entries;
    encoded.work.serial_values += context.entries;
  }
  encoded.work.serial_values += context.entries;
  const std::vector<float> kept = gather(values, places, padded);
  const bool asked = sent != nullptr || state_buffers(config) > 0;
  std::vector<float> decoded(asked ? kept.size() : 0);
  write_values(kept, config, noise, writer, bits, encoded.work, decoded);
  bits.payload -= zeros * value_bits(config);
  bits.padding += zeros * value_bits(config);
  settle_feedback(places, decoded, config, noise, state);
  count_feedback(config, encoded.elements, context.entries, encoded.work);
  encoded.bytes = writer.take();
  if (sent != nullptr) *sent = {std::move(places), std::move(decoded)};
}

}  // namespace

Encoded Codec::encode(std::span<const float> gradient, State& state, base::Rng& rng, Sent* sent) const {
  KILN_CHECK(!is_low_rank(config_), "factors of low rank are those of all workers: PowerSgd::exchange");
  KILN_CHECK(gradient.size() < (std::size_t{1} << 32),
             "gradient of {} elements: a codec takes fewer than 2^32", gradient.size());
  KILN_CHECK(state.residual.empty() || state.residual.size() == gradient.size(),
             "codec state of {} elements used with a gradient of {}", state.residual.size(), gradient.size());
  Encoded encoded;
  encoded.elements = static_cast<std::int64_t>(gradient.size());
  encoded.work.elements = encoded.elements;
  encoded.bits.header = header_bits(config_);
  std::vector<float> cleaned;
  if (!all_finite(gradient)) {
    cleaned = finite_copy(gradient, encoded.work);
    gradient = cleaned;
  }
  std::vector<float> scratch;
  const std::span<const float> values = accumulate(gradient, config_, state, scratch);
  const Noise noise{rng.next_u32()};
  if (is_sparse(config_)) {
    encode_sparse(values, config_, noise, state, encoded, sent);
  } else {
    encode_dense(values, config_, noise, state, encoded, sent);
  }
  ++state.step;
  return encoded;
}

EncodedSize Codec::dense_size(std::int64_t elements) const {
  KILN_CHECK(config_.selection == Selection::dense, "only a dense code's size is known before its values");
  EncodedSize size;
  size.elements = size.kept = elements;
  size.bits = closed_form_bits(config_, elements);
  size.work.elements = elements;
  size.work.passes = 1;
  count_values(config_, elements, size.work);
  count_feedback(config_, elements, elements, size.work);
  return size;
}

void Codec::decode(std::span<const std::byte> bytes, std::span<float> out) const {
  BitReader reader(bytes);
  const auto elements = static_cast<std::uint32_t>(reader.get(32));
  if (elements != out.size())
    throw base::SimError(
        fmt::format("compressed gradient of {} elements decoded into {}", elements, out.size()));
  if (!is_sparse(config_)) {
    read_values(reader, config_, out);
    return;
  }
  const PlaceContext context{elements, static_cast<std::uint32_t>(reader.get(32))};
  if (context.entries > elements) throw base::SimError("compressed gradient has more entries than elements");
  Places places;
  if (config_.selection == Selection::random_k) {
    const Noise noise{static_cast<std::uint32_t>(reader.get(32))};
    places = select_random(elements, context.density(), noise);
  } else {
    places = read_places(reader, config_, context);
  }
  if (places.size() != context.entries)
    throw base::SimError("compressed gradient does not hold the entries its header names");
  std::vector<float> kept(places.size());
  read_values(reader, config_, kept);
  std::fill(out.begin(), out.end(), 0.0f);
  for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = kept[i];
}

double state_bytes_per_element(const CodecConfig& config) {
  const double residual = residual_bits(config.residual) / 8.0;
  if (config.selection == Selection::dgc) return residual + 4;  // momentum stays fp32
  return config.error_feedback ? residual : 0;
}

}  // namespace kiln::compression
