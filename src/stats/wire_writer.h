// SPDX-License-Identifier: MIT
// The wire format of protocol buffers, written: fields of one message, one after the other. Encoding:
// https://protobuf.dev/programming-guides/encoding
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kiln::stats {

class WireWriter {
 public:
  void integer(std::uint32_t field, std::uint64_t value);
  void real(std::uint32_t field, double value);
  /// Text, bytes or a message that was written apart.
  void bytes(std::uint32_t field, std::string_view value);
  void message(std::uint32_t field, const WireWriter& inner) { bytes(field, inner.text()); }

  const std::string& text() const { return text_; }

 private:
  void varint(std::uint64_t value);
  void tag(std::uint32_t field, std::uint32_t type) { varint((std::uint64_t{field} << 3) | type); }

  std::string text_;
};

}  // namespace kiln::stats
