// SPDX-License-Identifier: MIT
#include "run/window_splice.h"

#include "support/catch.h"

using namespace kiln;
using stats::Window;

namespace {

Window window(base::TimePs begin, base::TimePs end, std::int64_t count) {
  Window w{begin, end, std::vector<stats::Counts>(2, stats::Counts{})};
  w.by_block[1][3] = count;
  return w;
}

std::int64_t sum(const std::vector<Window>& windows) {
  std::int64_t total = 0;
  for (const Window& w : windows) total += w.by_block[1][3];
  return total;
}

std::vector<stats::Counts> totals(std::int64_t count) {
  std::vector<stats::Counts> t(2, stats::Counts{});
  t[1][3] = count;
  return t;
}

}  // namespace

TEST_CASE("a stretch is repeated with the counts that are given, and what follows comes later") {
  std::vector<Window> windows{window(0, 10, 100), window(10, 20, 40), window(20, 30, 70)};
  CHECK(run::counted_between(windows, 5, 15)[1][3] == 70);
  run::splice(windows, 5, 15, 3, totals(211));
  CHECK(sum(windows) == 210 + 211);
  for (std::size_t i = 1; i < windows.size(); ++i) CHECK(windows[i].begin == windows[i - 1].end);
  CHECK(windows.front().begin == 0);
  CHECK(windows.back().end == 60);
  CHECK(windows.back().by_block[1][3] == 70);
  // Each copy as the stretch: 50 before its middle, 20 behind it.
  CHECK(run::counted_between(windows, 15, 25)[1][3] == Approx(211 / 3.0).margin(1));
  CHECK(run::counted_between(windows, 15, 20)[1][3] == Approx(211 / 3.0 * 5 / 7).margin(1));
  CHECK(run::counted_between(windows, 35, 45)[1][3] == Approx(211 / 3.0).margin(1));
}

TEST_CASE("counts that the stretch does not have are spread over its copies") {
  std::vector<Window> windows{window(0, 10, 0), window(10, 20, 5)};
  run::splice(windows, 0, 10, 4, totals(8));
  CHECK(sum(windows) == 13);
  CHECK(run::counted_between(windows, 10, 50)[1][3] == 8);
  CHECK(run::counted_between(windows, 50, 60)[1][3] == 5);
}

TEST_CASE("too many windows become longer ones, and lose nothing") {
  std::vector<Window> windows;
  for (int i = 0; i < 4000; ++i) windows.push_back(window(10 * i, 10 * i + 10, i));
  const std::int64_t before = sum(windows);
  run::splice(windows, 10'000, 30'000, 5, totals(123'456));
  CHECK(windows.size() <= stats::Ledger::kMostWindows);
  CHECK(sum(windows) == before + 123'456);
  CHECK(windows.back().end == 140'000);
}
