// SPDX-License-Identifier: MIT
#include <atomic>
#include <cmath>
#include <deque>
#include <filesystem>
#include <fstream>

#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/numbered_queue.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/text.h"
#include "base/time.h"
#include "base/units.h"
#include "support/catch.h"

using namespace kiln::base;

TEST_CASE("quantities read with their unit and refuse to guess") {
  CHECK(parse_quantity("800 MHz", Dimension::frequency) == 8e8);
  CHECK(parse_quantity("64 KiB", Dimension::bytes) == 65536);
  CHECK(parse_quantity("25.6 GB/s", Dimension::bandwidth) == 25.6e9);
  CHECK(parse_quantity("300 K", Dimension::temperature) == 300 - kZeroCelsiusInKelvin);
  CHECK(parse_quantity("50 %", Dimension::fraction) == 0.5);
  CHECK_THROWS_AS(parse_quantity("800", Dimension::frequency), UnitError);
  CHECK_THROWS_AS(parse_quantity("800 MV", Dimension::frequency), UnitError);
  CHECK_THROWS_AS(parse_quantity("", Dimension::none), UnitError);
  CHECK_THROWS_AS(parse_quantity("1e308 GHz", Dimension::frequency), UnitError);
  CHECK_THROWS_AS(parse_quantity("nan", Dimension::none), UnitError);
  CHECK_THROWS_AS(parse_quantity("1e999 Hz", Dimension::frequency), UnitError);
}

TEST_CASE("a formatted quantity reads back to the same bits") {
  Rng rng(1, "units", "test");
  for (int dimension = 0; dimension <= static_cast<int>(Dimension::fraction); ++dimension) {
    for (int i = 0; i < 300; ++i) {
      const double value = rng.normal() * std::pow(10.0, rng.uniform() * 30 - 15);
      const auto d = static_cast<Dimension>(dimension);
      CHECK(parse_quantity(format_quantity(value, d), d) == value);
    }
  }
  CHECK(format_quantity(8e8, Dimension::frequency) == "800 MHz");
  CHECK(format_quantity(0.5e-9, Dimension::time) == "500 ps");
}

TEST_CASE("a clock does not drift") {
  const Clock clock(1.8e9);
  CHECK(clock.time_of(1'800'000'000LL * 1000) == 1'000'000'000'000LL * 1000);
  CHECK(clock.cycle_at(clock.time_of(123456789)) == 123456789);
  CHECK(clock.cycle_at(clock.time_of(123456789) - 1) == 123456788);
  CHECK(clock.next_cycle(clock.time_of(7) + 1) == 8);
  const Clock slower = clock.changed(0.9e9, clock.time_of(100));
  CHECK(slower.time_of(100) == clock.time_of(100));
  CHECK(slower.time_of(101) - slower.time_of(100) == 1111);
  CHECK(clock.duration(9) == 5000);
}

TEST_CASE("random numbers depend on their name, not on call order") {
  Rng a(7, "soc.npu0", "gradient", 3);
  Rng b(7, "soc.npu0", "gradient", 3);
  Rng other(7, "soc.npu1", "gradient", 3);
  const auto first = a.next_u64();
  CHECK(first == b.next_u64());
  CHECK(first != other.next_u64());
  double sum = 0, squares = 0;
  for (int i = 0; i < 100000; ++i) {
    const double x = a.normal();
    sum += x;
    squares += x * x;
  }
  CHECK(std::abs(sum / 1e5) < 0.02);
  CHECK(std::abs(squares / 1e5 - 1) < 0.02);
}

TEST_CASE("Philox4x32-10 gives the published known answers") {
  // Random123 known-answer vectors: zero counter and key; all ones.
  CHECK(philox({0, 0, 0, 0}, {0, 0}) ==
        std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, {ones, ones}) ==
        std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
}

TEST_CASE("the nearest name is offered, a far one is not") {
  const std::vector<std::string> names = {"frequency", "voltage", "rows"};
  CHECK(nearest_name("frequncy", names) == "frequency");
  CHECK(nearest_name("row", names) == "rows");
  CHECK(nearest_name("zzz", names).empty());
}

TEST_CASE("a hash is the same piece by piece") {
  ContentHasher hasher;
  for (const char* piece : {"", "some ", "text"}) hasher.add(piece);
  CHECK(hasher.hash() == content_hash("some text"));
  CHECK(ContentHasher().hash() == content_hash(""));
}

TEST_CASE("tables name the line of what is wrong") {
  const CsvTable table("t.csv", "# note\na, b\n1, 2.5\n\n3,\"x, y\"\n");
  REQUIRE(table.rows().size() == 2);
  CHECK(table.rows()[0].number("b") == 2.5);
  CHECK(table.rows()[1].text("b") == "x, y");
  CHECK_THROWS_WITH(table.rows()[1].number("b"), kiln::testing::contains("t.csv:5"));
  CHECK_THROWS_WITH(table.rows()[0].text("c"), kiln::testing::contains("no column 'c'"));
}

TEST_CASE("parallel work is done once each, and its first failure is the caller's") {
  for (const std::size_t count : {0u, 1u, 2u, 1000u}) {
    std::vector<int> done(count);
    for_each_in_parallel(count, [&](std::size_t i) { ++done[i]; });
    CHECK(done == std::vector<int>(count, 1));
  }
  std::atomic<int> begun = 0;
  const auto fails = [&](std::size_t i) {
    ++begun;
    if (i == 3) throw SimError("third");
  };
  CHECK_THROWS_WITH(for_each_in_parallel(1'000'000, fails), "third");
  CHECK(begun < 1'000'000);
}

TEST_CASE("a numbered queue keeps what its numbers name, within the memory of its longest") {
  NumberedQueue<int> queue(5);
  std::deque<std::pair<std::uint64_t, int>> held;
  Rng rng(3, "base_test", "numbered queue");
  std::uint64_t next = 5;
  std::size_t longest = 0;
  for (int i = 0; i < 5000; ++i) {
    if (held.empty() || rng.below(100) < (i < 2500 ? 55 : 45)) {
      held.emplace_back(queue.push(i), i);
      CHECK(held.back().first == next++);
    } else {
      CHECK(!queue.holds(queue.first() - 1));
      queue.pop();
      held.pop_front();
    }
    longest = std::max(longest, held.size());
    REQUIRE(queue.size() == held.size());
    CHECK(!queue.holds(queue.end()));
    for (const auto& [number, item] : held) {
      REQUIRE(queue.holds(number));
      REQUIRE(queue[number] == item);
    }
    if (!held.empty()) CHECK(queue.front() == held.front().second);
  }
  CHECK(longest > 64);  // it has grown more than once
}
