// SPDX-License-Identifier: MIT
#include "noc/codec_engine.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace kiln::noc {

const std::vector<CodecRule>& codec_rules() {
  using enum sim::CodingSite;
  using enum CodecKind;
  constexpr std::string_view residual = "the worker's own values are at hand: the residual can be kept";
  static const std::vector<CodecRule> rules{
      {none, lossless, true, "no engine"},
      {none, quantise, true, "no engine"},
      {none, quantise_with_feedback, true, "no engine"},
      {mac_output, lossless, true, "no loss, no residual"},
      {mac_output, quantise, true, "loss is accepted"},
      {mac_output, quantise_with_feedback, true, residual},
      {ni, lossless, true, "no loss, no residual"},
      {ni, quantise, true, "loss is accepted"},
      {ni, quantise_with_feedback, true, residual},
      {router, lossless, true, "no loss, no residual"},
      {router, quantise, true, "loss is accepted"},
      {router, quantise_with_feedback, false,
       "a router sees packets of many workers and cannot hold their residuals; put the engine at mac_output "
       "or ni, or "
       "choose codec quantise or lossless"},
  };
  return rules;
}

std::string refusal(sim::CodingSite placement, CodecKind codec) {
  for (const CodecRule& rule : codec_rules())
    if (rule.placement == placement && rule.codec == codec && !rule.allowed) return std::string(rule.reason);
  return {};
}

CodecEngine::CodecEngine(const CodecEngineConfig& config, int link_bytes)
    : config_(config), link_bytes_(link_bytes) {}

CodecTiming CodecEngine::compress(std::uint64_t raw_bytes, std::uint64_t wire_bytes, double clock_hz) const {
  CodecTiming timing;
  timing.pipeline_cycles = config_.pipeline_cycles;
  // The first output flit leaves when as much input as it stands for has entered, after the block's scale is
  // known.
  const double ratio =
      wire_bytes > 0 ? std::max(1.0, static_cast<double>(raw_bytes) / static_cast<double>(wire_bytes)) : 1;
  const double first_flit_bytes = std::min<double>(link_bytes_ * ratio, static_cast<double>(raw_bytes));
  const double block_bytes =
      std::min<double>(config_.scale_block_flits * link_bytes_, static_cast<double>(raw_bytes));
  timing.fill_cycles =
      static_cast<int>(std::ceil((first_flit_bytes + block_bytes) / config_.input_bytes_per_cycle));
  return finish(timing, raw_bytes, clock_hz);
}

CodecTiming CodecEngine::decompress(std::uint64_t raw_bytes, std::uint64_t wire_bytes,
                                    double clock_hz) const {
  CodecTiming timing;
  if (wire_bytes == 0) return finish(timing, 0, clock_hz);
  timing.pipeline_cycles = config_.pipeline_cycles;
  return finish(timing, raw_bytes, clock_hz);
}

CodecTiming CodecEngine::finish(CodecTiming timing, std::uint64_t raw_bytes, double clock_hz) const {
  const auto rate = static_cast<std::uint64_t>(config_.input_bytes_per_cycle);
  timing.busy_cycles = static_cast<std::int64_t>((raw_bytes + rate - 1) / rate);
  timing.first_output_s = timing.first_output_cycles() / clock_hz;
  timing.meets_target = timing.first_output_s < kFirstOutputTargetS;
  return timing;
}

}  // namespace kiln::noc
