// SPDX-License-Identifier: MIT
#include "compression/index_coder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace kiln::compression {
namespace {

constexpr std::uint32_t kWordBits = 64;      // two-level bitmap
constexpr std::uint32_t kOffsetBlock = 256;  // block_offset
constexpr int kOffsetBits = 8;

// Calls write(gap) for the zeros before each place.
template <class Write>
void for_each_gap(const Places& places, Write write) {
  std::uint32_t next = 0;
  for (const std::uint32_t place : places) {
    write(place - next);
    next = place + 1;
  }
}

// Rebuilds places from read() gaps.
template <class Read>
Places places_from_gaps(const PlaceContext& context, Read read) {
  Places places(context.entries);
  std::uint64_t next = 0;
  for (std::uint32_t& place : places) {
    next += read();
    if (next >= context.elements)
      throw base::SimError("compressed gradient names a place outside its tensor");
    place = static_cast<std::uint32_t>(next++);
  }
  return places;
}

void write_bitmap(const Places& places, std::uint32_t elements, BitWriter& writer) {
  std::uint32_t next = 0;
  for (const std::uint32_t place : places) {
    writer.put_unary(place - next);
    next = place + 1;
  }
  for (std::uint32_t rest = elements - next; rest > 0;) {
    const std::uint32_t part = std::min(rest, 32u);
    writer.put(0, static_cast<int>(part));
    rest -= part;
  }
}

Places read_bitmap(BitReader& reader, const PlaceContext& context) {
  Places places;
  places.reserve(context.entries);
  for (std::uint32_t i = 0; i < context.elements; ++i)
    if (reader.get(1) != 0) places.push_back(i);
  return places;
}

void write_two_level(const Places& places, std::uint32_t elements, BitWriter& writer) {
  std::vector<std::uint64_t> words((elements + kWordBits - 1) / kWordBits, 0);
  for (const std::uint32_t place : places)
    words[place / kWordBits] |= std::uint64_t{1} << (place % kWordBits);
  for (const std::uint64_t word : words) writer.put(word != 0 ? 1 : 0, 1);
  for (const std::uint64_t word : words) {
    if (word == 0) continue;
    writer.put(word & 0xffffffffu, 32);
    writer.put(word >> 32, 32);
  }
}

Places read_two_level(BitReader& reader, const PlaceContext& context) {
  const std::uint32_t words = (context.elements + kWordBits - 1) / kWordBits;
  std::vector<std::uint32_t> used;
  for (std::uint32_t w = 0; w < words; ++w)
    if (reader.get(1) != 0) used.push_back(w);
  Places places;
  places.reserve(context.entries);
  for (const std::uint32_t w : used) {
    std::uint64_t word = reader.get(32);
    word |= reader.get(32) << 32;
    for (; word != 0; word &= word - 1)
      places.push_back(w * kWordBits + static_cast<std::uint32_t>(std::countr_zero(word)));
  }
  if (!places.empty() && places.back() >= context.elements)
    throw base::SimError("compressed gradient names a place outside its tensor");
  return places;
}

// A full block holds 256 entries, which 8 bits cannot count apart from none: 255 is followed by one more bit.
void write_block_offsets(const Places& places, std::uint32_t elements, BitWriter& writer) {
  std::size_t next = 0;
  for (std::uint32_t begin = 0; begin < elements; begin += kOffsetBlock) {
    const std::uint64_t end = std::uint64_t{begin} + kOffsetBlock;
    std::size_t last = next;
    while (last < places.size() && places[last] < end) ++last;
    const std::size_t count = last - next;
    writer.put(std::min<std::size_t>(count, 255), kOffsetBits);
    if (count >= 255) writer.put(count - 255, 1);
    for (; next < last; ++next) writer.put(places[next] - begin, kOffsetBits);
  }
}

Places read_block_offsets(BitReader& reader, const PlaceContext& context) {
  Places places;
  places.reserve(context.entries);
  for (std::uint64_t begin = 0; begin < context.elements; begin += kOffsetBlock) {
    std::uint64_t count = reader.get(kOffsetBits);
    if (count == 255) count += reader.get(1);
    for (; count > 0; --count) {
      const std::uint64_t place = begin + reader.get(kOffsetBits);
      if (place >= context.elements)
        throw base::SimError("compressed gradient names a place outside its tensor");
      places.push_back(static_cast<std::uint32_t>(place));
    }
  }
  return places;
}

void write_varint(std::uint32_t gap, BitWriter& writer) {
  for (; gap >= 128; gap >>= 7) writer.put((gap & 127) | 128, 8);
  writer.put(gap, 8);
}

std::uint32_t read_varint(BitReader& reader) {
  std::uint32_t gap = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    const auto group = static_cast<std::uint32_t>(reader.get(8));
    gap |= (group & 127) << shift;
    if (group < 128) break;
  }
  return gap;
}

}  // namespace

