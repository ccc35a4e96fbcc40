// SPDX-License-Identifier: MIT
// The sparsity engine: cycles and countable events of the selection and coding work a codec did.
//
//   cycles = passes * ceil(N / lanes) + sample / lanes + counters read per histogram + depth,
// and the coder, which appends kept values and their places, runs behind the last pass, so only what it takes
// beyond that pass is added. Dense values of a fixed width have their place: the lanes pack them. The
// residual's accesses dominate the energy; they are counted in bytes of the stored format.
#pragma once

#include <cstdint>
#include <string>

#include "compression/codec_config.h"
#include "compression/counts.h"
#include "config/record.h"

namespace kiln::sparsity {

/// Where gradients enter the engine.
enum class Placement {
  array_output,  ///< straight from the MAC array: the first pass reads no buffer
  dma            ///< on their way out of the gradient buffer
};

struct EngineConfig {
  int lanes = 16;
  int depth = 12;
  int coder_values_per_cycle = 4;
  int counters = 256;
  int counters_per_cycle = 16;
  Placement placement = Placement::array_output;
};

std::span<const config::EnumName<Placement>> enum_names(const Placement*);
const config::Record<EngineConfig>& describe(const EngineConfig*);

struct EngineCost {
  std::int64_t cycles = 0;
  std::int64_t compares = 0;
  std::int64_t table_accesses = 0;
  std::int64_t coded_values = 0;
  std::int64_t gradient_read_bytes = 0;  ///< from the gradient buffer
  std::int64_t residual_read_bytes = 0;
  std::int64_t residual_write_bytes = 0;

  double cycles_per_element(std::int64_t elements) const {
    return elements == 0 ? 0 : static_cast<double>(cycles) / static_cast<double>(elements);
  }
};

/// `gradient_bits` and `residual_bits`: width of an element in its buffer.
EngineCost cost(const EngineConfig& config, const compression::WorkCounts& work, int gradient_bits = 32,
                int residual_bits = 32);

/// Empty when the engine has what the codec's selector needs, else what is missing and what to do.
std::string unsupported(const EngineConfig& config, const compression::CodecConfig& codec);

}  // namespace kiln::sparsity
