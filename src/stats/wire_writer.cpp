// SPDX-License-Identifier: MIT
#include "stats/wire_writer.h"

#include <bit>

namespace kiln::stats {

namespace {

constexpr std::uint32_t kVarint = 0, kFixed64 = 1, kBytes = 2;

}  // namespace

void WireWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) text_ += static_cast<char>((value & 0x7F) | 0x80);
  text_ += static_cast<char>(value);
}

void WireWriter::integer(std::uint32_t field, std::uint64_t value) {
  tag(field, kVarint);
  varint(value);
}

void WireWriter::real(std::uint32_t field, double value) {
  tag(field, kFixed64);
  auto bits = std::bit_cast<std::uint64_t>(value);
  for (int i = 0; i < 8; ++i, bits >>= 8) text_ += static_cast<char>(bits & 0xFF);
}

void WireWriter::bytes(std::uint32_t field, std::string_view value) {
  tag(field, kBytes);
  varint(value.size());
  text_ += value;
}

}  // namespace kiln::stats
