// SPDX-License-Identifier: MIT
// Claims against their bounds and the runs.
#pragma once

#include <string>
#include <vector>

#include "batch/outcome.h"
#include "claims/claims_config.h"

namespace kiln::claims {

/// met: the bound allows it and the run reaches it. trivially: both by a factor of ten or more. conditional:
/// the bound allows it just so, or does and the run does not reach it. violated: beyond the bound.
/// wrong_mechanism: beyond it, and another mechanism is at work. open: nothing decides.
enum class Verdict { met, trivially, conditional, violated, wrong_mechanism, open };
const char* name(Verdict verdict);  ///< "wrong mechanism"

struct Judgement {
  const ClaimConfig* claim = nullptr;
  std::optional<double> bound;  ///< in the claim's unit
  std::optional<batch::Estimate> simulated;
  std::optional<double> factor;  ///< beyond the bound; below 1: so much inside
  Verdict verdict = Verdict::open;
  std::string why;  ///< where a number is missing
};

struct Score {
  const TargetConfig* target = nullptr;
  std::optional<batch::Estimate> simulated;
  bool reached = false;
  std::string why;
};

/// `outcomes`: of config.runs, in their order. `config` must outlive the result.
std::vector<Judgement> judge(const ClaimsConfig& config, const std::vector<batch::Outcome>& outcomes);
std::vector<Score> scoreboard(const ClaimsConfig& config, const std::vector<batch::Outcome>& outcomes);

std::string claims_text(const ClaimsConfig& config, const std::vector<batch::Outcome>& outcomes);
std::string claims_csv(const std::vector<Judgement>& all);
std::string claims_json(const std::vector<Judgement>& all, const std::vector<Score>& scores);

}  // namespace kiln::claims
