// SPDX-License-Identifier: MIT
// Timelines read back, and windows of them.
#include "stats/trace_reader.h"

#include "base/error.h"
#include "support/catch.h"
#include "support/draw.h"

using namespace kiln;
using stats::Trace;

namespace {

constexpr base::TimePs kEnd = 1'000'000'000;

/// Slices side by side on three units and two counters that change now and then.
Trace drawn_trace(int seed) {
  testing::Draw draw("trace", "timeline", seed);
  Trace trace;
  for (const char* name : {"npu0", "npu\"1\"", "io"}) {
    const int track = trace.add_track(name);
    for (base::TimePs at = 0; at < kEnd;) {
      const auto begin = at + static_cast<base::TimePs>(draw.between(0.0, 3e7));
      at = begin + 1 + static_cast<base::TimePs>(draw.between(0.0, 5e7));
      trace.slice(track, "c1/forward", "compute", begin, at);
    }
  }
  for (const char* name : {"power", "memory"})
    for (base::TimePs at = 0; at < kEnd; at += 1 + static_cast<base::TimePs>(draw.between(0.0, 1e8)))
      trace.counter(name, "W", at, draw.between(0.0, 20.0));
  return trace;
}

base::TimePs busy(const Trace& trace) {
  base::TimePs sum = 0;
  for (const Trace::Slice& slice : trace.slices()) sum += slice.end - slice.begin;
  return sum;
}

/// A counter's value at a time: that of the last sample until then.
double value_at(const Trace& trace, const std::string& name, base::TimePs time) {
  double value = -1;
  for (const Trace::Sample& sample : trace.samples())
    if (sample.name == name && sample.time <= time) value = sample.value;
  return value;
}

}  // namespace

TEST_CASE("a timeline that is read back is written as it was, and nothing else is read") {
  for (int seed = 0; seed < 5; ++seed) {
    const std::string text = drawn_trace(seed).to_json();
    CHECK(stats::read_trace(text, "trace.json").to_json() == text);
  }
  for (const char* other :
       {"", "[]", "{\"traceEvents\":[{}]}",
        "{\"traceEvents\":[{\"ph\":\"X\",\"tid\":7,\"name\":\"a\","
        "\"cat\":\"b\",\"ts\":0,\"dur\":1}]}",
        "{\"traceEvents\":[{\"ph\":\"C\",\"name\":\"a\",\"ts\":-1,\"args\":{\"W\":1}}]}"}) {
    INFO(other);
    CHECK_THROWS_AS(stats::read_trace(other, "trace.json"), base::ConfigError);
  }
}

TEST_CASE("windows side by side hold all of a timeline, and counters the value they had") {
  testing::Draw draw("trace", "cut", 0);
  for (int seed = 0; seed < 20; ++seed) {
    const Trace whole = drawn_trace(seed);
    const auto cut = static_cast<base::TimePs>(draw.between(1e6, 9e8));
    const Trace first = whole.within(0, cut), second = whole.within(cut, 2 * kEnd);
    CHECK(busy(first) + busy(second) == busy(whole));
    CHECK(first.tracks() == whole.tracks());
    for (const Trace::Slice& slice : second.slices()) CHECK(slice.begin >= cut);
    for (const char* name : {"power", "memory"})
      for (const base::TimePs later : {base::TimePs{0}, base::TimePs{10'000'000}, base::TimePs{50'000'000}})
        CHECK(value_at(second, name, cut + later) == value_at(whole, name, cut + later));
  }
}
