// SPDX-License-Identifier: MIT
// Every policy there is, and how to make one. To add a policy: its class in policies/, then its name and
// configuration here with their lines in policy_factory.cpp.
#pragma once

#include <memory>
#include <span>

#include "governor/policies/active_layers.h"
#include "governor/policies/article_delta_t.h"
#include "governor/policies/bang_bang.h"
#include "governor/policies/battery_aware.h"
#include "governor/policies/compression_aware.h"
#include "governor/policies/cooling_ramp.h"
#include "governor/policies/hbm_headroom.h"
#include "governor/policies/per_phase.h"
#include "governor/policies/power_allocator.h"
#include "governor/policies/power_cap.h"
#include "governor/policies/predictive.h"
#include "governor/policies/ramp_limit.h"
#include "governor/policies/skin.h"
#include "governor/policies/step_wise.h"
#include "governor/policy.h"

namespace kiln::governor {

enum class PolicyKind {
  performance,
  powersave,
  step_wise,
  bang_bang,
  power_cap,
  power_allocator,
  skin,
  article_delta_t,
  per_phase,
  active_layers,
  compression_aware,
  battery_aware,
  hbm_headroom,
  cooling_ramp,
  predictive,
  ramp_limit
};
std::span<const config::EnumName<PolicyKind>> enum_names(const PolicyKind*);

struct PolicyConfig {
  PolicyKind kind = PolicyKind::performance;
  double period_s = 0.01;  ///< time between decisions
  StepWiseConfig step_wise{};
  BangBangConfig bang_bang{};
  PowerCapConfig power_cap{};
  PowerAllocatorConfig power_allocator{};
  SkinConfig skin{};
  ArticleDeltaTConfig article_delta_t{};
  PerPhaseConfig per_phase{};
  ActiveLayersConfig active_layers{};
  CompressionAwareConfig compression_aware{};
  BatteryAwareConfig battery_aware{};
  HbmHeadroomConfig hbm_headroom{};
  CoolingRampConfig cooling_ramp{};
  PredictiveConfig predictive{};
  RampLimitConfig ramp_limit{};
};
const config::Record<PolicyConfig>& describe(const PolicyConfig*);

/// It goes by the chip's sensors; `skin` and memory have thermometers of their own.
bool reads_sensors(PolicyKind kind);
/// Lowest factor it may put on the memory clock; 1 if it leaves that alone.
double lowest_memory_clock(const PolicyConfig& config);
/// Throws base::SimError for an empty table.
std::unique_ptr<Policy> make_policy(const PolicyConfig& config, std::span<const OperatingPoint> table);

}  // namespace kiln::governor
