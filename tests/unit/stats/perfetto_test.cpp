// SPDX-License-Identifier: MIT
// Perfetto traces read back by a reader that shares no code with their writer.
#include "stats/perfetto.h"

#include <zlib.h>

#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "stats/trace.h"
#include "support/catch.h"

using namespace kiln;

namespace {

/// A message taken apart: by number of its field, in order.
struct Message {
  std::multimap<std::uint64_t, std::uint64_t> numbers;
  std::multimap<std::uint64_t, std::string> texts;

  std::uint64_t number(std::uint64_t field, std::uint64_t otherwise = 0) const {
    const auto found = numbers.find(field);
    return found == numbers.end() ? otherwise : found->second;
  }
  std::string text(std::uint64_t field) const {
    const auto found = texts.find(field);
    return found == texts.end() ? "" : found->second;
  }
  bool has(std::uint64_t field) const { return texts.contains(field) || numbers.contains(field); }
};

std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    REQUIRE_FALSE(bytes.empty());
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  FAIL("a varint of more than ten bytes");
  return 0;
}

Message parse(std::string_view bytes) {
  Message message;
  while (!bytes.empty()) {
    const std::uint64_t tag = take_varint(bytes), field = tag >> 3;
    if ((tag & 7) == 0) {
      message.numbers.emplace(field, take_varint(bytes));
    } else if ((tag & 7) == 1) {
      REQUIRE(bytes.size() >= 8);
      std::uint64_t value = 0;
      for (int i = 7; i >= 0; --i)
        value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
      message.numbers.emplace(field, value);
      bytes.remove_prefix(8);
    } else {
      REQUIRE((tag & 7) == 2);
      const std::uint64_t size = take_varint(bytes);
      REQUIRE(size <= bytes.size());
      message.texts.emplace(field, std::string(bytes.substr(0, size)));
      bytes.remove_prefix(size);
    }
  }
  return message;
}

std::string inflated(const std::string& deflated) {
  std::string text(4'000'000, '\0');
  uLongf size = text.size();
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                     reinterpret_cast<const Bytef*>(deflated.data()), deflated.size()) == Z_OK);
  text.resize(size);
  return text;
}

/// What a viewer shows.
struct Shown {
  struct Slice {
    std::string track, name, category;
    std::uint64_t begin_ns, end_ns;
    bool operator==(const Slice&) const = default;
  };
  struct Value {
    std::string counter, unit;
    std::uint64_t at_ns;
    double value;
    bool operator==(const Value&) const = default;
  };
  std::vector<Slice> slices;
  std::vector<Value> values;
  std::size_t largest_packet = 0;
};

class Viewer {
 public:
  Shown show(const std::string& file) {
    for (const auto& [field, packet] : parse(file).texts) {
      REQUIRE(field == 1);
      shown_.largest_packet = std::max(shown_.largest_packet, packet.size());
      for (const auto& [inner_field, inner] : parse(inflated(parse(packet).text(50))).texts) {
        REQUIRE(inner_field == 1);
        take(parse(inner));
      }
    }
    return shown_;
  }

 private:
  struct Track {
    std::string name, unit;
  };
  struct Sequence {
    std::uint64_t now_ns = 0, track = 0;
    std::map<std::uint64_t, std::string> categories, names;
    bool cleared = false;
    std::vector<Shown::Slice> open;
  };

  void take(const Message& packet) {
    if (packet.has(60)) return describe(parse(packet.text(60)));
    Sequence& sequence = sequences_[packet.number(10)];
    if (packet.number(13) & 1) {  // state cleared: clock and defaults follow
      const Message defaults = parse(packet.text(59));
      CHECK(defaults.number(58) == 64);
      sequence = {};
      sequence.cleared = true;
      sequence.track = parse(defaults.text(11)).number(11);
      for (const auto& [field, clock] : parse(packet.text(6)).texts)
        if (parse(clock).number(1) == 64) CHECK(parse(clock).number(3) == 1);
      return;
    }
    REQUIRE(sequence.cleared);
    REQUIRE((packet.number(13) & 2) != 0);
    for (const auto& [kind, entry] : parse(packet.text(12)).texts)
      (kind == 1 ? sequence.categories : sequence.names)[parse(entry).number(1)] = parse(entry).text(2);
    sequence.now_ns += packet.number(8);
    event(sequence, parse(packet.text(11)));
  }

