// SPDX-License-Identifier: MIT
// Rows that are looked up, and positions: added rows, turned channels.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "learning/ops/execute.h"

namespace kiln::learning {

using workload::Derivative;
using workload::PartKind;
using workload::Role;

namespace {

std::int64_t row_of(float index, const workload::LookUp& table) {
  const auto row = std::isfinite(index) ? static_cast<std::int64_t>(index) : -1;
  if (row < 0 || row >= table.entries)
    throw base::SimError(
        fmt::format("token {} of the data is outside the table of {} entries", index, table.entries));
  return row;
}

}  // namespace

void execute(const workload::LookUp& table, const Action& action, OpRun& run) {
  const std::span<const float> tokens = run.in(Role::data);
  if (action.derivative == Derivative::parameters) {
    const std::optional<std::span<float>> gradient = run.gradient(PartKind::weight);
    KILN_CHECK(gradient.has_value(), "{} has no gradient of its table", run.op().name);
    if (!run.adds_to_gradient()) std::fill(gradient->begin(), gradient->end(), 0.0f);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      float* row = gradient->data() + row_of(tokens[i], table) * table.width;
      const float* error = run.now().data() + static_cast<std::int64_t>(i) * table.width;
      for (std::int64_t c = 0; c < table.width; ++c) row[c] += error[c];
    }
    return;
  }
  const std::span<const float> rows = run.parameters(PartKind::weight);
  const std::span<float> result = run.make(static_cast<std::int64_t>(tokens.size()) * table.width);
  for (std::size_t i = 0; i < tokens.size(); ++i)
    std::copy_n(rows.data() + row_of(tokens[i], table) * table.width, table.width,
                result.data() + static_cast<std::int64_t>(i) * table.width);
  run.take(result);
}

void execute(const workload::AddPositions& positions, const Action&, OpRun& run) {
  const std::span<const float> table = run.parameters(PartKind::weight), data = run.now();
  const auto samples = static_cast<std::size_t>(run.samples());
  const std::span<const float> tokens =
      positions.class_tokens > 0 ? run.parameters(PartKind::class_token) : std::span<const float>();
  const std::size_t own = data.size() / samples, front = tokens.size(), all = front + own;
  const std::span<float> result = run.make(static_cast<std::int64_t>(samples * all));
  for (std::size_t s = 0; s < samples; ++s)
    for (std::size_t i = 0; i < all; ++i)
      result[s * all + i] = table[i] + (i < front ? tokens[i] : data[s * own + i - front]);
  run.take(result);
}

void execute(const workload::Rotate& rotate, const Action& action, OpRun& run) {
  const bool back = action.derivative == Derivative::input;
  const std::int64_t channels = run.layer().outputs[0].channels(), half = rotate.turned / 2;
  const std::int64_t tokens = run.layer().outputs[0].positions();
  const std::span<float> values = run.change();
  const auto rows = static_cast<std::int64_t>(values.size()) / channels;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t i = 0; i < half; ++i) {
      const double step =
          std::pow(10'000.0, -2.0 * static_cast<double>(i) / static_cast<double>(rotate.turned));
      const double angle = static_cast<double>(row % tokens) * step;
      const auto cosine = static_cast<float>(std::cos(angle)),
                 sine = static_cast<float>(back ? -std::sin(angle) : std::sin(angle));
      for (std::int64_t head = 0; head < channels; head += rotate.width) {
        float& x = values[static_cast<std::size_t>(row * channels + head + i)];
        float& y = values[static_cast<std::size_t>(row * channels + head + half + i)];
        const float turned = x * cosine - y * sine;
        y = y * cosine + x * sine;
        x = turned;
      }
    }
}

}  // namespace kiln::learning
