// SPDX-License-Identifier: MIT
// The wire format of protocol buffers, as far as ONNX uses it: fields of one message, one after the other, as
// views into the file. Encoding: https://protobuf.dev/programming-guides/encoding
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kiln::workload::onnx {

/// Where a file is wrong. Its messages name the byte.
class WireError {
 public:
  WireError(std::size_t offset, std::string what) : offset_(offset), what_(std::move(what)) {}
  std::size_t offset() const { return offset_; }
  const std::string& what() const { return what_; }

 private:
  std::size_t offset_;
  std::string what_;
};

/// Bytes and where in the file they begin.
struct Span {
  std::string_view bytes;
  std::size_t offset = 0;
};

enum class WireType { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct Field {
  std::uint64_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;  ///< of varint, fixed64, fixed32
  Span span;                ///< of bytes

  /// The parts of a field, or WireError when it has another type than ONNX gives it.
  std::int64_t integer() const;
  float real() const;
  const Span& message() const;
  std::string_view text() const { return message().bytes; }
  std::size_t offset = 0;
};

class WireReader {
 public:
  explicit WireReader(Span span) : span_(span) {}

  /// The next field; false at the end. Throws WireError for what is cut, for groups and for field 0.
  bool next(Field& field);
  /// One varint, for packed lists. Throws WireError.
  std::uint64_t varint();
  bool at_end() const { return at_ == span_.bytes.size(); }
  std::size_t offset() const { return span_.offset + at_; }

 private:
  std::uint64_t fixed(int bytes);

  Span span_;
  std::size_t at_ = 0;
};

}  // namespace kiln::workload::onnx