  void describe(const Message& descriptor) {
    Track& track = tracks_[descriptor.number(1)];
    track.name = descriptor.text(2);
    if (descriptor.has(4)) track.name = parse(descriptor.text(4)).text(5);
    if (descriptor.has(8)) track.unit = parse(descriptor.text(8)).text(6);
  }

  void event(Sequence& sequence, const Message& event) {
    const Track& track = tracks_.at(event.number(11, sequence.track));
    switch (event.number(9)) {
      case 1:
        sequence.open.push_back({track.name, sequence.names.at(event.number(10)),
                                 sequence.categories.at(event.number(3)), sequence.now_ns, 0});
        break;
      case 2:
        REQUIRE(sequence.open.size() == 1);  // slices of a track do not overlap
        shown_.slices.push_back(sequence.open.back());
        shown_.slices.back().end_ns = sequence.now_ns;
        sequence.open.clear();
        break;
      case 4:
        shown_.values.push_back(
            {track.name, track.unit, sequence.now_ns, std::bit_cast<double>(event.number(44))});
        break;
      default:
        FAIL("an event of no known kind");
    }
  }

  Shown shown_;
  std::map<std::uint64_t, Track> tracks_;
  std::map<std::uint64_t, Sequence> sequences_;
};

}  // namespace

TEST_CASE("a Perfetto trace reads back as it was written, to the nanosecond") {
  stats::Trace trace;
  const int a = trace.add_track("npu0"), b = trace.add_track("npu <1>");
  trace.slice(b, "c2/forward", "forward", 2'499'499, 3'000'501);  // ps
  trace.slice(a, "c1/forward", "forward", 0, 1'499'500);
  trace.slice(a, "c1/wgrad", "wgrad", 1'499'500, 1'499'600);  // touches the last and rounds to nothing
  trace.slice(a, "c1/forward", "forward", 5'000'000, 6'000'000);
  trace.counter("power", "W", 2'000'000, 0.1 + 0.2);
  trace.counter("power", "W", 1'000'000, -4);
  trace.counter("queue", "", 7'000'000, 1e18);
  const std::string bytes = stats::perfetto_trace(trace);
  const Shown shown = Viewer().show(bytes);
  CHECK(shown.slices == std::vector<Shown::Slice>{{"npu0", "c1/forward", "forward", 0, 1500},
                                                  {"npu0", "c1/wgrad", "wgrad", 1500, 1500},
                                                  {"npu0", "c1/forward", "forward", 5000, 6000},
                                                  {"npu <1>", "c2/forward", "forward", 2499, 3001}});
  CHECK(shown.values == std::vector<Shown::Value>{{"power [W]", "W", 1000, -4},
                                                  {"power [W]", "W", 2000, 0.1 + 0.2},
                                                  {"queue", "", 7000, 1e18}});
  CHECK(bytes == stats::perfetto_trace(trace));
}

TEST_CASE("a long Perfetto trace comes in packets below the format's limit, and an empty one is a process") {
  stats::Trace trace;
  const int track = trace.add_track("npu0");
  std::uint64_t noise = 1;
  for (base::TimePs at = 0; at < 60'000 * base::TimePs{2'000'000}; at += 2'000'000) {
    noise = noise * 6364136223846793005ULL + 1442695040888963407ULL;
    trace.slice(track, "layer", "forward", at, at + static_cast<base::TimePs>(noise >> 44));
  }
  const Shown shown = Viewer().show(stats::perfetto_trace(trace));
  CHECK(shown.slices.size() == 60'000);
  CHECK(shown.largest_packet < 512 * 1024);
  CHECK(Viewer().show(stats::perfetto_trace({})).slices.empty());
}
