// SPDX-License-Identifier: MIT
// Where a model is to live: what its way there and its work cost.
#include <cmath>

#include "link/end_meter.h"
#include "squeeze/result.h"

namespace kiln::squeeze {

namespace {

Candidate candidate_of(const ScenarioConfig& scenario, const Result& result, std::size_t row) {
  const SqueezedRow& squeezed = result.rows[row];
  const link::Link over(scenario.link);
  const link::Account account = link::account_of(
      over, over.cut(static_cast<std::uint64_t>(std::ceil(squeezed.model_bytes))), link::Direction::down);
  Candidate candidate;
  candidate.row = row;
  candidate.download_s = account.time_s;
  candidate.download_j = account.receiver.total_j();
  candidate.energy_j = squeezed.squeeze_j / scenario.devices + candidate.download_j +
                       scenario.inferences * squeezed.inference.energy_j / static_cast<double>(result.batch);
  return candidate;
}

double cost(const Candidate& candidate, Minimise minimise) {
  return minimise == Minimise::download ? candidate.download_s : candidate.energy_j;
}

}  // namespace

ScenarioRow scenario_of(const std::string& name, const ScenarioConfig& scenario, const Result& result) {
  ScenarioRow row;
  row.name = name;
  row.minimise = scenario.minimise;
  row.candidates.push_back(candidate_of(scenario, result, 0));
  const auto batch = static_cast<double>(result.batch);
  const SqueezedRow& plain = result.rows.front();
  for (const auto& chain : result.chains) {
    Candidate candidate = candidate_of(scenario, result, chain.second);
    const SqueezedRow& squeezed = result.rows[chain.second];
    const double more_j =
        squeezed.squeeze_j / scenario.devices + candidate.download_j - row.candidates.front().download_j;
    const double saved_j = (plain.inference.energy_j - squeezed.inference.energy_j) / batch;
    if (more_j <= 0 && saved_j >= 0)
      candidate.pays_after = 0;
    else if (saved_j > 0)
      candidate.pays_after = more_j / saved_j;
    if (squeezed.accuracy) candidate.allowed = *squeezed.accuracy >= *plain.accuracy - scenario.accuracy_loss;
    row.judged = squeezed.accuracy.has_value();
    row.candidates.push_back(candidate);
  }
  for (std::size_t i = 1; i < row.candidates.size(); ++i)
    if (row.candidates[i].allowed &&
        cost(row.candidates[i], row.minimise) < cost(row.candidates[row.best], row.minimise))
      row.best = i;
  return row;
}

}  // namespace kiln::squeeze
