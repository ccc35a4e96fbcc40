// SPDX-License-Identifier: MIT
// Which virtual channels a traffic class may hold.
#pragma once

#include "noc/noc_config.h"
#include "noc/routing.h"

namespace kiln::noc {

/// Contiguous virtual channels, both ends included.
struct VcRange {
  int first = 0;
  int last = 0;
  int count() const { return last - first + 1; }
};

/// Number of distinct priority levels of the four classes.
int priority_levels(const QosConfig& qos);
/// VCs a class of this priority level may request at every hop.
VcRange allowed_vcs(const NocConfig& config, int level);
/// The same as a set, for a class.
Mask class_vcs(const NocConfig& config, TrafficClass cls);
/// How many of them a train can hold on one link; the dateline of a ring halves them.
int train_vcs(const NocConfig& config, TrafficClass cls);

}  // namespace kiln::noc
