// SPDX-License-Identifier: MIT
// A run repeated in its own time: what follows what, and by how much.
#include "sim/self_timed.h"

#include "support/catch.h"

using namespace kiln;
using sim::SelfTimedStarts;

namespace {

/// Start of each item when item i takes `takes[i]`.
std::vector<base::TimePs> repeat(SelfTimedStarts starts, const std::vector<base::TimePs>& takes) {
  std::vector<base::TimePs> at(takes.size(), -1);
  while (!starts.all_started()) {
    const base::TimePs now = starts.next();
    REQUIRE(now != base::kNever);
    const std::size_t index = starts.pop();
    at[index] = now;
    starts.ended(index, now + takes[index]);
  }
  CHECK(starts.next() == base::kNever);
  return at;
}

std::vector<int> one(std::size_t items) {
  return std::vector<int>(items, 7);
}

}  // namespace

TEST_CASE("starts of their own keep their times, whatever takes how long") {
  const std::vector<base::TimePs> starts = {30, 10, 20};
  CHECK(repeat(SelfTimedStarts(starts), {100, 1, 7}) == starts);
}

TEST_CASE("an item follows the last end before its start") {
  //              0 ------ 40
  //                 10 20
  //                        45 - 60   follows item 0 by 5
  //                    25 ----------  follows item 1 by 5
  const std::vector<base::TimePs> starts = {0, 10, 25, 45}, ends = {40, 20, 80, 60};
  CHECK(repeat(SelfTimedStarts(starts, ends, one(starts.size())), {40, 10, 55, 15}) == starts);
  // Item 0 took 7 more: only what followed it is later. Item 1 took 3 less: so is its follower sooner.
  CHECK(repeat(SelfTimedStarts(starts, ends, one(starts.size())), {47, 7, 55, 15}) ==
        std::vector<base::TimePs>{0, 10, 22, 52});
}

TEST_CASE("latency adds up along a chain") {
  std::vector<base::TimePs> starts, ends, longer;
  for (int i = 0; i < 100; ++i) {
    starts.push_back(i * 50);
    ends.push_back(i * 50 + 30);
    longer.push_back(32);
  }
  CHECK(repeat(SelfTimedStarts(starts, ends, one(starts.size())), longer).back() == 99 * 52);
}

TEST_CASE("what takes no time cannot cause itself or what was before it") {
  const std::vector<base::TimePs> starts = {5, 5, 5}, ends = {5, 5, 5};
  CHECK(repeat(SelfTimedStarts(starts, ends, one(starts.size())), {0, 0, 0}) == starts);
  CHECK(repeat(SelfTimedStarts(starts, ends, one(starts.size())), {4, 0, 0}).front() == 5);
}

TEST_CASE("an agent follows its own ends only") {
  const std::vector<base::TimePs> starts = {0, 10, 25, 45}, ends = {40, 20, 80, 60};
  const std::vector<int> agents = {1, 2, 1,
                                   2};  // item 2 starts while item 0 runs, item 3 follows item 1 by 25
  CHECK(repeat(SelfTimedStarts(starts, ends, agents), {47, 13, 55, 15}) ==
        std::vector<base::TimePs>{0, 10, 25, 48});
}
