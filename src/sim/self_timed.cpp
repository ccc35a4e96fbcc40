// SPDX-License-Identifier: MIT
#include "sim/self_timed.h"

#include <optional>

#include "base/error.h"

namespace kiln::sim {

SelfTimedStarts::SelfTimedStarts(std::span<const base::TimePs> starts)
    : followers_(starts.size()), left_(starts.size()) {
  for (std::size_t i = 0; i < starts.size(); ++i) due_.emplace(starts[i], i);
}

SelfTimedStarts::SelfTimedStarts(std::span<const base::TimePs> starts, std::span<const base::TimePs> ends)
    : followers_(starts.size()), left_(starts.size()) {
  // Ends of items before i that lie after its start; none of those causes it.
  std::priority_queue<Due, std::vector<Due>, std::greater<>> open;
  std::optional<Due> cause;
  for (std::size_t i = 0; i < starts.size(); ++i) {
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
