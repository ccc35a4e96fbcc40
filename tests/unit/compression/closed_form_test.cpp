// SPDX-License-Identifier: MIT
#include "compression/closed_form.h"

#include <cmath>

#include "compression/codec.h"
#include "compression/gradient_source.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::compression;
using Catch::Matchers::WithinRel;

namespace {

std::int64_t measured_bits(const CodecConfig& config, std::span<const float> gradient) {
  State state;
  base::Rng rng(1, "closed_form_test", "rounding");
  return Codec(config).encode(gradient, state, rng).bits.total();
}

/// Every kind of value with and without what a codec remembers.
std::vector<CodecConfig> dense_codecs() {
  std::vector<CodecConfig> codecs;
  for (const Values values : {Values::fp32, Values::fp16, Values::int8, Values::int4, Values::int2,
                              Values::sign, Values::ternary, Values::qsgd, Values::block_floating_point}) {
    for (const int block : {0, 64}) {
      for (const Rounding rounding : {Rounding::nearest, Rounding::stochastic}) {
        CodecConfig config{.values = values, .block = block, .rounding = rounding};
        codecs.push_back(config);
        config.error_feedback = true;
        codecs.push_back(config);
        config.feedback_rule = FeedbackRule::ef21;
        codecs.push_back(config);
      }
    }
  }
  return codecs;
}

}  // namespace

TEST_CASE("Closed forms agree with encoded sizes within 5 %") {
  constexpr std::int64_t kElements = 300000;
  const std::vector<float> gradient = gradient_source(kElements, 12);
  for (const IndexCoding index :
       {IndexCoding::coo, IndexCoding::bitmap, IndexCoding::bitmap_two_level, IndexCoding::block_offset,
        IndexCoding::varint, IndexCoding::rice, IndexCoding::rle_escape, IndexCoding::rle_padded}) {
    for (const double density : {0.25, 0.1, 0.01, 0.001}) {
      for (const Values values : {Values::fp32, Values::int4}) {
        const CodecConfig config{.selection = Selection::top_k,
                                 .density = density,
                                 .values = values,
                                 .index = index,
                                 .run_bits = 5};
        INFO(static_cast<int>(index) << " density " << density);
        CHECK_THAT(static_cast<double>(closed_form_bits(config, kElements).total()),
                   WithinRel(static_cast<double>(measured_bits(config, gradient)), 0.05));
      }
    }
  }
}

TEST_CASE("The size of a dense code is known before its values") {
  for (const std::int64_t elements : {0, 1, 63, 64, 1000, 10001}) {
    const std::vector<float> gradient = gradient_source(elements, 12);
    for (CodecConfig config : dense_codecs()) {
      INFO(config::enum_name(config.values) << ", block of " << config.block << ", " << elements);
      State state;
      base::Rng rng(1, "closed_form_test", "rounding");
      const Codec codec(config);
      const EncodedSize size = codec.dense_size(elements);
      const Encoded encoded = codec.encode(gradient, state, rng);
      CHECK(size.bytes_needed() == encoded.bytes.size());
      CHECK(size.bits == encoded.bits);
      CHECK(size.work == encoded.work);
      CHECK(size.kept == encoded.kept);
    }
  }
}

TEST_CASE("Closed forms of dense codecs are exact") {
  const std::vector<float> gradient = gradient_source(10001, 12);
  for (const Values values : {Values::fp32, Values::fp16, Values::int8, Values::int4, Values::int2,
                              Values::sign, Values::ternary, Values::qsgd, Values::block_floating_point}) {
    const CodecConfig config{.values = values, .block = 64};
    const BitCounts expected = closed_form_bits(config, 10001);
    CHECK(expected.payload == 10001 * value_bits(config));
    CHECK(std::abs(expected.total() - measured_bits(config, gradient)) <= 16);
  }
}

TEST_CASE("No coder beats the entropy of its places") {
  for (const IndexCoding index : {IndexCoding::bitmap, IndexCoding::varint, IndexCoding::rice,
                                  IndexCoding::rle_escape, IndexCoding::rle_padded, IndexCoding::coo}) {
    for (const double density : {0.5, 0.1, 0.01, 0.001}) {
      const CodecConfig config{.selection = Selection::top_k, .index = index};
      CHECK(index_bits_per_kept(config, density, 1 << 22) >= entropy_bits_per_kept(density));
    }
  }
}

TEST_CASE("The gradient source is reproducible, symmetric and heavy-tailed") {
  const std::vector<float> gradient = gradient_source(400000, 77, 3);
  CHECK(gradient == gradient_source(400000, 77, 3));
  CHECK(gradient != gradient_source(400000, 77, 4));
  CHECK(gradient != gradient_source(400000, 77, 3, 1));
  double sum = 0;
  double squared = 0;
  double fourth = 0;
  double absolute = 0;
  for (const double g : gradient) {
    sum += g;
    absolute += std::abs(g);
    squared += g * g;
    fourth += g * g * g * g;
  }
  const double n = 400000;
  CHECK(std::abs(sum) < 0.01 * absolute);
  // Log-normal scales of sigma s times exponentials: E|g|^2 / E|g|^2 = 2 exp(s^2), s = 0.8.
  CHECK_THAT(squared / n / std::pow(absolute / n, 2), WithinRel(2 * std::exp(0.64), 0.05));
  CHECK(fourth / n / std::pow(squared / n, 2) > 12);  // a normal has 3, a Laplace 6
}
