// SPDX-License-Identifier: MIT
#include "compression/codec.h"

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "compression/closed_form.h"
#include "compression/gradient_source.h"
#include "compression/round_trip.h"
#include "compression/steady_state.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::compression;
using Catch::Matchers::WithinRel;

namespace {

constexpr Values kValues[] = {Values::fp32,    Values::fp16, Values::int8,
                              Values::int4,    Values::int2, Values::sign,
                              Values::ternary, Values::qsgd, Values::block_floating_point};
constexpr IndexCoding kCoders[] = {
    IndexCoding::coo,    IndexCoding::bitmap, IndexCoding::bitmap_two_level, IndexCoding::block_offset,
    IndexCoding::varint, IndexCoding::rice,   IndexCoding::rle_escape,       IndexCoding::rle_padded};

base::Rng rng_for(std::uint64_t step) {
  return base::Rng(7, "codec_test", "rounding", step);
}

Encoded encode_once(const CodecConfig& config, std::span<const float> gradient) {
  State state;
  base::Rng rng = rng_for(0);
  return Codec(config).encode(gradient, state, rng);
}

std::vector<float> decode_all(const CodecConfig& config, const Encoded& encoded) {
  std::vector<float> out(static_cast<std::size_t>(encoded.elements), -1.0f);
  Codec(config).decode(encoded, out);
  return out;
}

CodecConfig any_config() {
  CodecConfig config;
  config.selection =
      *rc::gen::element(Selection::dense, Selection::top_k, Selection::random_k, Selection::dgc);
  config.density = *rc::gen::element(0.0005, 0.01, 0.1, 0.5, 1.0);
  config.selector = *rc::gen::element(Selector::exact, Selector::exponent_histogram, Selector::sampled,
                                      Selector::previous_step);
  config.values = *rc::gen::elementOf(std::vector<Values>(std::begin(kValues), std::end(kValues)));
  config.index = *rc::gen::elementOf(std::vector<IndexCoding>(std::begin(kCoders), std::end(kCoders)));
  if (config.values == Values::sign && config.index == IndexCoding::rle_padded)
    config.index = IndexCoding::rice;
  config.block = *rc::gen::element(0, 1, 25, 64, 256, 5000);
  config.rounding = *rc::gen::element(Rounding::nearest, Rounding::stochastic);
  config.run_bits = *rc::gen::inRange(2, 13);
  config.coo_bits = *rc::gen::inRange(0, 33);
  config.mantissa_bits = *rc::gen::inRange(1, 16);
  config.qsgd_levels = *rc::gen::inRange(1, 128);
  config.error_feedback = config.selection != Selection::dgc && *rc::gen::arbitrary<bool>();
  config.feedback_rule = *rc::gen::element(FeedbackRule::error_feedback, FeedbackRule::ef21);
  return config;
}

double norm_of(std::span<const float> values) {
  return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

}  // namespace

TEST_CASE("What the encoder keeps and what the decoder gets add up to the gradient, bit for bit") {
  CHECK(rc::check("residual + decoded = gradient + old residual", [] {
    const CodecConfig config = any_config();
    const auto elements = *rc::gen::inRange<std::int64_t>(1, 9000);
    State state;
    for (std::uint64_t step = 0; step < 3; ++step) {
      const std::vector<float> gradient = gradient_source(elements, 11, 0, step);
      const State before = state;
      base::Rng rng = rng_for(step);
      const Encoded encoded = Codec(config).encode(gradient, state, rng);
      RC_ASSERT(encoded.bits.total() == static_cast<std::int64_t>(8 * encoded.bytes.size()));
      const std::vector<float> decoded = decode_all(config, encoded);
      if (!config.error_feedback) continue;
      const bool ef21 = config.feedback_rule == FeedbackRule::ef21;
      for (std::size_t i = 0; i < gradient.size(); ++i) {
        const float old = before.residual.empty() ? 0.0f : before.residual[i];
        const float expected = ef21 ? old + decoded[i] : (old + gradient[i]) - decoded[i];
        RC_ASSERT(state.residual[i] == expected);
      }
    }
  }));
}

TEST_CASE("Plain floats come back unchanged at the places sent") {
  for (const IndexCoding index : kCoders) {
    CodecConfig config{.selection = Selection::top_k, .density = 0.02, .index = index};
    const std::vector<float> gradient = gradient_source(20000, 3);
    const Encoded encoded = encode_once(config, gradient);
    const std::vector<float> decoded = decode_all(config, encoded);
    CHECK(encoded.kept == 400);
    CHECK(std::count_if(decoded.begin(), decoded.end(), [](float v) { return v != 0; }) == 400);
    float smallest_sent = 1e30f;
    float largest_left = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      if (decoded[i] != 0) {
        REQUIRE(decoded[i] == gradient[i]);
        smallest_sent = std::min(smallest_sent, std::abs(gradient[i]));
      } else {
        largest_left = std::max(largest_left, std::abs(gradient[i]));
      }
    }
    CHECK(smallest_sent >= largest_left);
  }
}

