// SPDX-License-Identifier: MIT
#include "pdn/delivery.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace kiln::pdn {

namespace {

std::optional<std::size_t> place_of(const DeliveryConfig& c, const std::string& name) {
  for (std::size_t i = 0; i < c.regulators.size(); ++i)
    if (c.regulators[i].name == name) return i;
  return {};
}

struct Fault {
  std::string key, text;
};

Fault no_regulator(const DeliveryConfig& c, std::string key, const std::string& name) {
  std::vector<std::string> names;
  for (const RegulatorConfig& regulator : c.regulators) names.push_back(regulator.name);
  return {std::move(key), fmt::format("no regulator is called '{}'{}", name, base::suggestion(name, names))};
}

std::optional<Fault> fault_of_tree(const DeliveryConfig& c) {
  for (std::size_t i = 0; i < c.regulators.size(); ++i) {
    if (*place_of(c, c.regulators[i].name) != i)
      return Fault{fmt::format("regulators.{}.name", i), "is the name of an earlier regulator, too"};
    std::size_t above = i;
    for (std::size_t steps = 0; !c.regulators[above].from.empty(); ++steps) {
      if (steps == c.regulators.size())
        return Fault{fmt::format("regulators.{}.source", i),
                     fmt::format("'{}' feeds itself through its sources", c.regulators[i].name)};
      const std::optional<std::size_t> source = place_of(c, c.regulators[above].from);
      if (!source)
        return no_regulator(c, fmt::format("regulators.{}.source", above), c.regulators[above].from);
      above = *source;
    }
  }
  return {};
}

/// The core's voltage moves with its operating point: nothing else can live on it.
std::optional<Fault> fault_of_loads(const DeliveryConfig& c) {
  const std::pair<const char*, const std::string&> loads[] = {
      {"core", c.core}, {"memory", c.memory}, {"other", c.other}, {"board", c.board}};
  for (const auto& [key, name] : loads) {
    if (!place_of(c, name)) return no_regulator(c, key, name);
    if (key != std::string_view("core") && name == c.core)
      return Fault{key, fmt::format("hangs on '{}', whose voltage follows the core; take another one", name)};
  }
  for (std::size_t i = 0; i < c.regulators.size(); ++i)
    if (c.regulators[i].from == c.core)
      return Fault{fmt::format("regulators.{}.source", i),
                   fmt::format("is '{}', whose voltage follows the core; take another one", c.core)};
  return {};
}

std::optional<Fault> fault_of(const DeliveryConfig& c) {
  if (std::optional<Fault> fault = fault_of_tree(c)) return fault;
  return fault_of_loads(c);
}

}  // namespace

Delivery::Delivery(const DeliveryConfig& config) : config_(config) {
  if (const std::optional<Fault> fault = fault_of(config_))
    throw base::SimError(fmt::format("delivery: {}: {}", fault->key, fault->text));
  std::vector<std::size_t> depth;
  for (std::size_t i = 0; i < config_.regulators.size(); ++i) {
    source_.push_back(place_of(config_, config_.regulators[i].from));
    leaves_first_.push_back(i);
    depth.push_back(0);
    for (std::string from = config_.regulators[i].from; !from.empty(); ++depth[i])
      from = config_.regulators[*place_of(config_, from)].from;
  }
  std::stable_sort(leaves_first_.begin(), leaves_first_.end(),
                   [&](std::size_t a, std::size_t b) { return depth[a] > depth[b]; });
  core_ = *place_of(config_, config_.core);
  memory_ = *place_of(config_, config_.memory);
  other_ = *place_of(config_, config_.other);
  board_ = *place_of(config_, config_.board);
}

std::vector<StageUse> Delivery::deliver(const RailLoads& loads, double core_v) const {
  std::vector<StageUse> stages(config_.regulators.size());
  stages[core_].output_w += loads.core_w;
  stages[memory_].output_w += loads.memory_w;
  stages[other_].output_w += loads.other_w;
  stages[board_].output_w += loads.board_w;
  for (const std::size_t i : leaves_first_) {
    StageUse& stage = stages[i];
    const RegulatorConfig& regulator = config_.regulators[i];
    stage.loss_w = regulator.loss_w(stage.output_w, i == core_ ? core_v : regulator.output_v);
    if (source_[i]) stages[*source_[i]].output_w += stage.output_w + stage.loss_w;
  }
  return stages;
}

double Delivery::input_w(const std::vector<StageUse>& stages) const {
  double watts = 0;
  for (std::size_t i = 0; i < stages.size(); ++i)
    if (!source_[i]) watts += stages[i].output_w + stages[i].loss_w;
  return watts;
}

const config::Record<DeliveryConfig>& describe(const DeliveryConfig*) {
  static const auto record =
      config::Record<DeliveryConfig>("delivery", "Converters from the supply to the rails")
          .field("supply", &DeliveryConfig::supply, {.doc = "What feeds them, for reports"})
          .field("regulators", &DeliveryConfig::regulators,
                 {.doc = "The converters",
                  .source = "estimate: 98.6 % at 300 W (400 to 48 V), 97.5 % at 100 W (48 to 12 V), 93 % at "
                            "20 W (core), 94 % at 5 W (memory) and at 2 W (io); bus converters peak at 96 to "
                            "98 %, core ones at 90 to 94 % (practice)"})
          .field("core", &DeliveryConfig::core,
                 {.doc = "Regulator of tiles, network and gradient SRAM; delivers the operating point's "
                         "voltage, so nothing else hangs on it"})
          .field("memory", &DeliveryConfig::memory, {.doc = "Regulator of the memory device"})
          .field("other", &DeliveryConfig::other, {.doc = "Regulator of the rest of the chip"})
          .field("board", &DeliveryConfig::board, {.doc = "Regulator of the board's own consumers"})
          .check([](const DeliveryConfig& c, config::Checker& check) {
            if (const std::optional<Fault> fault = fault_of(c)) check.fail(fault->key, fault->text);
          });
  return record;
}

}  // namespace kiln::pdn