int rice_parameter(double density) {
  if (density <= 0) return 0;
  return std::clamp(static_cast<int>(std::lround(std::log2(std::numbers::ln2 / density))), 0, 31);
}

int coordinate_bits(const CodecConfig& config, std::int64_t elements) {
  const auto last = static_cast<std::uint64_t>(std::max<std::int64_t>(elements, 1) - 1);
  // Fewer bits than a place takes could not be read back.
  return std::max({1, config.coo_bits, static_cast<int>(std::bit_width(last))});
}

Places break_long_runs(const Places& places, int run_bits, std::vector<bool>& padded) {
  const std::uint32_t longest = (1u << run_bits) - 1;
  Places broken;
  broken.reserve(places.size());
  padded.clear();
  std::uint32_t next = 0;
  for (const std::uint32_t place : places) {
    for (; place - next > longest; next += longest + 1) {
      broken.push_back(next + longest);
      padded.push_back(true);
    }
    broken.push_back(place);
    padded.push_back(false);
    next = place + 1;
  }
  return broken;
}

std::int64_t write_places(const Places& places, const CodecConfig& config, const PlaceContext& context,
                          BitWriter& writer) {
  const std::int64_t before = writer.bits();
  switch (config.index) {
    case IndexCoding::none:
      break;
    case IndexCoding::coo: {
      const int width = coordinate_bits(config, context.elements);
      for (const std::uint32_t place : places) writer.put(place, width);
      break;
    }
    case IndexCoding::bitmap:
      write_bitmap(places, context.elements, writer);
      break;
    case IndexCoding::bitmap_two_level:
      write_two_level(places, context.elements, writer);
      break;
    case IndexCoding::block_offset:
      write_block_offsets(places, context.elements, writer);
      break;
    case IndexCoding::varint:
      for_each_gap(places, [&](std::uint32_t gap) { write_varint(gap, writer); });
      break;
    case IndexCoding::rice: {
      const int m = rice_parameter(context.density());
      const std::uint32_t mask = static_cast<std::uint32_t>((std::uint64_t{1} << m) - 1);
      for_each_gap(places, [&](std::uint32_t gap) {
        writer.put_unary(gap >> m);
        writer.put(gap & mask, m);
      });
      break;
    }
    case IndexCoding::rle_escape: {
      const std::uint32_t escape = (1u << config.run_bits) - 1;
      for_each_gap(places, [&](std::uint32_t gap) {
        for (; gap >= escape; gap -= escape) writer.put(escape, config.run_bits);
        writer.put(gap, config.run_bits);
      });
      break;
    }
    case IndexCoding::rle_padded:
      for_each_gap(places, [&](std::uint32_t gap) { writer.put(gap, config.run_bits); });
      break;
  }
  return writer.bits() - before;
}

Places read_places(BitReader& reader, const CodecConfig& config, const PlaceContext& context) {
  switch (config.index) {
    case IndexCoding::none:
      return {};
    case IndexCoding::coo: {
      const int width = coordinate_bits(config, context.elements);
      Places places(context.entries);
      for (std::uint32_t& place : places) {
        place = static_cast<std::uint32_t>(reader.get(width));
        if (place >= context.elements)
          throw base::SimError("compressed gradient names a place outside its tensor");
      }
      return places;
    }
    case IndexCoding::bitmap:
      return read_bitmap(reader, context);
    case IndexCoding::bitmap_two_level:
      return read_two_level(reader, context);
    case IndexCoding::block_offset:
      return read_block_offsets(reader, context);
    case IndexCoding::varint:
      return places_from_gaps(context, [&] { return std::uint64_t{read_varint(reader)}; });
    case IndexCoding::rice: {
      const int m = rice_parameter(context.density());
      return places_from_gaps(context, [&] {
        const std::uint64_t quotient = reader.get_unary();
        return (quotient << m) | reader.get(m);
      });
    }
    case IndexCoding::rle_escape: {
      const std::uint64_t escape = (std::uint64_t{1} << config.run_bits) - 1;
      return places_from_gaps(context, [&] {
        std::uint64_t gap = 0;
        std::uint64_t code = escape;
        while (code == escape) gap += code = reader.get(config.run_bits);
        return gap;
      });
    }
    case IndexCoding::rle_padded:
      return places_from_gaps(context, [&] { return reader.get(config.run_bits); });
  }
  return {};
}

}  // namespace kiln::compression
