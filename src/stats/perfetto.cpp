// SPDX-License-Identifier: MIT
#include "stats/perfetto.h"

#include <zlib.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/error.h"
#include "stats/trace.h"
#include "stats/wire_writer.h"

namespace kiln::stats {

namespace {

// Numbers of fields, as the format's declarations give them.
namespace trace_field {
constexpr std::uint32_t packet = 1;
}
namespace packet_field {
constexpr std::uint32_t clock_snapshot = 6, timestamp = 8, sequence = 10, track_event = 11,
                        interned_data = 12, sequence_flags = 13, compressed_packets = 50, defaults = 59,
                        track_descriptor = 60;
}
namespace event_field {
constexpr std::uint32_t category = 3, type = 9, name = 10, track = 11, value = 44;
}
namespace descriptor_field {
constexpr std::uint32_t uuid = 1, name = 2, process = 3, thread = 4, parent = 5, counter = 8;
}

enum EventType : std::uint64_t { kSliceBegin = 1, kSliceEnd = 2, kCounter = 4 };

constexpr std::uint64_t kStateCleared = 1, kNeedsState = 2;  // flags of a sequence
constexpr std::uint64_t kBootTime = 6, kDeltas = 64;         // clocks; from 64 on they are a sequence's own
constexpr std::uint64_t kProcess = 1;                        // its track, and its pid
constexpr std::size_t kMostDeflated = 400'000;  // bytes before: a packet has to stay below 512 KB

std::uint64_t nanoseconds(base::TimePs time) {
  return static_cast<std::uint64_t>((std::max<base::TimePs>(time, 0) + 500) / 1000);
}

/// Packets, gathered to be deflated together.
class Packets {
 public:
  void add(const WireWriter& packet) {
    open_.message(trace_field::packet, packet);
    if (open_.text().size() >= kMostDeflated) close();
  }

  std::string finished() {
    close();
    return std::move(out_);
  }

 private:
  void close() {
    if (open_.text().empty()) return;
    uLongf size = compressBound(static_cast<uLong>(open_.text().size()));
    std::string deflated(size, '\0');
    const int done = compress2(reinterpret_cast<Bytef*>(deflated.data()), &size,
                               reinterpret_cast<const Bytef*>(open_.text().data()),
                               static_cast<uLong>(open_.text().size()), Z_DEFAULT_COMPRESSION);
    KILN_CHECK(done == Z_OK, "zlib gave {}", done);
    deflated.resize(size);
    WireWriter packet, file;
    packet.bytes(packet_field::compressed_packets, deflated);
    file.message(trace_field::packet, packet);
    out_ += file.text();
    open_ = {};
  }

  WireWriter open_;
  std::string out_;
};

/// Events of one track. A sequence of its own lets each of them leave out the track and tell the time since
/// the last one.
class Sequence {
 public:
  Sequence(Packets& packets, std::uint64_t track) : packets_(packets), track_(track) { begin(); }

  void slice_begin(base::TimePs at, const std::string& name, const std::string& category) {
    WireWriter event, fresh;
    event.integer(event_field::category, interned(categories_, 1, category, fresh));
    event.integer(event_field::type, kSliceBegin);
    event.integer(event_field::name, interned(names_, 2, name, fresh));
    add(at, event, fresh);
  }
  void slice_end(base::TimePs at) {
    WireWriter event;
    event.integer(event_field::type, kSliceEnd);
    add(at, event, {});
  }
  void value(base::TimePs at, double value) {
    WireWriter event;
    event.integer(event_field::type, kCounter);
    event.real(event_field::value, value);
    add(at, event, {});
  }

 private:
  using Known = std::map<std::string, std::uint64_t>;

  /// The number of a text; tells the text, as field `kind` of the interned data, when it is met first.
  static std::uint64_t interned(Known& known, std::uint32_t kind, const std::string& text,
                                WireWriter& fresh) {
    const auto [at, is_new] = known.emplace(text, known.size() + 1);
    if (is_new) {
      WireWriter entry;
      entry.integer(1, at->second);
      entry.bytes(2, text);
      fresh.message(kind, entry);
    }
    return at->second;
  }

