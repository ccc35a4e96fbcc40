// SPDX-License-Identifier: MIT
// Rows that are looked up, and rows that are added by position.
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
  const std::size_t all = table.size(), own = data.size() / samples, front = all - own;
  const std::span<const float> tokens =
      positions.class_tokens > 0 ? run.parameters(PartKind::class_token) : std::span<const float>();
  const std::span<float> result = run.make(static_cast<std::int64_t>(samples * all));
  for (std::size_t s = 0; s < samples; ++s)
    for (std::size_t i = 0; i < all; ++i)
      result[s * all + i] = table[i] + (i < front ? tokens[i] : data[s * own + i - front]);
  run.take(result);
}

}  // namespace kiln::learning
