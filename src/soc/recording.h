// SPDX-License-Identifier: MIT
// What reached network and memory in a window of a step, kept for the audit.
#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/time.h"
#include "dram/memory_engine.h"
#include "noc/traffic.h"

namespace kiln::soc {

/// Begin and end, since the beginning of the step.
using RecordedWindow = std::pair<base::TimePs, base::TimePs>;

struct Recording {
  std::vector<noc::Train> trains;                    ///< in order of their starts
  std::map<int, std::vector<dram::Burst>> channels;  ///< bursts of each memory channel, in order of arrival
};

/// Called when a window is over.
using RecordingHook = std::function<void(Recording)>;

}  // namespace kiln::soc
