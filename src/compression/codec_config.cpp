// SPDX-License-Identifier: MIT
#include "compression/codec_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace kiln::compression {
namespace {

void check_rules(const CodecConfig& c, config::Checker& check) {
  const bool sparse = is_sparse(c);
  const bool needs_places = sparse && c.selection != Selection::random_k;
  if (needs_places && c.index == IndexCoding::none)
    check.fail("index", "a sparse gradient needs its places; only dense and random_k go without");
  if (c.selection == Selection::threshold && c.threshold <= 0)
    check.fail("threshold", "selection threshold needs a positive threshold");
  if (sparse && c.values == Values::sign && c.index == IndexCoding::rle_padded)
    check.fail("index", "rle_padded breaks long runs with a zero, which a sign cannot write; use rle_escape");
  if (c.selection == Selection::dgc && c.error_feedback)
    check.fail("error_feedback", "dgc accumulates what it does not send by itself; leave error_feedback off");
  if (is_low_rank(c) && c.values != Values::fp32)
    check.fail("values",
               "power_sgd sends its factors as fp32, which all-reduces add up as they are; remove values");
  if (is_low_rank(c) && c.error_feedback && c.feedback_rule == FeedbackRule::ef21)
    check.fail("feedback_rule",
               "power_sgd keeps what it did not send (Vogels et al. 2019, algorithm 2); "
               "remove it");
  if (c.error_feedback && (c.values == Values::ternary || c.values == Values::qsgd))
    check.fail(
        "error_feedback",
        "ternary and qsgd are not contractive: with error feedback they diverge or lose accuracy (GRACE); "
        "use int2, int4 or sign");
}

}  // namespace

const config::Record<CodecConfig>& describe(const CodecConfig*) {
  using config::Dimension;
  static const auto record =
      config::Record<CodecConfig>("codec", "How a gradient is compressed")
          .field("selection", &CodecConfig::selection, {.doc = "Which elements are sent"})
          .field("density", &CodecConfig::density,
                 {.doc = "Share of the elements sent by top_k, random_k and dgc",
                  .min = 1e-6,
                  .max = 1,
                  .source = "Lin et al., ICLR 2018: 0.001; 0.01 keeps accuracy in short runs"})
          .field("threshold", &CodecConfig::threshold,
                 {.doc = "Smallest magnitude sent by selection threshold",
                  .min = 0,
                  .max = 1e6,
                  .source = "none: off"})
          .field(
              "rank", &CodecConfig::rank,
              {.doc = "Rank of the factors that power_sgd sends of each matrix (of a convolution's kernel: "
                      "outputs by inputs and positions); a matrix that they would not make smaller, and "
                      "vectors, are sent as they are",
               .min = 1,
               .max = 1024,
               .source = "Vogels et al., NeurIPS 2019: 2 for images, 4 for language"})
          .field("selector", &CodecConfig::selector, {.doc = "How hardware finds the largest elements"})
          .field("histogram_bits", &CodecConfig::histogram_bits,
                 {.doc = "Mantissa bits beside the exponent in the histogram selector",
                  .min = 0,
                  .max = 6,
                  .source = "estimate: 256 counters fit a small SRAM"})
          .field("sample_fraction", &CodecConfig::sample_fraction,
                 {.doc = "Share of the elements the sampled selector looks at",
                  .min = 1e-4,
                  .max = 1,
                  .source = "Lin et al., ICLR 2018, sec. 3: 0.1 % to 1 %"})
          .field("values", &CodecConfig::values, {.doc = "How a value is written"})
          .field("block", &CodecConfig::block,
                 {.doc = "Values that share a scale; 0 is the whole tensor",
                  .min = 0,
                  .max = 1 << 24,
                  .source = "estimate: 16 bits of scale per 256 values cost 1.6 % of INT4"})
          .field("rounding", &CodecConfig::rounding, {.doc = "Rounding of integer values"})
          .field("qsgd_levels", &CodecConfig::qsgd_levels,
                 {.doc = "Levels of QSGD beside zero",
                  .min = 1,
                  .max = 127,
                  .source = "Alistarh et al., NIPS 2017"})
          .field("mantissa_bits", &CodecConfig::mantissa_bits,
                 {.doc = "Mantissa bits of block floating point, sign apart",
                  .min = 1,
                  .max = 15,
                  .source = "Drumond et al., NeurIPS 2018: 8-bit training"})
          .field("index", &CodecConfig::index, {.doc = "How the places of sent elements are written"})
          .field("run_bits", &CodecConfig::run_bits,
                 {.doc = "Bits of a run-length code",
                  .min = 2,
                  .max = 16,
                  .source = "Eyeriss uses 5; 8 suits 1 %"})
          .field("coo_bits", &CodecConfig::coo_bits,
                 {.doc = "Fewest bits of a coordinate; a tensor that needs more takes as many as it needs",
                  .min = 0,
                  .max = 32,
                  .source = "most libraries use 32"})
          .field("error_feedback", &CodecConfig::error_feedback,
                 {.doc = "Keep what was not sent and add it to the next gradient"})
          .field("feedback_rule", &CodecConfig::feedback_rule,
                 {.doc = "Classic error feedback (Karimireddy et al. 2019) or EF21 (Richtarik et al. 2021)"})
          .field("residual", &CodecConfig::residual, {.doc = "Format the residual is stored in"})
          .field("momentum", &CodecConfig::momentum,
                 {.doc = "Momentum of DGC's correction, in place of the optimizer's; 0: the optimizer's own",
                  .min = 0,
                  .max = 0.9999,
                  .source = "Lin et al., ICLR 2018"})
          .field("clip_norm", &CodecConfig::clip_norm,
                 {.doc = "DGC clips the gradient to this norm before it is added; 0 is off",
                  .min = 0,
                  .max = 1e6,
                  .source = "Lin et al., ICLR 2018, sec. 3.2"})
          .field("warm_up_steps", &CodecConfig::warm_up_steps,
                 {.doc = "Steps over which dgc falls from 25 % to its density",
                  .min = 0,
                  .max = 1e9,
                  .source = "Lin et al., ICLR 2018: 4 epochs"})
          .check(check_rules);
  return record;
}

