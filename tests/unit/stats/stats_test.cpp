// SPDX-License-Identifier: MIT
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/rng.h"
#include "stats/ledger.h"
#include "stats/metrics.h"
#include "stats/trace.h"
#include "support/catch.h"

using namespace kiln;
using stats::ActivityKind;

TEST_CASE("the ledger conserves every count over windows, cuts, layers and phases") {
  base::Rng rng(3, "ledger", "test");
  stats::Ledger ledger(1000);
  const int a = ledger.add_block("a"), b = ledger.add_block("b");
  std::int64_t sum = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto begin = static_cast<base::TimePs>(i * 37);
    const auto end = begin + static_cast<base::TimePs>(rng.below(5000));
    const auto count = static_cast<std::int64_t>(1 + rng.below(1000));
    ledger.add(i % 2 ? a : b, ActivityKind::mac_fp16, i % 3, i % 5, begin, end, count);
    if (i % 100 == 0) ledger.cut(begin + 11);
    sum += count;
  }
  const auto k = static_cast<std::size_t>(ActivityKind::mac_fp16);
  std::int64_t windows = 0, work = 0;
  base::TimePs expected_begin = 0;
  for (const auto& window : ledger.windows(100000)) {
    CHECK(window.begin == expected_begin);
    expected_begin = window.end;
    for (const auto& counts : window.by_block) {
      CHECK(counts[k] >= 0);
      windows += counts[k];
    }
  }
  for (const auto& [key, blocks] : ledger.by_layer_and_phase())
    for (const auto& counts : blocks) work += counts[k];
  CHECK(windows == sum);
  CHECK(work == sum);
  CHECK(ledger.total()[k] == sum);
  CHECK(ledger.total(a)[k] + ledger.total(b)[k] == sum);
}

TEST_CASE("every kind of activity is declared whole") {
  std::set<std::string> names;
  for (const stats::Activity& activity : stats::activities()) {
    INFO(activity.name);
    CHECK(&stats::about(activity.kind) == &activity);
    CHECK(names.insert(activity.name).second);
    CHECK(std::string_view(activity.unit) != "");
    CHECK(std::string_view(activity.meaning) != "");
    CHECK(std::string_view(stats::name(activity.component)) != "");
  }
  CHECK(names.size() == stats::kActivityKinds);
  // summary.json lists components in this order.
  std::vector<std::string> components;
  for (std::size_t c = 0; c < stats::kComponents; ++c)
    components.emplace_back(stats::name(static_cast<stats::Component>(c)));
  CHECK(std::is_sorted(components.begin(), components.end()));
  CHECK_THROWS(stats::about(ActivityKind::count_));
}

TEST_CASE("windows merge when there are too many, and every count stays") {
  stats::Ledger ledger(10);
  const stats::BlockId block = ledger.add_block("a");
  std::int64_t added = 0;
  for (base::TimePs time = 0; time < 1'000'000; time += 7) {
    ledger.add(block, stats::ActivityKind::vector_op, -1, -1, time, time + 3, 5);
    added += 5;
  }
  const std::vector<stats::Window> windows = ledger.windows(1'000'010);
  CHECK(windows.size() <= stats::Ledger::kMostWindows);
  CHECK(windows.size() >= stats::Ledger::kMostWindows / 4);
  std::int64_t counted = 0;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (i > 0) CHECK(windows[i].begin == windows[i - 1].end);
    counted += windows[i].by_block[0][static_cast<std::size_t>(stats::ActivityKind::vector_op)];
  }
  CHECK(counted == added);
  CHECK(ledger.total(block)[static_cast<std::size_t>(stats::ActivityKind::vector_op)] == added);
}

TEST_CASE("an entry is spread evenly over its time") {
  stats::Ledger ledger(100);
  const int a = ledger.add_block("a");
  ledger.add(a, ActivityKind::vector_op, -1, -1, 50, 250, 200);
  const auto windows = ledger.windows(300);
  const auto k = static_cast<std::size_t>(ActivityKind::vector_op);
  REQUIRE(windows.size() == 3);
  CHECK(windows[0].by_block[0][k] == 50);
  CHECK(windows[1].by_block[0][k] == 100);
  CHECK(windows[2].by_block[0][k] == 50);
}

TEST_CASE("metrics carry unit and description and can be reset") {
  stats::Group root("soc");
  stats::Group& noc = root.child("noc");
  stats::Counter& flits = noc.counter("flits", "flit", "Flits injected");
  stats::Distribution& latency = noc.distribution("latency", "ns", "Packet latency");
  flits.add(3);
  latency.observe(2);
  latency.observe(4);
  const auto json = nlohmann::json::parse(stats::to_json(stats::snapshot(root.metrics())));
  CHECK(json["soc.noc.flits"]["value"] == 3);
  CHECK(json["soc.noc.flits"]["unit"] == "flit");
  CHECK(json["soc.noc.latency.mean"]["value"] == 3);
  root.reset();
  CHECK(flits.value() == 0);
}

TEST_CASE("the trace is JSON that Perfetto reads") {
  stats::Trace trace;
  const int track = trace.add_track("npu0 \"array\"");
  trace.slice(track, "conv", "forward", 1000000, 3000000);
  trace.counter("power", "W", 0, 1.5);
  const auto json = nlohmann::json::parse(trace.to_json());
  REQUIRE(json["traceEvents"].size() == 4);
  CHECK(json["traceEvents"][2]["dur"] == 2.0);
  CHECK(json["traceEvents"][3]["args"]["W"] == 1.5);
}
