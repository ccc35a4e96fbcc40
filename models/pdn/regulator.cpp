// SPDX-License-Identifier: MIT
#include "pdn/regulator.h"

#include "base/units.h"

namespace kiln::pdn {

double RegulatorConfig::loss_w(double output_w, double volts) const {
  const double current_a = output_w / volts;
  return idle_w + drop_v * current_a + resistance_ohm * current_a * current_a;
}

double RegulatorConfig::efficiency(double output_w) const {
  return output_w > 0.0 ? output_w / (output_w + loss_w(output_w, output_v)) : 0.0;
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
                   "estimate: 86 % at 40 W with the other two; rated loads have 80 to 93 % (PMIC practice)"})
          .field("on_board", &RegulatorConfig::on_board,
                 {.doc = "Its loss heats the body `regulators` of the package, where there is one; false: it "
                         "stands elsewhere"});
  return record;
}

}  // namespace kiln::pdn
