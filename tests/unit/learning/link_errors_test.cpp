// SPDX-License-Identifier: MIT
// Links that flip bits of gradients: how many, what a check finds, what it costs, and what learning makes of
// it.
#include "learning/faults/link_errors.h"

#include <cmath>

#include "learning/exchange.h"
#include "learning/faults/fault_map.h"
#include "learning/trainer.h"
#include "support/catch.h"
#include "unit/learning/steps.h"

using namespace kiln;
using namespace kiln::learning;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using kiln::testing::contains;

namespace {

LinkFaultsConfig links_of(double rate, LinkCheck check = LinkCheck::none) {
  LinkFaultsConfig config;
  config.bit_error_rate = rate;
  config.check = check;
  return config;
}

base::Rng rng_of_message(std::uint64_t message) {
  return base::Rng(3, "link_errors_test", "links", message);
}

/// Four standard errors of so many rare events.
double four_sigma(double expected) {
  return 4 * std::sqrt(expected);
}

}  // namespace

TEST_CASE("without a check a bit arrives wrong if it was flipped on one of two crossings") {
  for (const double rate : {1e-4, 0.01, 0.1}) {
    const LinkErrors links(links_of(rate));
    constexpr std::uint64_t kBits = 100'000;
    LinkCounts counts;
    for (std::uint64_t message = 0; message < 20; ++message) {
      base::Rng rng = rng_of_message(message);
      const std::vector<std::uint64_t> wrong = links.wrong_bits(kBits, rng, counts);
      for (std::size_t i = 0; i + 1 < wrong.size(); ++i) REQUIRE(wrong[i] < wrong[i + 1]);
      if (!wrong.empty()) REQUIRE(wrong.back() < kBits);
    }
    const double expected = 20.0 * kBits * 2 * rate * (1 - rate);
    CHECK_THAT(static_cast<double>(counts.wrong_bits), WithinAbs(expected, four_sigma(expected)));
    CHECK(counts.packets == 0);
  }
  base::Rng rng = rng_of_message(0);
  LinkCounts none;
  CHECK(LinkErrors(links_of(0)).wrong_bits(1 << 20, rng, none).empty());
}

TEST_CASE("a check has 1 / (1 - p) packets sent for each that arrives, and lets 2^-c of long patterns pass") {
  LinkFaultsConfig config = links_of(2e-4, LinkCheck::crc);  // p = 0.34 of 2064 bits
  const double p = 1 - std::pow(1 - 2e-4, 8 * 256 + 16);
  CHECK_THAT(packet_error_rate(config), WithinRel(p, 1e-9));
  CHECK_THAT(link_overhead(config), WithinRel((1 + 16 / 2048.0) / (1 - p), 1e-9));
  CHECK(link_overhead(links_of(2e-4)) == 1);
  LinkCounts counts;
  base::Rng rng = rng_of_message(1);
  constexpr std::uint64_t kPackets = 20'000;
  CHECK(LinkErrors(config)
            .wrong_bits(kPackets * 2048, rng, counts)
            .empty());  // three wrong bits at most pass never
  CHECK(counts.packets == 2 * static_cast<std::int64_t>(kPackets));
  const double again = 2 * static_cast<double>(kPackets) * p / (1 - p);
  CHECK_THAT(static_cast<double>(counts.sent_again), WithinAbs(again, four_sigma(again / (1 - p))));
  // A check of 4 bits over packets longer than it is made for finds single wrong bits and 15 of 16 others.
  config = links_of(1e-3, LinkCheck::crc);
  config.check_bits = 4;
  config.packet_bytes = 125;
  LinkCounts loose;
  base::Rng other = rng_of_message(2);
  LinkErrors(config).wrong_bits(kPackets * 1000, other, loose);
  const double bits = 1004, one = bits * 1e-3 * std::pow(1 - 1e-3, bits - 1);
  const double wrong = 1 - std::pow(1 - 1e-3, bits), passing = (wrong - one) / 16;
  // Those sent again are tried anew: a geometric series of what passes. Each holds two wrong bits or more.
  const double arrive = 2 * static_cast<double>(kPackets) * passing / (1 - (wrong - passing));
  const double per_packet = (bits * 1e-3 - one) / (wrong - one) * 1000 / 1004;
  CHECK_THAT(static_cast<double>(loose.wrong_bits), WithinRel(arrive * per_packet, 0.1));
}

TEST_CASE("flipped bits of a value in its format are those of the format") {
  std::vector<float> values = {1.0f, 2.0f, -0.5f};
  const std::uint64_t bits[] = {31, 32 + 23, 64 + 30};
  CHECK(flip_bits({}, bits, 0, values).bits == 3);
  CHECK(values[0] == -1.0f);
  CHECK(values[1] == 4.0f);  // exponent 128 has its lowest bit clear
  CHECK(std::fabs(values[2]) > 1e37f);
  NumberFormat half;
  half.precision = workload::Precision::fp16;
  std::vector<float> halves = {1.0f, 1.0f};
  const std::uint64_t sign[] = {16 + 15};
  flip_bits(half, sign, 0, halves);
  CHECK(halves == std::vector<float>{1.0f, -1.0f});
  const std::uint64_t high[] = {14};
  const FaultCounts guarded = flip_bits(half, high, 4, halves);
  CHECK(guarded.guarded == 1);
  CHECK(halves[0] == 0);
}

