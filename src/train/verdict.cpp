// SPDX-License-Identifier: MIT
#include "train/verdict.h"

#include <fmt/core.h>

namespace kiln::train {

namespace {

using report::Severity;

void judge_seeds(const Training& training, report::Validity& found) {
  for (const SeedRecord& seed : training.seeds)
    if (const auto epoch = seed.diverged_in()) {
      found.add("diverged", Severity::invalid, *epoch, 0, fmt::format("seed {}", seed.seed),
                fmt::format("diverged in epoch {} (seed {}): the loss is no number from there on; a lower "
                            "learning.rate.initial{}",
                            *epoch, seed.seed,
                            training.has_faults ? ", or learning.faults.guard against wrong bits" : ""));
    }
}

}  // namespace

report::Validity judge(const Training& training) {
  report::Validity found;
  judge_seeds(training, found);
  found.sort();
  return found;
}

}  // namespace kiln::train
