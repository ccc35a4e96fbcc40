// SPDX-License-Identifier: MIT
// A phone's governor: stages of throttling by what the user
// touches, or by the board thermistor that stands for it.
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

enum class SkinSource { skin, board };
std::span<const config::EnumName<SkinSource>> enum_names(const SkinSource*);

struct SkinStageConfig {
  double above_c = 0;
  double clock_share = 1;  ///< of the top clock
};

struct SkinConfig {
  SkinSource source = SkinSource::board;
  std::vector<SkinStageConfig> stages = {{39, 0.85}, {41, 0.65}, {43, 0.40}};
  double hysteresis_k = 1.5;
};
const config::Record<SkinStageConfig>& describe(const SkinStageConfig*);
const config::Record<SkinConfig>& describe(const SkinConfig*);

class SkinGovernor final : public Policy {
 public:
  SkinGovernor(const SkinConfig& config, std::span<const OperatingPoint> table);
  /// A thermistor that reads NaN counts as the hottest stage: the skin limit protects a person.
  Decision decide(const Observation& observation) override;
  void reset() override { stage_ = 0; }
  std::vector<double> state() const override { return {static_cast<double>(stage_)}; }

 private:
  SkinConfig config_;
  std::vector<OperatingPoint> table_;
  std::size_t stage_ = 0;  ///< stages in force
};

}  // namespace kiln::governor
