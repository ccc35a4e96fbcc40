// SPDX-License-Identifier: MIT
#include "experiment/work_to_accuracy.h"

#include <algorithm>
#include <cmath>

#include "experiment/curve_table.h"

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
                  .required = true})
          .field("low", &AccuracyPoint::low,
                 {.doc = "Fewest, over seeds; absent: no band", .min = 0.1, .max = 1e3})
          .field("high", &AccuracyPoint::high,
                 {.doc = "Most, over seeds; absent: no band", .min = 0.1, .max = 1e3})
          .check([](const AccuracyPoint& p, config::Checker& check) {
            if (p.low.value_or(p.steps) > p.steps) check.fail("low", "lies above steps");
            if (p.high.value_or(p.steps) < p.steps) check.fail("high", "lies below steps");
          });
  return record;
}

const config::Record<WorkToAccuracyConfig>& describe(const WorkToAccuracyConfig*) {
  using C = WorkToAccuracyConfig;
  static const auto record =
      config::Record<C>("work_to_accuracy", "How many more steps compressed training takes; or a .csv file")
          .reads(curve_table_file())
          .field("source", &C::source,
                 {.doc = "Who measured the curve", .source = "none", .text = config::Text::prose})
          .field("task", &C::task,
                 {.doc = "On what: network, data, target, precision, seeds",
                  .source = "none",
                  .text = config::Text::prose})
          .field("codec", &C::codec,
                 {.doc = "With what codec, density apart, as kiln train --curve writes it; empty: any",
                  .source = "none",
                  .text = config::Text::prose})
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

namespace {

StepsForOne at(const AccuracyPoint& point) {
  return {point.steps, point.low.value_or(point.steps), point.high.value_or(point.steps)};
}

}  // namespace

std::optional<StepsForOne> steps_for_one(const WorkToAccuracyConfig& config, double ratio) {
  const std::vector<AccuracyPoint>& curve = config.curve;
  if (curve.empty()) return {};
  const auto above = std::upper_bound(curve.begin(), curve.end(), ratio,
                                      [](double r, const AccuracyPoint& point) { return r < point.ratio; });
  if (above == curve.begin()) return at(curve.front());
  if (above == curve.end()) return at(curve.back());
  const double first = std::prev(above)->ratio,
               share = std::log(ratio / first) / std::log(above->ratio / first);
  const StepsForOne low = at(*std::prev(above)), high = at(*above);
  return StepsForOne{std::lerp(low.steps, high.steps, share), std::lerp(low.low, high.low, share),
                     std::lerp(low.high, high.high, share)};
}

}  // namespace kiln::experiment