std::span<const config::EnumName<Values>> enum_names(const Values*) {
  static constexpr config::EnumName<Values> kNames[] = {
      {Values::fp32, "fp32"},
      {Values::fp16, "fp16"},
      {Values::int8, "int8"},
      {Values::int4, "int4"},
      {Values::int2, "int2"},
      {Values::sign, "sign"},
      {Values::ternary, "ternary"},
      {Values::qsgd, "qsgd"},
      {Values::block_floating_point, "block_floating_point"}};
  return kNames;
}

std::span<const config::EnumName<Selection>> enum_names(const Selection*) {
  static constexpr config::EnumName<Selection> kNames[] = {
      {Selection::dense, "dense"},         {Selection::top_k, "top_k"}, {Selection::random_k, "random_k"},
      {Selection::threshold, "threshold"}, {Selection::dgc, "dgc"},     {Selection::power_sgd, "power_sgd"}};
  return kNames;
}

std::span<const config::EnumName<IndexCoding>> enum_names(const IndexCoding*) {
  static constexpr config::EnumName<IndexCoding> kNames[] = {
      {IndexCoding::none, "none"},
      {IndexCoding::coo, "coo"},
      {IndexCoding::bitmap, "bitmap"},
      {IndexCoding::bitmap_two_level, "bitmap_two_level"},
      {IndexCoding::block_offset, "block_offset"},
      {IndexCoding::varint, "varint"},
      {IndexCoding::rice, "rice"},
      {IndexCoding::rle_escape, "rle_escape"},
      {IndexCoding::rle_padded, "rle_padded"}};
  return kNames;
}

std::span<const config::EnumName<Selector>> enum_names(const Selector*) {
  static constexpr config::EnumName<Selector> kNames[] = {
      {Selector::exact, "exact"},
      {Selector::exponent_histogram, "exponent_histogram"},
      {Selector::sampled, "sampled"},
      {Selector::previous_step, "previous_step"}};
  return kNames;
}

std::span<const config::EnumName<Rounding>> enum_names(const Rounding*) {
  static constexpr config::EnumName<Rounding> kNames[] = {{Rounding::nearest, "nearest"},
                                                          {Rounding::stochastic, "stochastic"}};
  return kNames;
}

std::span<const config::EnumName<FeedbackRule>> enum_names(const FeedbackRule*) {
  static constexpr config::EnumName<FeedbackRule> kNames[] = {
      {FeedbackRule::error_feedback, "error_feedback"}, {FeedbackRule::ef21, "ef21"}};
  return kNames;
}

std::span<const config::EnumName<Precision>> enum_names(const Precision*) {
  static constexpr config::EnumName<Precision> kNames[] = {
      {Precision::fp32, "fp32"}, {Precision::fp16, "fp16"}, {Precision::int8, "int8"}};
  return kNames;
}

int value_bits(const CodecConfig& config) {
  switch (config.values) {
    case Values::fp32:
      return 32;
    case Values::fp16:
      return 16;
    case Values::int8:
      return 8;
    case Values::int4:
      return 4;
    case Values::int2:
    case Values::ternary:
      return 2;
    case Values::sign:
      return 1;
    case Values::qsgd:
      return 1 + static_cast<int>(std::bit_width(static_cast<unsigned>(config.qsgd_levels)));
    case Values::block_floating_point:
      return 1 + config.mantissa_bits;
  }
  return 32;
}

bool is_sparse(const CodecConfig& config) {
  return config.selection != Selection::dense && !is_low_rank(config);
}

bool is_low_rank(const CodecConfig& config) {
  return config.selection == Selection::power_sgd;
}

int state_buffers(const CodecConfig& config) {
  if (config.selection == Selection::dgc) return 2;
  return config.error_feedback ? 1 : 0;
}

int residual_bits(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return 32;
    case Precision::fp16:
      return 16;
    case Precision::int8:
      return 8;
  }
  return 32;
}

namespace {

template <class E>
std::string_view name(E value) {
  for (const config::EnumName<E>& known : enum_names(static_cast<const E*>(nullptr)))
    if (known.value == value) return known.name;
  return "?";
}

}  // namespace

std::string family_text(const CodecConfig& config) {
  std::string text(name(config.selection));
  if (is_sparse(config)) {
    text += fmt::format(" of {}", name(config.values));
    if (config.selector != Selector::exact) text += fmt::format(" by {}", name(config.selector));
  }
  if (!is_low_rank(config)) text += fmt::format(", {} in blocks of {}", name(config.rounding), config.block);
  if (config.selection == Selection::dgc) return text + fmt::format(", momentum {}", config.momentum);
  if (!config.error_feedback) return text + ", no feedback";
  return text + fmt::format(", {} in {}", name(config.feedback_rule), name(config.residual));
}

double density_at_step(const CodecConfig& config, std::int64_t step) {
  if (config.selection != Selection::dgc || step >= config.warm_up_steps) return config.density;
  constexpr int kStages = 5;
  const std::int64_t stage = step * kStages / config.warm_up_steps;
  return std::max(config.density, std::pow(0.25, static_cast<double>(stage + 1)));
}

}  // namespace kiln::compression
