// SPDX-License-Identifier: MIT
// The loss of a worker's samples, what is right of them, and the error that the backward pass begins with.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "learning/ops/execute.h"

namespace kiln::learning {

using workload::Role;

namespace {

/// Softmax of `logits / temperature` into `out`; returns the logarithm of its divisor.
double softmax(std::span<const float> logits, double temperature, std::span<double> out) {
  const double largest = *std::max_element(logits.begin(), logits.end()) / temperature;
  double sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) sum += out[i] = std::exp(logits[i] / temperature - largest);
  for (double& value : out) value /= sum;
  return largest + std::log(sum);
}

std::size_t class_of(const Targets& targets, std::size_t position, std::size_t classes) {
  KILN_CHECK(position < targets.classes.size(), "no class for position {} of {}", position,
             targets.classes.size());
  const std::int32_t label = targets.classes[position];
  if (label < 0 || static_cast<std::size_t>(label) >= classes)
    throw base::SimError(fmt::format("class {} of the data is not one of the network's {}", label, classes));
  return static_cast<std::size_t>(label);
}

void cross_entropy(const workload::Loss& loss, OpRun& run, std::span<float> error, LossTotals& totals) {
  const std::span<const float> outputs = run.now();
  const auto classes = static_cast<std::size_t>(run.layer().outputs[0].channels());
  const std::size_t positions = outputs.size() / classes;
  const std::size_t first = static_cast<std::size_t>(run.context().tensors.first_sample(run.worker())) *
                            (positions / static_cast<std::size_t>(run.samples()));
  const double scale = run.context().error_scale;
  const double t = run.context().teacher_temperature,
               share = loss.distilled ? run.context().teacher_share : 0;
  std::vector<double> p(classes), student(classes), teacher(classes);
  for (std::size_t row = 0; row < positions; ++row) {
    const std::span<const float> logits = outputs.subspan(row * classes, classes);
    const std::size_t label = class_of(run.context().targets, first + row, classes);
    const double normaliser = softmax(logits, 1, p);
    double term = (1 - share) * (normaliser - logits[label]);
    if (loss.distilled) {
      const std::span<const float> soft = run.in(Role::teacher).subspan(row * classes, classes);
      const double own = softmax(logits, t, student), its = softmax(soft, t, teacher);
      for (std::size_t i = 0; i < classes; ++i)
        term += share * t * t * teacher[i] * ((soft[i] / t - its) - (logits[i] / t - own));
    }
    totals.loss += term;
    const auto largest = std::max_element(logits.begin(), logits.end()) - logits.begin();
    totals.correct += static_cast<std::size_t>(largest) == label;
    ++totals.terms;
    if (error.empty()) continue;
    for (std::size_t i = 0; i < classes; ++i) {
      double slope = (1 - share) * (p[i] - (i == label ? 1.0 : 0.0));
      if (loss.distilled) slope += share * t * (student[i] - teacher[i]);
      error[row * classes + i] = static_cast<float>(scale * slope);
    }
  }
}

void mean_squared_error(OpRun& run, std::span<float> error, LossTotals& totals) {
  const std::span<const float> outputs = run.now();
  const std::vector<float>& wanted = run.context().targets.values;
  const std::size_t first = static_cast<std::size_t>(run.context().tensors.first_sample(run.worker())) *
                            (outputs.size() / static_cast<std::size_t>(run.samples()));
  KILN_CHECK(first + outputs.size() <= wanted.size(), "{} target values for {} outputs", wanted.size(),
             first + outputs.size());
  const double scale = run.context().error_scale;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const double difference = double{outputs[i]} - wanted[first + i];
    totals.loss += difference * difference;
    if (!error.empty()) error[i] = static_cast<float>(2 * scale * difference);
  }
  totals.terms += static_cast<std::int64_t>(outputs.size());
}

}  // namespace

void execute(const workload::Loss& loss, const Action&, OpRun& run) {
  LossTotals totals;
  const bool passes_back =
      std::any_of(run.op().outputs.begin(), run.op().outputs.end(),
                  [](const workload::Operand& o) { return o.role == Role::input_error; });
  std::vector<float> error(passes_back ? run.now().size() : 0);
  if (loss.kind == workload::LossKind::cross_entropy)
    cross_entropy(loss, run, error, totals);
  else
    mean_squared_error(run, error, totals);
  run.context().losses[static_cast<std::size_t>(run.worker())] += totals;
  if (!passes_back) return run.wrote_results();
  const std::span<float> result = run.make(static_cast<std::int64_t>(error.size()));
  std::copy(error.begin(), error.end(), result.begin());
  run.take(result);
}

}  // namespace kiln::learning
