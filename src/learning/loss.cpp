// SPDX-License-Identifier: MIT
#include "learning/loss.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace kiln::learning {

namespace {

/// Softmax of `logits / temperature` into `out`; returns the logarithm of its divisor.
double softmax(std::span<const float> logits, double temperature, std::span<double> out) {
  const double largest = *std::max_element(logits.begin(), logits.end()) / temperature;
  double sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) sum += out[i] = std::exp(logits[i] / temperature - largest);
  for (double& value : out) value /= sum;
  return largest + std::log(sum);
}

/// Whether the largest output is that of the class: of outputs some of which are no numbers none is.
bool predicts(std::span<const float> logits, std::size_t label) {
  return std::all_of(logits.begin(), logits.end(), [](float v) { return std::isfinite(v); }) &&
         std::max_element(logits.begin(), logits.end()) - logits.begin() ==
             static_cast<std::ptrdiff_t>(label);
}

std::size_t checked(std::int32_t label, std::size_t classes) {
  if (label < 0 || static_cast<std::size_t>(label) >= classes)
    throw base::SimError(fmt::format("class {} of the data is not one of the network's {}", label, classes));
  return static_cast<std::size_t>(label);
}

/// The soft term of one row: its loss, and its slopes added to `slopes`.
double distil(std::span<const float> logits, std::span<const float> soft, const Teacher& teacher,
              std::span<double> slopes) {
  const double t = teacher.temperature;
  std::vector<double> own(logits.size()), its(logits.size());
  const double own_sum = softmax(logits, t, own), its_sum = softmax(soft, t, its);
  double loss = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    loss += teacher.share * t * t * its[i] * ((soft[i] / t - its_sum) - (logits[i] / t - own_sum));
    slopes[i] += teacher.share * t * (own[i] - its[i]);
  }
  return loss;
}

}  // namespace

LossTotals cross_entropy(std::span<const float> outputs, std::span<const std::int32_t> labels,
                         std::size_t classes, double scale, std::span<float> error, const Teacher& teacher) {
  LossTotals totals;
  KILN_CHECK(outputs.size() == labels.size() * classes, "{} outputs for {} labels of {} classes",
             outputs.size(), labels.size(), classes);
  const bool distilled = !teacher.outputs.empty();
  const double share = distilled ? 1 - teacher.share : 1;
  std::vector<double> p(classes);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::span<const float> logits = outputs.subspan(row * classes, classes);
    const std::size_t label = checked(labels[row], classes);
    totals.loss += share * (softmax(logits, 1, p) - logits[label]);
    totals.correct += predicts(logits, label);
    ++totals.terms;
    p[label] -= 1;
    for (double& slope : p) slope *= share;
    if (distilled) totals.loss += distil(logits, teacher.outputs.subspan(row * classes, classes), teacher, p);
    for (std::size_t i = 0; !error.empty() && i < classes; ++i)
      error[row * classes + i] = static_cast<float>(scale * p[i]);
  }
  return totals;
}

LossTotals mean_squared_error(std::span<const float> outputs, std::span<const float> wanted, double scale,
                              std::span<float> error) {
  KILN_CHECK(outputs.size() == wanted.size(), "{} target values for {} outputs", wanted.size(),
             outputs.size());
  LossTotals totals;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const double difference = double{outputs[i]} - wanted[i];
    totals.loss += difference * difference;
    if (!error.empty()) error[i] = static_cast<float>(2 * scale * difference);
  }
  totals.terms = static_cast<std::int64_t>(outputs.size());
  return totals;
}

}  // namespace kiln::learning
