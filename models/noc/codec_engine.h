// SPDX-License-Identifier: MIT
// Timing and legality of compression engines; the code's values and bits come from src/compression.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "noc/codec_config.h"
#include "sim/coding_site.h"

namespace kiln::noc {

/// What kind of code an engine runs; its values and bits come from the compression library.
enum class CodecKind { lossless, quantise, quantise_with_feedback };

/// One row of the legality table: what a placement may do to gradients, and why.
struct CodecRule {
  sim::CodingSite placement;
  CodecKind codec;
  bool allowed;
  std::string_view reason;
};

/// The whole table, every placement with every codec. Error feedback needs the residual of the very
/// values that were rounded, so it is possible only where the worker's values are known: at the MAC
/// array's output (or its DMA) and in the worker's network interface. A router sees packets of many
/// workers and keeps no residual.
const std::vector<CodecRule>& codec_rules();

/// Empty when such a code may run there, else what is wrong and what to do.
std::string refusal(sim::CodingSite placement, CodecKind codec);

/// What one transfer costs in an engine. Cycles are network cycles.
struct CodecTiming {
  int pipeline_cycles = 0;
  int fill_cycles = 0;  ///< input needed before the first compressed flit is full (and its scale known)
  std::int64_t busy_cycles = 0;  ///< input rate limit: how long the engine is occupied
  double first_output_s = 0;     ///< pipeline + fill
  bool meets_target = false;     ///< first output below kFirstOutputTargetS

  int first_output_cycles() const { return pipeline_cycles + fill_cycles; }
};

/// The 50 ns the design asks of an engine on the path.
inline constexpr double kFirstOutputTargetS = 50e-9;

class CodecEngine {
 public:
  CodecEngine(const CodecEngineConfig& config, int link_bytes);

  /// `raw_bytes` in, `wire_bytes` out, as measured by the codec on the tensor.
  CodecTiming compress(std::uint64_t raw_bytes, std::uint64_t wire_bytes, double clock_hz) const;
  /// The way back: one compressed flit expands into several; fill is the pipeline alone.
  CodecTiming decompress(std::uint64_t raw_bytes, std::uint64_t wire_bytes, double clock_hz) const;
  /// Upper limit of the raw payload rate.
  double input_bandwidth(double clock_hz) const { return config_.input_bytes_per_cycle * clock_hz; }

 private:
  CodecTiming finish(CodecTiming timing, std::uint64_t raw_bytes, double clock_hz) const;

  CodecEngineConfig config_;
  int link_bytes_;
};

}  // namespace kiln::noc
