// SPDX-License-Identifier: MIT
#include "governor/policies/active_layers.h"

namespace kiln::governor {

using config::Dimension;

const config::Record<ActiveLayersConfig>& describe(const ActiveLayersConfig*) {
  static constexpr std::string_view kSource = "article on transfer learning, section 7 and 7.1";
  static const auto record =
      config::Record<ActiveLayersConfig>("active_layers", "Clock by the share of frozen layers")
          .field("threshold", &ActiveLayersConfig::threshold,
                 {.doc = "Frozen share above which the clock is reduced",
                  .unit = Dimension::fraction,
                  .min = 0,
                  .max = 1,
                  .source = kSource})
          .field("full", &ActiveLayersConfig::full_hz,
                 {.doc = "Clock with most layers training",
                  .unit = Dimension::frequency,
                  .min = 1e6,
                  .max = 1e11,
                  .source = kSource})
          .field("reduced", &ActiveLayersConfig::reduced_hz,
                 {.doc = "Clock with most layers frozen",
                  .unit = Dimension::frequency,
                  .min = 1e6,
                  .max = 1e11,
                  .source = kSource});
  return record;
}

}  // namespace kiln::governor
