// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "governor/policies/constant.h"
#include "governor/policy_config.h"

namespace kiln::governor {

using config::Dimension;

std::span<const config::EnumName<PolicyKind>> enum_names(const PolicyKind*) {
  static constexpr config::EnumName<PolicyKind> names[] = {
      {PolicyKind::performance, "performance"},
      {PolicyKind::powersave, "powersave"},
      {PolicyKind::step_wise, "step_wise"},
      {PolicyKind::bang_bang, "bang_bang"},
      {PolicyKind::power_cap, "power_cap"},
      {PolicyKind::power_allocator, "power_allocator"},
      {PolicyKind::skin, "skin"},
      {PolicyKind::article_delta_t, "article_delta_t"},
      {PolicyKind::per_phase, "per_phase"},
      {PolicyKind::active_layers, "active_layers"},
      {PolicyKind::compression_aware, "compression_aware"},
      {PolicyKind::battery_aware, "battery_aware"},
      {PolicyKind::hbm_headroom, "hbm_headroom"},
      {PolicyKind::cooling_ramp, "cooling_ramp"},
      {PolicyKind::predictive, "predictive"},
      {PolicyKind::ramp_limit, "ramp_limit"}};
  return names;
}

const config::Record<PolicyConfig>& describe(const PolicyConfig*) {
  static const auto record =
      config::Record<PolicyConfig>("policy", "One governor policy; only the section of its kind is used")
          .field("kind", &PolicyConfig::kind, {.doc = "Rule that decides", .required = true})
          .field(
              "period", &PolicyConfig::period_s,
              {.doc = "Time between decisions",
               .unit = Dimension::time,
               .min = 1e-6,
               .max = 1e4,
               .source = "RK3588 device tree polls every 20 ms while passive; sensors convert in 1 to 10 ms"})
          .field("step_wise", &PolicyConfig::step_wise, {.doc = "For kind step_wise"})
          .field("bang_bang", &PolicyConfig::bang_bang, {.doc = "For kind bang_bang"})
          .field("power_cap", &PolicyConfig::power_cap, {.doc = "For kind power_cap"})
          .field("power_allocator", &PolicyConfig::power_allocator, {.doc = "For kind power_allocator"})
          .field("skin", &PolicyConfig::skin, {.doc = "For kind skin"})
          .field("article_delta_t", &PolicyConfig::article_delta_t, {.doc = "For kind article_delta_t"})
          .field("per_phase", &PolicyConfig::per_phase, {.doc = "For kind per_phase"})
          .field("active_layers", &PolicyConfig::active_layers, {.doc = "For kind active_layers"})
          .field("compression_aware", &PolicyConfig::compression_aware, {.doc = "For kind compression_aware"})
          .field("battery_aware", &PolicyConfig::battery_aware, {.doc = "For kind battery_aware"})
          .field("hbm_headroom", &PolicyConfig::hbm_headroom, {.doc = "For kind hbm_headroom"})
          .field("cooling_ramp", &PolicyConfig::cooling_ramp, {.doc = "For kind cooling_ramp"})
          .field("predictive", &PolicyConfig::predictive, {.doc = "For kind predictive"})
          .field("ramp_limit", &PolicyConfig::ramp_limit, {.doc = "For kind ramp_limit"});
  return record;
}

double lowest_memory_clock(const PolicyConfig& config) {
  switch (config.kind) {
    case PolicyKind::power_cap:
      return config.power_cap.hbm_floor;
    case PolicyKind::power_allocator:
      return config.power_allocator.hbm_floor;
    case PolicyKind::hbm_headroom:
      return config.hbm_headroom.floor;
    case PolicyKind::performance:
    case PolicyKind::powersave:
    case PolicyKind::step_wise:
    case PolicyKind::bang_bang:
    case PolicyKind::skin:
    case PolicyKind::article_delta_t:
    case PolicyKind::per_phase:
    case PolicyKind::active_layers:
    case PolicyKind::compression_aware:
    case PolicyKind::battery_aware:
    case PolicyKind::cooling_ramp:
    case PolicyKind::predictive:
    case PolicyKind::ramp_limit:
      return 1;
  }
  return 1;
}

bool reads_sensors(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::step_wise:
    case PolicyKind::bang_bang:
    case PolicyKind::power_allocator:
    case PolicyKind::article_delta_t:
    case PolicyKind::cooling_ramp:
    case PolicyKind::predictive:
    case PolicyKind::ramp_limit:
      return true;
    case PolicyKind::performance:
    case PolicyKind::powersave:
    case PolicyKind::power_cap:
    case PolicyKind::skin:
    case PolicyKind::per_phase:
    case PolicyKind::active_layers:
    case PolicyKind::compression_aware:
    case PolicyKind::battery_aware:
    case PolicyKind::hbm_headroom:
      return false;
  }
  return false;
}

std::unique_ptr<Policy> make_policy(const PolicyConfig& config, std::span<const OperatingPoint> table) {
  if (table.empty()) throw base::SimError("governor: a policy needs at least one operating point");
  switch (config.kind) {
    case PolicyKind::performance:
      return std::make_unique<ConstantLevel>(static_cast<int>(table.size()) - 1);
    case PolicyKind::powersave:
      return std::make_unique<ConstantLevel>(0);
    case PolicyKind::step_wise:
      return std::make_unique<StepWise>(config.step_wise, table);
    case PolicyKind::bang_bang:
      return std::make_unique<BangBang>(config.bang_bang, table);
    case PolicyKind::power_cap:
      return std::make_unique<PowerCap>(config.power_cap, table);
    case PolicyKind::power_allocator:
      return std::make_unique<PowerAllocator>(config.power_allocator, table, config.period_s);
    case PolicyKind::skin:
      return std::make_unique<SkinGovernor>(config.skin, table);
    case PolicyKind::article_delta_t:
      return std::make_unique<ArticleDeltaT>(config.article_delta_t, table);
    case PolicyKind::per_phase:
      return std::make_unique<PerPhase>(config.per_phase, table);
    case PolicyKind::active_layers:
      return std::make_unique<ActiveLayers>(config.active_layers, table);
    case PolicyKind::compression_aware:
      return std::make_unique<CompressionAware>(config.compression_aware, table);
    case PolicyKind::battery_aware:
      return std::make_unique<BatteryAware>(config.battery_aware, table);
    case PolicyKind::hbm_headroom:
      return std::make_unique<HbmHeadroom>(config.hbm_headroom, table);
    case PolicyKind::cooling_ramp:
      return std::make_unique<CoolingRamp>(config.cooling_ramp, table);
    case PolicyKind::predictive:
      return std::make_unique<Predictive>(config.predictive, table);
    case PolicyKind::ramp_limit:
      return std::make_unique<RampLimit>(config.ramp_limit, table);
  }
  throw base::SimError("governor: not a policy kind");
}

}  // namespace kiln::governor
