// SPDX-License-Identifier: MIT
#include "pdn/regulator.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace kiln::pdn {

double RegulatorConfig::loss_w(double output_w) const {
  const double current_a = output_w / output_v;
  return idle_w + drop_v * current_a + resistance_ohm * current_a * current_a;
}

double RegulatorConfig::efficiency(double output_w) const {
  return output_w > 0.0 ? output_w / (output_w + loss_w(output_w)) : 0.0;
}

Delivery::Delivery(const DeliveryConfig& config) : config_(config) {
  const auto& all = config_.regulators;
  const auto index_of = [&](const std::string& name) {
    return static_cast<std::size_t>(
        std::find_if(all.begin(), all.end(), [&](const RegulatorConfig& r) { return r.name == name; }) -
        all.begin());
  };
  std::vector<std::size_t> depth(all.size(), 0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t at = i; !all[at].from.empty(); ++depth[i]) {
      const std::size_t source = index_of(all[at].from);
      if (source == all.size())
        throw base::SimError(
            fmt::format("regulator '{}' is fed from '{}', which does not exist", all[at].name, all[at].from));
      if (depth[i] > all.size())
        throw base::SimError(fmt::format("regulator '{}' feeds itself through its sources", all[i].name));
      at = source;
    }
    leaves_first_.push_back(i);
  }
  std::stable_sort(leaves_first_.begin(), leaves_first_.end(),
                   [&](std::size_t a, std::size_t b) { return depth[a] > depth[b]; });
}

DeliveryReport Delivery::deliver(const std::map<std::string, double>& load_w) const {
  DeliveryReport report;
  std::vector<std::string> names;
  for (const RegulatorConfig& regulator : config_.regulators) {
    report.output_w[regulator.name] = 0.0;
    names.push_back(regulator.name);
  }
  for (const auto& [name, power_w] : load_w) {
    if (!report.output_w.contains(name))
      throw base::SimError(fmt::format("a load is on regulator '{}', which does not exist{}", name,
                                       base::suggestion(name, names)));
    report.output_w[name] += power_w;
    report.delivered_w += power_w;
  }
  for (const std::size_t i : leaves_first_) {
    const RegulatorConfig& regulator = config_.regulators[i];
    const double output_w = report.output_w[regulator.name];
    const double loss_w = regulator.loss_w(output_w);
    report.loss_w[regulator.name] = loss_w;
    (regulator.from.empty() ? report.input_w : report.output_w[regulator.from]) += output_w + loss_w;
  }
  return report;
}

const config::Record<RegulatorConfig>& describe(const RegulatorConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<RegulatorConfig>("regulator", "One converter of the delivery tree")
          .field("name", &RegulatorConfig::name,
                 {.doc = "Name; loads and other regulators refer to it", .required = true})
          .field("source", &RegulatorConfig::from, {.doc = "Regulator that feeds it; empty: the supply"})
          .field("output", &RegulatorConfig::output_v,
                 {.doc = "Output voltage",
                  .unit = Dimension::voltage,
                  .min = 0.1,
                  .max = 1000.0,
                  .source = "nominal core supply of configs/tech/n16.yaml"})
          .field("idle", &RegulatorConfig::idle_w,
                 {.doc = "Loss without load",
                  .unit = Dimension::power,
                  .min = 0.0,
                  .max = 1e3,
                  .source = "estimate: gives 65 % at 0.1 W; light loads have 60 to 75 % (PMIC practice)"})
          .field("drop", &RegulatorConfig::drop_v,
                 {.doc = "Loss per ampere",
                  .unit = Dimension::voltage,
                  .min = 0.0,
                  .max = 10.0,
                  .source = "estimate: switching and dead time; 94 % at 8 W with the other two"})
          .field(
              "resistance", &RegulatorConfig::resistance_ohm,
              {.doc = "Loss per square ampere",
               .unit = Dimension::resistance,
               .min = 0.0,
               .max = 10.0,
               .source =
                   "estimate: 86 % at 40 W with the other two; rated loads have 80 to 93 % (PMIC practice)"});
  return record;
}

const config::Record<DeliveryConfig>& describe(const DeliveryConfig*) {
  static const auto record =
      config::Record<DeliveryConfig>("delivery", "Converters from the supply to the rails")
          .field("supply", &DeliveryConfig::supply, {.doc = "What feeds the tree, for reports"})
          .field("regulators", &DeliveryConfig::regulators,
                 {.doc = "The converters",
                  .source = "estimate: 98.6 % at 300 W (400 to 48 V), 97.5 % at 100 W (48 to 12 V), 93 % at "
                            "20 W (core); "
                            "bus converters peak at 96 to 98 %, core ones at 90 to 94 % (practice)"});
  return record;
}

}  // namespace kiln::pdn
