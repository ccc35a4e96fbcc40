// SPDX-License-Identifier: MIT
#include "noc/vc_policy.h"

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace kiln::noc {
namespace {

std::vector<int> levels_of(const QosConfig& qos) {
  std::vector<int> levels{qos.control_priority, qos.gradient_priority, qos.weight_priority,
                          qos.activation_priority};
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

}  // namespace

int priority_levels(const QosConfig& qos) {
  return static_cast<int>(levels_of(qos).size());
}

VcRange allowed_vcs(const NocConfig& config, int level) {
  const std::vector<int> levels = levels_of(config.qos);
  const int count = static_cast<int>(levels.size());
  const int vcs = config.virtual_channels;
  const auto found = std::lower_bound(levels.begin(), levels.end(), level);
  KILN_CHECK(found != levels.end() && *found == level, "no traffic class has priority level {}", level);
  const int rank = static_cast<int>(found - levels.begin());
  switch (config.qos.policy) {
    case ClassPolicy::shared:
      return {0, vcs - 1};
    case ClassPolicy::reserve:
      return {0, rank == count - 1 ? vcs - 1 : vcs - 2};
    case ClassPolicy::split:
      return {rank * vcs / count, (rank + 1) * vcs / count - 1};
  }
  throw base::SimError("unknown virtual-channel policy");
}

Mask class_vcs(const NocConfig& config, TrafficClass cls) {
  const VcRange range = allowed_vcs(config, config.qos.level_of(cls));
  return ((Mask{1} << range.count()) - 1) << range.first;
}

int train_vcs(const NocConfig& config, TrafficClass cls) {
  const int vcs = allowed_vcs(config, config.qos.level_of(cls)).count();
  return make_wiring(config)->has_rings() ? std::max(1, vcs / 2) : vcs;
}

}  // namespace kiln::noc