TEST_CASE("Exact selection breaks ties by place") {
  const std::vector<float> gradient(1000, -2.5f);
  const CodecConfig config{.selection = Selection::top_k, .density = 0.1};
  const std::vector<float> decoded = decode_all(config, encode_once(config, gradient));
  for (std::size_t i = 0; i < gradient.size(); ++i) REQUIRE(decoded[i] == (i < 100 ? -2.5f : 0.0f));
}

TEST_CASE("Integer values are off by at most half a step, a whole one when rounded stochastically") {
  for (const Values values : {Values::int8, Values::int4, Values::int2, Values::block_floating_point}) {
    for (const Rounding rounding : {Rounding::nearest, Rounding::stochastic}) {
      const CodecConfig config{.values = values, .block = 64, .rounding = rounding};
      const std::vector<float> gradient = gradient_source(4096, 5);
      const std::vector<float> decoded = decode_all(config, encode_once(config, gradient));
      const double levels = values == Values::int8 || values == Values::block_floating_point ? 127
                            : values == Values::int4                                         ? 7
                                                                                             : 1;
      for (std::size_t block = 0; block < gradient.size(); block += 64) {
        double largest = 0;
        for (std::size_t i = block; i < block + 64; ++i)
          largest = std::max<double>(largest, std::abs(gradient[i]));
        // Block floating point rounds its scale up to a power of two, integers theirs to 8 bits.
        const double slack = values == Values::block_floating_point ? 2.0 : 1.01;
        const double step = largest / levels * slack * (rounding == Rounding::nearest ? 0.5 : 1.0);
        for (std::size_t i = block; i < block + 64; ++i)
          REQUIRE(std::abs(decoded[i] - gradient[i]) <= step * 1.0001);
      }
    }
  }
}

TEST_CASE("Stochastic, ternary and QSGD values are unbiased") {
  for (const Values values : {Values::int4, Values::ternary, Values::qsgd}) {
    CodecConfig config{.values = values, .block = 256, .rounding = Rounding::stochastic};
    std::vector<float> gradient = gradient_source(256, 9);
    // TernGrad clips at 2.5 sigma, which is not unbiased: stay below.
    for (float& value : gradient) value = std::clamp(value, -1e-3f, 1e-3f);
    std::vector<double> mean(gradient.size(), 0);
    constexpr int kDraws = 4000;
    for (int draw = 0; draw < kDraws; ++draw) {
      State state;
      base::Rng rng = rng_for(static_cast<std::uint64_t>(draw));
      const std::vector<float> decoded = decode_all(config, Codec(config).encode(gradient, state, rng));
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += decoded[i] / kDraws;
    }
    double error = 0;
    for (std::size_t i = 0; i < mean.size(); ++i) error += std::pow(mean[i] - gradient[i], 2);
    INFO(static_cast<int>(values));
    CHECK(std::sqrt(error) < 0.1 * norm_of(gradient));
  }
}

