// SPDX-License-Identifier: MIT
// What a gradient codec does, as configured: which elements are sent, how their values and places are
// written, and what becomes of the rest.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "config/record.h"

namespace kiln::compression {

enum class Values { fp32, fp16, int8, int4, int2, sign, ternary, qsgd, block_floating_point };
enum class Selection {
  dense,
  top_k,
  random_k,
  threshold,
  dgc,
  power_sgd  // factors of low rank, see power_sgd.h
};
enum class IndexCoding {
  none,
  coo,               // place in ceil(log2 N) bits, or `coo_bits`
  bitmap,            // one bit per element
  bitmap_two_level,  // one bit per 64 elements, 64 more where it is set
  block_offset,      // per 256 elements a count, per kept element an 8-bit offset
  varint,            // gaps in groups of 7 bits
  rice,              // gaps: unary quotient, m-bit remainder (Rice 1979)
  rle_escape,        // runs of zeros in `run_bits` bits, the largest code continues
  rle_padded         // the same, a run too long is broken by a kept zero (Eyeriss, Chen et al. 2016)
};
enum class Selector { exact, exponent_histogram, sampled, previous_step };
enum class Rounding { nearest, stochastic };
enum class FeedbackRule { error_feedback, ef21 };
enum class Precision { fp32, fp16, int8 };

struct CodecConfig {
  Selection selection = Selection::dense;
  double density = 0.01;
  double threshold = 0;
  int rank = 4;
  Selector selector = Selector::exact;
  int histogram_bits = 0;
  double sample_fraction = 0.01;

  Values values = Values::fp32;
  int block = 256;
  Rounding rounding = Rounding::nearest;
  int qsgd_levels = 7;
  int mantissa_bits = 7;

  IndexCoding index = IndexCoding::rice;
  int run_bits = 8;
  int coo_bits = 0;

  bool error_feedback = false;
  FeedbackRule feedback_rule = FeedbackRule::error_feedback;
  Precision residual = Precision::fp32;

  double momentum = 0.9;
  double clip_norm = 0;
  std::int64_t warm_up_steps = 0;
};

const config::Record<CodecConfig>& describe(const CodecConfig*);
std::span<const config::EnumName<Values>> enum_names(const Values*);
std::span<const config::EnumName<Selection>> enum_names(const Selection*);
std::span<const config::EnumName<IndexCoding>> enum_names(const IndexCoding*);
std::span<const config::EnumName<Selector>> enum_names(const Selector*);
std::span<const config::EnumName<Rounding>> enum_names(const Rounding*);
std::span<const config::EnumName<FeedbackRule>> enum_names(const FeedbackRule*);
std::span<const config::EnumName<Precision>> enum_names(const Precision*);

// Bits one value takes in the stream, scales apart.
int value_bits(const CodecConfig& config);
// True when only some elements are sent.
bool is_sparse(const CodecConfig& config);
// True when workers send factors of low rank: they code together, see power_sgd.h.
bool is_low_rank(const CodecConfig& config);
// Buffers of the size of the gradient that the codec keeps from step to step: residual, momentum.
int state_buffers(const CodecConfig& config);
int residual_bits(Precision precision);

// What distinguishes codecs on one curve of steps to an accuracy: all that changes the values which arrive,
// but for what the curve runs over: the density of a sparse code, the values of a dense
// one, the rank of factors.
std::string family_text(const CodecConfig& config);

// Density at a step: the target, or on the way to it in DGC's warm-up (75, 93.75, 98.4 ... % of the elements
// held back, Lin et al., ICLR 2018, sec. 3.3): each fifth of the warm-up a quarter of the density before,
// never below the target.
double density_at_step(const CodecConfig& config, std::int64_t step);

}  // namespace kiln::compression
