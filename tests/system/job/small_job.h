// SPDX-License-Identifier: MIT
// A job small enough for a test: LeNet-5 on a watch-class chip, a battery without losses.
#pragma once

#include "job/session.h"
#include "support/child_run.h"

namespace kiln::testing {

inline std::string small_job() {
  const std::string configs = std::string(KILN_SOURCE_DIR) + "/configs";
  return fmt::format(R"(name: small
experiment:
  name: small
  workload: {0}/workloads/lenet5_r28.yaml
  training: {{batch: 4, optimizer: {{kind: adam}}}}
  mapping: {{parallel: data, cut: rows}}
  soc: {{from: {0}/soc/wearable_lpddr4.yaml, battery: null}}
  governor: {{policies: [{{kind: performance, period: 10 ms}}]}}
data: {{samples: 4000, epochs: 3}}
)",
                     configs);
}

/// The small job with these keys set; it must come to its end.
inline ChildRun good_job(const std::vector<std::string>& overrides = {}) {
  ChildRun run = in_child_run([&] {
    config::Node tree = config::parse_yaml("small.yaml", small_job());
    for (const std::string& assignment : overrides) config::apply_override(tree, assignment);
    return job::run_job(config::read_tree<job::JobConfig>(tree, "").value, {});
  });
  INFO(run.error);
  REQUIRE(run.error.empty());
  return run;
}

inline std::string bad_job(const std::vector<std::string>& overrides) {
  const ChildRun run = in_child_run([&] {
    config::Node tree = config::parse_yaml("small.yaml", small_job());
    for (const std::string& assignment : overrides) config::apply_override(tree, assignment);
    return job::run_job(config::read_tree<job::JobConfig>(tree, "").value, {});
  });
  return run.error;
}

}  // namespace kiln::testing
