// SPDX-License-Identifier: MIT
// The points of a sweep as experiments.
#pragma once

#include <memory>

#include "config/member_memo.h"
#include "output/cache.h"
#include "sweep/plan.h"
#include "sweep/workers.h"

namespace kiln::sweep {

/// Effective configuration, the contents of data files it names, and this very program: a result made by
/// another build is never taken for this one's. Keys that are written as in an experiment before are taken as
/// they were read then, data files as they were.
class ExperimentIdentity {
 public:
  ExperimentIdentity();
  /// As sweep::Identity.
  std::string operator()(const config::Node& tree, const std::string& experiment_file,
                         const config::ParsedFiles& parts) const;

 private:
  std::shared_ptr<config::MemberMemo> memo_;
};

/// Simulates a point and returns the files to keep of it; points share simulated steps through the cache.
PointRunner experiment_runner(const Plan& plan, output::Cache cache = {});

}  // namespace kiln::sweep
