// SPDX-License-Identifier: MIT
#include <algorithm>

#include "governor/guard.h"

namespace kiln::governor {

using config::Dimension;

namespace {

config::Spec temperature(std::string_view doc, double min, double max, std::string_view source) {
  return {.doc = doc, .unit = Dimension::temperature, .min = min, .max = max, .source = source};
}
config::Spec duration(std::string_view doc, double max, std::string_view source) {
  return {.doc = doc, .unit = Dimension::time, .min = 0, .max = max, .source = source};
}

}  // namespace

const config::Record<GuardConfig>& describe(const GuardConfig*) {
  static const auto record =
      config::Record<GuardConfig>("guard", "Emergency shutdown and sensor-fault reaction")
          .field("shutdown", &GuardConfig::shutdown_c,
                 temperature("Silicon temperature that must not be passed: shuts down", 0, 200,
                             "article on on-device training, section 6.2: 125 degC"))
          .field("hbm_shutdown", &GuardConfig::hbm_shutdown_c,
                 temperature("Memory temperature that must not be passed: shuts down", 0, 200,
                             "JEDEC extended range ends at 105 degC; HBM trips at a vendor-set temperature"))
          .field("restart_below", &GuardConfig::restart_below_c,
                 temperature("Every sensor must read below this before a restart", -50, 150,
                             "estimate: the usual passive trip point"))
          .field("margin", &GuardConfig::margin_k,
                 {.doc = "Shuts down so far below those, so that neither is passed",
                  .unit = Dimension::temperature_difference,
                  .min = 0,
                  .max = 50,
                  .source =
                      "estimate: half a sensor's step, and what a die whose coolant stopped gains while the "
                      "guard confirms (2 ms at 300 K/s)"})
          .field(
              "confirm", &GuardConfig::confirm_s,
              duration("A limit must be exceeded this long", 10, "estimate: rejects a single bad conversion"))
          .field("plausible_low", &GuardConfig::plausible_low_c,
                 temperature("Readings below are a fault", -273, 100, "estimate: below the storage range"))
          .field("plausible_high", &GuardConfig::plausible_high_c,
                 temperature("Readings above are a fault", 100, 400, "estimate: above any working die"))
          .field("plausible_rate", &GuardConfig::plausible_rate_k_per_s,
                 {.doc = "Faster changes are a fault, in K/s",
                  .min = 1,
                  .max = 1e9,
                  .source =
                      "estimate: 30 W into an insulated 1 cm2 x 0.5 mm die is 360 K/s; hot spots are faster"})
          .field("plausible_spread", &GuardConfig::plausible_spread_k,
                 {.doc = "A reading this far from the median of its neighbours is a fault",
                  .unit = Dimension::temperature_difference,
                  .min = 1,
                  .max = 500,
                  .source = "up to 15 degC across a die reported (JLPEA); four times that"})
          .field("fault_reaction", &GuardConfig::fault_reaction_s,
                 duration("Faulty this long: slowest level", 100,
                          "estimate: IEC 60730 leaves the time to the application"))
          .field("fault_shutdown", &GuardConfig::fault_shutdown_s,
                 duration("Faulty this long: shutdown", 1e4, "estimate: longer than a sensor restart"))
          .check([](const GuardConfig& c, config::Checker& check) {
            if (c.restart_below_c >= std::min(c.shutdown_c, c.hbm_shutdown_c))
              check.fail("restart_below", "must lie below both shutdown temperatures");
            if (c.shutdown_c > c.plausible_high_c)
              check.fail("shutdown", "must not lie above plausible_high, where readings are not believed");
            if (c.fault_shutdown_s < c.fault_reaction_s)
              check.fail("fault_shutdown", "must not be shorter than fault_reaction");
          });
  return record;
}

}  // namespace kiln::governor
