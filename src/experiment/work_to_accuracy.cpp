// SPDX-License-Identifier: MIT
#include "experiment/work_to_accuracy.h"

#include <algorithm>
#include <cmath>

namespace kiln::experiment {

const config::Record<AccuracyPoint>& describe(const AccuracyPoint*) {
  static const auto record =
      config::Record<AccuracyPoint>("accuracy_point", "Steps needed at one compression ratio")
          .field("ratio", &AccuracyPoint::ratio,
                 {.doc = "Compression ratio against fp32 gradients", .min = 1, .max = 1e6, .required = true})
          .field("steps", &AccuracyPoint::steps,
                 {.doc = "Steps to the accuracy, over those without compression",
                  .min = 0.1,
                  .max = 1e3,
                  .required = true});
  return record;
}

const config::Record<WorkToAccuracyConfig>& describe(const WorkToAccuracyConfig*) {
  using C = WorkToAccuracyConfig;
  static const auto record =
      config::Record<C>("work_to_accuracy", "How many more steps compressed training takes")
          .field("source", &C::source,
                 {.doc = "Who measured the curve, on what", .source = "none", .text = config::Text::prose})
          .field("curve", &C::curve, {.doc = "Steps by compression ratio, ratios rising"})
          .check([](const C& c, config::Checker& check) {
            if (!c.curve.empty() && c.source.empty())
              check.fail("source", "is missing; say who measured the curve, and on what");
            for (std::size_t i = 1; i < c.curve.size(); ++i)
              if (c.curve[i].ratio <= c.curve[i - 1].ratio)
                check.fail("curve", "ratios must rise from point to point");
          });
  return record;
}

std::optional<double> steps_for_one(const WorkToAccuracyConfig& config, double ratio) {
  const std::vector<AccuracyPoint>& curve = config.curve;
  if (curve.empty()) return {};
  const auto above = std::upper_bound(curve.begin(), curve.end(), ratio,
                                      [](double r, const AccuracyPoint& point) { return r < point.ratio; });
  if (above == curve.begin()) return curve.front().steps;
  if (above == curve.end()) return curve.back().steps;
  const AccuracyPoint &low = *std::prev(above), &high = *above;
  const double share = std::log(ratio / low.ratio) / std::log(high.ratio / low.ratio);
  return low.steps + share * (high.steps - low.steps);
}

}  // namespace kiln::experiment