  /// The clock that counts from event to event, and what all of them share.
  void begin() {
    WireWriter boot, deltas, snapshot, event, defaults, packet;
    boot.integer(1, kBootTime);
    boot.integer(2, 0);
    deltas.integer(1, kDeltas);
    deltas.integer(2, 0);
    deltas.integer(3, 1);  // each time is that since the last one
    snapshot.message(1, boot);
    snapshot.message(1, deltas);
    event.integer(event_field::track, track_);
    defaults.message(event_field::track,
                     event);        // track_event_defaults has the number of TrackEvent.track_uuid
    defaults.integer(58, kDeltas);  // timestamp_clock_id
    packet.message(packet_field::clock_snapshot, snapshot);
    packet.integer(packet_field::sequence, track_);
    packet.integer(packet_field::sequence_flags, kStateCleared);
    packet.message(packet_field::defaults, defaults);
    packets_.add(packet);
  }

  void add(base::TimePs at, const WireWriter& event, const WireWriter& fresh) {
    const std::uint64_t now = nanoseconds(at);
    WireWriter packet;
    packet.integer(packet_field::timestamp, now - last_ns_);
    packet.integer(packet_field::sequence, track_);
    packet.message(packet_field::track_event, event);
    if (!fresh.text().empty()) packet.message(packet_field::interned_data, fresh);
    packet.integer(packet_field::sequence_flags, kNeedsState);
    packets_.add(packet);
    last_ns_ = now;
  }

  Packets& packets_;
  std::uint64_t track_;
  std::uint64_t last_ns_ = 0;
  Known names_, categories_;
};

void describe(Packets& packets, const WireWriter& descriptor) {
  WireWriter packet;
  packet.message(packet_field::track_descriptor, descriptor);
  packets.add(packet);
}

void describe_process(Packets& packets) {
  WireWriter process, descriptor;
  process.integer(1, kProcess);
  process.bytes(6, "kiln");
  descriptor.integer(descriptor_field::uuid, kProcess);
  descriptor.message(descriptor_field::process, process);
  describe(packets, descriptor);
}

void describe_thread(Packets& packets, std::uint64_t track, std::uint64_t number, const std::string& name) {
  WireWriter thread, descriptor;
  thread.integer(1, kProcess);
  thread.integer(2, kProcess + number);
  thread.bytes(5, name);
  descriptor.integer(descriptor_field::uuid, track);
  descriptor.message(descriptor_field::thread, thread);
  describe(packets, descriptor);
}

void describe_counter(Packets& packets, std::uint64_t track, const std::string& name,
                      const std::string& unit) {
  WireWriter counter, descriptor;
  counter.bytes(6, unit);
  descriptor.integer(descriptor_field::uuid, track);
  descriptor.bytes(descriptor_field::name, unit.empty() ? name : name + " [" + unit + "]");
  descriptor.integer(descriptor_field::parent, kProcess);
  descriptor.message(descriptor_field::counter, counter);
  describe(packets, descriptor);
}

/// By time, those of equal time as they came.
template <class Item>
std::vector<const Item*> in_time(std::vector<const Item*> items, base::TimePs Item::*time) {
  std::stable_sort(items.begin(), items.end(),
                   [time](const Item* a, const Item* b) { return a->*time < b->*time; });
  return items;
}

}  // namespace

std::string perfetto_trace(const Trace& trace) {
  Packets packets;
  describe_process(packets);
  std::uint64_t next_track = kProcess + 1;
  std::map<int, std::vector<const Trace::Slice*>> by_track;
  for (const Trace::Slice& slice : trace.slices()) by_track[slice.track].push_back(&slice);
  for (std::size_t i = 0; i < trace.tracks().size(); ++i) {
    describe_thread(packets, next_track, i + 1, trace.tracks()[i]);
    Sequence sequence(packets, next_track++);
    for (const Trace::Slice* slice : in_time(by_track[static_cast<int>(i)], &Trace::Slice::begin)) {
      sequence.slice_begin(slice->begin, slice->name, slice->category);
      sequence.slice_end(slice->end);
    }
  }
  std::map<std::pair<std::string, std::string>, std::vector<const Trace::Sample*>> by_counter;
  for (const Trace::Sample& sample : trace.samples())
    by_counter[{sample.name, sample.series}].push_back(&sample);
  for (const auto& [counter, samples] : by_counter) {
    describe_counter(packets, next_track, counter.first, counter.second);
    Sequence sequence(packets, next_track++);
    for (const Trace::Sample* sample : in_time(samples, &Trace::Sample::time))
      sequence.value(sample->time, sample->value);
  }
  return packets.finished();
}

}  // namespace kiln::stats