TEST_CASE("Error feedback delivers the whole gradient in time") {
  for (const FeedbackRule rule : {FeedbackRule::error_feedback, FeedbackRule::ef21}) {
    const CodecConfig config{.selection = Selection::top_k,
                             .density = 0.05,
                             .values = Values::int4,
                             .block = 64,
                             .error_feedback = true,
                             .feedback_rule = rule};
    const std::vector<float> gradient = gradient_source(2000, 21);
    State state;
    std::vector<double> received(gradient.size(), 0);
    constexpr int kSteps = 200;
    for (int step = 0; step < kSteps; ++step) {
      base::Rng rng = rng_for(static_cast<std::uint64_t>(step));
      const std::vector<float> decoded = decode_all(config, Codec(config).encode(gradient, state, rng));
      for (std::size_t i = 0; i < received.size(); ++i) received[i] += decoded[i];
    }
    // EF: the sum approaches steps x gradient. EF21: the receiver's copy approaches the gradient itself.
    const double scale = rule == FeedbackRule::ef21 ? 1.0 : kSteps;
    double error = 0;
    for (std::size_t i = 0; i < received.size(); ++i) error += std::pow(received[i] / scale - gradient[i], 2);
    INFO(static_cast<int>(rule));
    CHECK(std::sqrt(error) < 0.15 * norm_of(gradient));
  }
}

TEST_CASE("DGC warms up, corrects momentum and clears what it sent") {
  CodecConfig config{.selection = Selection::dgc, .density = 0.001, .warm_up_steps = 5};
  const double expected[] = {0.25, 0.0625, 0.015625, 0.00390625, 0.001};
  for (int step = 0; step < 5; ++step) CHECK(density_at_step(config, step) == expected[step]);
  const std::vector<float> gradient = gradient_source(10000, 2);
  State state;
  base::Rng rng = rng_for(0);
  const Encoded first = Codec(config).encode(gradient, state, rng);
  CHECK(first.kept == 2500);
  CHECK(std::count(state.momentum.begin(), state.momentum.end(), 0.0f) == 2500);
  const Encoded second = Codec(config).encode(gradient, state, rng);
  CHECK(second.kept == 625);
  CHECK(first.work.residual_reads == 2 * 10000 + 4 * 10000);

  config.clip_norm = 1e-9;
  State clipped;
  Codec(config).encode(gradient, clipped, rng);
  CHECK(norm_of(clipped.momentum) <= 1.001e-9);
}

TEST_CASE("Random places are distinct, ascending, evenly likely, and cost a seed") {
  const CodecConfig config{.selection = Selection::random_k, .density = 0.1};
  std::vector<int> hits(1000, 0);
  for (std::uint64_t draw = 0; draw < 2000; ++draw) {
    State state;
    base::Rng rng = rng_for(draw);
    const Encoded encoded = Codec(config).encode(std::vector<float>(1000, 1.0f), state, rng);
    REQUIRE(encoded.kept == 100);
    REQUIRE(encoded.bits.index == 0);
    const std::vector<float> decoded = decode_all(config, encoded);
    for (std::size_t i = 0; i < decoded.size(); ++i) hits[i] += decoded[i] != 0 ? 1 : 0;
  }
  CHECK(*std::min_element(hits.begin(), hits.end()) > 120);
  CHECK(*std::max_element(hits.begin(), hits.end()) < 280);
}