namespace {

TrainingSetup noisy_setup(const std::optional<LinkFaultsConfig>& links,
                          const std::optional<compression::CodecConfig>& codec = {}) {
  TrainingSetup setup;
  setup.network = workload::build_network(
      parse_network("  - {name: f, op: flatten}\n  - {name: h, op: linear, out: 24, act: relu}\n"
                    "  - {name: z, op: linear, out: 4}\n",
                    "{channels: 1, height: 8, width: 8}"));
  setup.training = fp32_training(16);
  setup.workers = 4;
  setup.learning.data.samples = 640;
  setup.learning.data.test_samples = 160;
  setup.learning.data.generator.classes = 4;
  setup.learning.rate.initial = 0.05;
  setup.learning.faults.emplace();
  setup.learning.faults->links = links;
  if (codec) setup.codecs.assign(3, compression::Codec(*codec));
  return setup;
}

EpochResult epoch_of(const TrainingSetup& setup) {
  const TrainAndTest data = load_data(setup.learning.data, setup.network, 1);
  return Trainer(setup, data, 3).epoch({});
}

compression::CodecConfig codec_with(compression::Selection selection) {
  compression::CodecConfig codec;
  codec.selection = selection;
  codec.density = 0.1;
  codec.rank = 2;
  codec.error_feedback = true;
  return codec;
}

}  // namespace

TEST_CASE("links that flip nothing, and those that send again what they flip, change no bit of a training") {
  using compression::Selection;
  for (const auto& codec :
       {std::optional<compression::CodecConfig>(), std::optional(codec_with(Selection::top_k)),
        std::optional(codec_with(Selection::power_sgd)), std::optional(codec_with(Selection::dense))}) {
    const EpochResult none = epoch_of(noisy_setup({}, codec)),
                      zero = epoch_of(noisy_setup(links_of(0), codec)),
                      checked = epoch_of(noisy_setup(links_of(1e-5, LinkCheck::crc), codec));
    CHECK(zero.loss == none.loss);
    CHECK(checked.loss == none.loss);
    CHECK(checked.test_loss == none.test_loss);
    CHECK(checked.links.sent_again > 0);
    CHECK(checked.links.wrong_bits == 0);
    CHECK(zero.links.sent_again == 0);
  }
}

TEST_CASE("silent flips hurt plain floats most; a guard helps, narrow codes bear them") {
  const double rate = 1e-4;
  const EpochResult clean = epoch_of(noisy_setup({})), plain = epoch_of(noisy_setup(links_of(rate)));
  CHECK(plain.links.wrong_bits > 100);
  CHECK(!(plain.test_loss < 2 * clean.test_loss));  // an exponent's bit is enough
  TrainingSetup guarded = noisy_setup(links_of(rate));
  guarded.learning.faults->guard = 1;
  CHECK(epoch_of(guarded).test_loss < 1.5 * clean.test_loss);
  compression::CodecConfig int8 = codec_with(compression::Selection::dense);
  int8.values = compression::Values::int8;
  const EpochResult narrow = epoch_of(noisy_setup(links_of(rate), int8));
  CHECK(narrow.links.wrong_bits > 10);
  CHECK(narrow.test_loss < 2 * clean.test_loss);
}

TEST_CASE("a sparse code that cannot be read any more is lost, spoils the step and is gone back behind") {
  TrainingSetup setup = noisy_setup(links_of(2e-4), codec_with(compression::Selection::top_k));
  setup.learning.faults->guard = 1;
  const EpochResult lost = epoch_of(setup);
  CHECK(lost.links.lost_messages > 0);
  CHECK(lost.spoilt_steps > 0);
  CHECK(lost.recovery.rolled_back == 0);
  setup.learning.faults->recover = Recover::rollback;
  setup.learning.faults->checkpoint_steps = 5;
  CHECK(epoch_of(setup).recovery.rolled_back > 0);
}

TEST_CASE("factors of low rank cross the links, too, and a training with flips has the same bits again") {
  const TrainingSetup setup = noisy_setup(links_of(1e-5), codec_with(compression::Selection::power_sgd));
  const EpochResult once = epoch_of(setup), again = epoch_of(setup);
  CHECK(once.links.wrong_bits > 0);
  CHECK(once.links.wrong_bits == again.links.wrong_bits);
  CHECK((once.loss == again.loss || (std::isnan(once.loss) && std::isnan(again.loss))));
}

TEST_CASE("a check that cannot keep up and keys without effect are refused") {
  const auto read = [](const std::string& text) {
    return config::read_tree<LinkFaultsConfig>(config::parse_yaml("l", text), "").value;
  };
  CHECK(read("{check: crc, packet: 64 B, check_bits: 8}").packet_bytes == 64);
  CHECK_THROWS_WITH(read("{bit_error_rate: 0.01, check: crc}"), contains("nearly all are sent again"));
  CHECK_THROWS_WITH(read("{check_bits: 8}"), contains("do nothing"));
}
