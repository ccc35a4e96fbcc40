// SPDX-License-Identifier: MIT
#include "sim/self_timed.h"

#include <map>
#include <optional>

#include "base/error.h"

namespace kiln::sim {

SelfTimedStarts::SelfTimedStarts(std::span<const base::TimePs> starts)
    : followers_(starts.size()), left_(starts.size()) {
  for (std::size_t i = 0; i < starts.size(); ++i) due_.emplace(starts[i], i);
}

SelfTimedStarts::SelfTimedStarts(std::span<const base::TimePs> starts, std::span<const base::TimePs> ends,
                                 std::span<const int> agents)
    : followers_(starts.size()), left_(starts.size()) {
  struct Agent {
    std::priority_queue<Due, std::vector<Due>, std::greater<>> open;  ///< ends after the start looked at
    std::optional<Due> cause;                                         ///< the last one before it
  };
  std::map<int, Agent> seen;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    auto& [open, cause] = seen[agents[i]];
    for (; !open.empty() && open.top().first <= starts[i]; open.pop()) cause = open.top();
    if (cause)
      followers_[cause->second].push_back({i, starts[i] - cause->first});
    else
      due_.emplace(starts[i], i);
    open.emplace(ends[i], i);
  }
}

std::size_t SelfTimedStarts::pop() {
  KILN_CHECK(!due_.empty(), "no item is due");
  const std::size_t index = due_.top().second;
  due_.pop();
  --left_;
  return index;
}

void SelfTimedStarts::ended(std::size_t index, base::TimePs time) {
  for (const Follower& follower : followers_[index]) due_.emplace(time + follower.delay, follower.index);
  followers_[index].clear();
}

}  // namespace kiln::sim