TEST_CASE("Selectors reach the target as well as their hardware can") {
  constexpr std::int64_t kElements = 200000;
  const auto share = [&](Selector selector, int bits, int steps) {
    CodecConfig config{
        .selection = Selection::top_k, .density = 0.01, .selector = selector, .histogram_bits = bits};
    State state;
    double kept = 0;
    for (int step = 0; step < steps; ++step) {
      base::Rng rng = rng_for(static_cast<std::uint64_t>(step));
      const auto gradient = gradient_source(kElements, 31, 0, static_cast<std::uint64_t>(step));
      kept = static_cast<double>(Codec(config).encode(gradient, state, rng).kept);
    }
    return kept / (0.01 * kElements);
  };
  CHECK(share(Selector::exact, 0, 1) == 1.0);
  const double octave = share(Selector::exponent_histogram, 0, 1);
  const double eighth = share(Selector::exponent_histogram, 3, 1);
  CHECK(octave >= 1.0);
  CHECK(eighth >= 1.0);
  CHECK(eighth < 1.6);
  CHECK(eighth <= octave);
  const double sampled = share(Selector::sampled, 0, 1);
  CHECK(sampled >= 0.8);
  CHECK(sampled <= 1.3);
  CHECK_THAT(share(Selector::previous_step, 0, 20), WithinRel(1.0, 0.1));
}

TEST_CASE("The previous-step threshold settles under error feedback, whose residual piles up below it") {
  const CodecConfig config{.selection = Selection::top_k,
                           .density = 0.01,
                           .selector = Selector::previous_step,
                           .error_feedback = true};
  for (const bool constant_gradient : {false, true}) {
    State state;
    double late = 0;
    double worst = 0;
    for (std::uint64_t step = 0; step < 150; ++step) {
      base::Rng rng = rng_for(step);
      const auto gradient = gradient_source(20000, 31, 0, constant_gradient ? 0 : step);
      const double share = static_cast<double>(Codec(config).encode(gradient, state, rng).kept) / 200;
      if (step < 100) continue;
      late += share / 50;
      worst = std::max(worst, share);
    }
    INFO("constant gradient " << constant_gradient);
    // A gradient that never changes fills the residual in lockstep: the hardest case for the loop.
    CHECK(late > 0.9);
    CHECK(late < (constant_gradient ? 1.8 : 1.2));
    CHECK(worst < (constant_gradient ? 3.0 : 1.5));
  }
}

TEST_CASE("Passes and buffer accesses follow the selector") {
  const auto work_of = [](Selector selector, bool feedback) {
    CodecConfig config{
        .selection = Selection::top_k, .density = 0.01, .selector = selector, .error_feedback = feedback};
    State state;
    base::Rng rng = rng_for(0);
    const Codec codec(config);
    codec.encode(gradient_source(10000, 1), state, rng);
    return codec.encode(gradient_source(10000, 1, 0, 1), state, rng).work;
  };
  CHECK(work_of(Selector::exact, false).passes == 5);
  CHECK(work_of(Selector::exponent_histogram, false).passes == 2);
  CHECK(work_of(Selector::previous_step, false).passes == 1);
  CHECK(work_of(Selector::exact, false).residual_reads == 0);
  const WorkCounts one_pass = work_of(Selector::previous_step, true);
  CHECK(one_pass.residual_reads == 10000);
  CHECK(one_pass.residual_writes >= 10000);
  CHECK(work_of(Selector::exact, true).residual_reads == 50000);
}

TEST_CASE("Steady state is past the warm-up and needs one pass with the threshold of the step before") {
  CodecConfig config{.selection = Selection::dgc, .density = 0.01, .selector = Selector::previous_step};
  config.warm_up_steps = 1000;
  base::Rng rng = rng_for(0);
  const Encoded encoded = encode_in_steady_state(Codec(config), gradient_source(100000, 5), rng);
  CHECK(encoded.work.passes == 1);
  CHECK_THAT(static_cast<double>(encoded.kept), WithinRel(1000.0, 0.3));
}

