// SPDX-License-Identifier: MIT
// Rows of experts: none is lost, none has two of a token, more skew makes the busiest busier.
#include "workload/expert_balance.h"

#include <algorithm>
#include <numeric>

#include "support/catch.h"

using namespace kiln::workload;

TEST_CASE("rows of experts sum to those of all tokens, whatever the balance") {
  for (const std::int64_t tokens : {1, 7, 512})
    for (const std::int64_t experts : {1, 3, 32, 60})
      for (const std::int64_t top : {1, 2, 8})
        for (const double skew : {0.0, 0.5, 1.0, 4.0}) {
          if (top > experts) continue;
          INFO(tokens << " tokens, " << top << " of " << experts << " experts, skew " << skew);
          const std::vector<std::int64_t> rows = rows_by_expert(tokens, experts, top, skew);
          REQUIRE(rows.size() == static_cast<std::size_t>(experts));
          CHECK(std::accumulate(rows.begin(), rows.end(), std::int64_t{0}) == tokens * top);
          CHECK(std::is_sorted(rows.rbegin(), rows.rend()));
          CHECK(rows.front() <= tokens);
          CHECK(rows.back() >= 0);
        }
}

TEST_CASE("experts chosen alike differ by a row at most, others as Zipf says") {
  const std::vector<std::int64_t> even = rows_by_expert(512, 60, 4, 0);
  CHECK(even.front() - even.back() == 1);
  const std::vector<std::int64_t> zipf = rows_by_expert(12'000, 4, 1, 1);
  CHECK(zipf == std::vector<std::int64_t>{5760, 2880, 1920, 1440});
}

TEST_CASE("what is too much for one expert goes to the others in proportion") {
  // Of 200 rows Zipf's shares are 109, 55 and 36; the first has 100 and the others share 100 as 3 : 2.
  CHECK(rows_by_expert(100, 3, 2, 1) == std::vector<std::int64_t>{100, 60, 40});
  CHECK(rows_by_expert(100, 3, 3, 4) == std::vector<std::int64_t>{100, 100, 100});
}

TEST_CASE("an expert has room for a multiple of its even share, rounded up") {
  CHECK(expert_capacity(1, 512, 8, 2) == 128);
  CHECK(expert_capacity(1.25, 512, 8, 2) == 160);
  CHECK(expert_capacity(1.0, 512, 60, 4) == 35);  // 34.13
  CHECK(expert_capacity(1.1, 100, 11, 1) == 10);  // not 11 for 10.000000000000002
  CHECK(expert_capacity(0.01, 16, 64, 1) == 1);
  CHECK(expert_capacity(100, 16, 4, 2) == 16);  // a token has one row of an expert at most
}

TEST_CASE("the busiest expert gets no less when the skew grows") {
  std::int64_t before = 0;
  for (double skew = 0; skew <= 4; skew += 0.25) {
    const std::int64_t most = rows_by_expert(256, 16, 2, skew).front();
    CHECK(most >= before);
    before = most;
  }
}
