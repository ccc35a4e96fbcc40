// SPDX-License-Identifier: MIT
#include "fleet/heat_verdict.h"

#include <algorithm>

#include "report/heat_limits.h"

namespace kiln::fleet {

void judge_heat(const experiment::ExperimentConfig& experiment, const soc::ChipPlan& plan,
                const std::vector<const WorkerBooks*>& devices, const std::string& whose,
                report::Validity& found) {
  std::vector<double> block_c;
  double skin_c = -273.15;
  for (const WorkerBooks* books : devices) {
    block_c.resize(std::max(block_c.size(), books->peak_block_c.size()), -273.15);
    for (std::size_t b = 0; b < books->peak_block_c.size(); ++b)
      block_c[b] = std::max(block_c[b], books->peak_block_c[b]);
    skin_c = std::max(skin_c, books->peak_skin_c);
  }
  report::Validity own;
  report::judge_heat(experiment, plan, {block_c, skin_c}, own);
  for (report::ValidityFinding& finding : own.findings) {
    finding.where = whose + ": " + finding.where;
    found.findings.push_back(std::move(finding));
  }
}

}  // namespace kiln::fleet