TEST_CASE("A residual in fewer bits keeps what is left to a small error") {
  const std::vector<float> gradient = gradient_source(5000, 8);
  const auto residual_of = [&](Precision precision) {
    CodecConfig config{.selection = Selection::top_k, .density = 0.01, .error_feedback = true};
    config.residual = precision;
    State state;
    base::Rng rng = rng_for(0);
    Codec(config).encode(gradient, state, rng);
    return state.residual;
  };
  const auto exact = residual_of(Precision::fp32);
  for (const auto& [precision, tolerance] :
       {std::pair{Precision::fp16, 1e-3}, std::pair{Precision::int8, 0.05}}) {
    auto stored = residual_of(precision);
    for (std::size_t i = 0; i < stored.size(); ++i) stored[i] -= exact[i];
    CHECK(norm_of(stored) > 0);
    CHECK(norm_of(stored) < tolerance * norm_of(exact));
  }
  CHECK(state_bytes_per_element({.error_feedback = true, .residual = Precision::int8}) == 1);
  CHECK(state_bytes_per_element({.selection = Selection::dgc}) == 8);
}

TEST_CASE("Damaged gradients and streams are met, not trusted") {
  std::vector<float> gradient = gradient_source(1000, 4);
  gradient[17] = std::nanf("");
  gradient[18] = INFINITY;
  const CodecConfig config{.selection = Selection::top_k, .density = 0.1, .values = Values::int4};
  Encoded encoded = encode_once(config, gradient);
  CHECK(encoded.work.guarded == 2);
  const std::vector<float> decoded = decode_all(config, encoded);
  CHECK(decoded[17] == 0.0f);
  CHECK(std::all_of(decoded.begin(), decoded.end(), [](float v) { return std::isfinite(v); }));

  std::vector<float> wrong_size(999);
  CHECK_THROWS_AS(Codec(config).decode(encoded, wrong_size), base::SimError);
  encoded.bytes.resize(encoded.bytes.size() / 2);
  CHECK_THROWS_AS(decode_all(config, encoded), base::SimError);
}

TEST_CASE("A flipped bit anywhere gives values or an error, never more") {
  CHECK(rc::check("decode survives single bit errors", [] {
    const CodecConfig config = any_config();
    const std::vector<float> gradient = gradient_source(500, 6);
    Encoded encoded = encode_once(config, gradient);
    const auto bit = *rc::gen::inRange<std::size_t>(0, 8 * encoded.bytes.size());
    encoded.bytes[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    try {
      std::vector<float> out(gradient.size());
      Codec(config).decode(encoded, out);
    } catch (const base::SimError&) {
      RC_CLASSIFY(true, "refused");
    }
  }));
}

TEST_CASE("An empty gradient is a header") {
  for (const Selection selection : {Selection::dense, Selection::top_k, Selection::random_k}) {
    const CodecConfig config{.selection = selection};
    const Encoded encoded = encode_once(config, {});
    CHECK(encoded.kept == 0);
    CHECK(decode_all(config, encoded).empty());
  }
}

TEST_CASE("a code is held against what was sent: any flipped bit of its values or places is noticed") {
  CHECK(rc::check("round trip", [] {
    const CodecConfig config = any_config();
    const auto elements = *rc::gen::inRange<std::int64_t>(2, 5000);
    const std::vector<float> gradient = gradient_source(elements, 5);
    State state;
    base::Rng rng = rng_for(0);
    Sent sent;
    const Encoded encoded = Codec(config).encode(gradient, state, rng, &sent);
    check_round_trip(Codec(config), encoded, sent, "conv1");
    RC_PRE(!sent.values.empty());
    Sent other = sent;
    const auto which = *rc::gen::inRange<std::size_t>(0, other.values.size());
    other.values[which] += 1;
    RC_ASSERT_THROWS_AS(check_round_trip(Codec(config), encoded, other, "conv1"), base::SimError);
  }));
  // Places of four bits, as an encoder that cuts them off would write them.
  CodecConfig config{.selection = Selection::top_k, .density = 0.01, .index = IndexCoding::coo};
  const std::vector<float> gradient = gradient_source(5000, 5);
  State state;
  base::Rng rng = rng_for(0);
  Sent sent;
  Encoded encoded = Codec(config).encode(gradient, state, rng, &sent);
  encoded.bytes[9] ^= std::byte{4};
  CHECK_THROWS_WITH(check_round_trip(Codec(config), encoded, sent, "conv1"), testing::contains("conv1"));
}
