// SPDX-License-Identifier: MIT
#include "workload/onnx/wire.h"

#include <fmt/core.h>

#include <cstring>

namespace kiln::workload::onnx {

std::int64_t Field::integer() const {
  if (type != WireType::varint) throw WireError(offset, "a whole number was expected");
  return static_cast<std::int64_t>(value);
}

float Field::real() const {
  if (type != WireType::fixed32) throw WireError(offset, "a number of 32 bits was expected");
  const auto bits = static_cast<std::uint32_t>(value);
  float decoded = 0;
  std::memcpy(&decoded, &bits, sizeof decoded);
  return decoded;
}

const Span& Field::message() const {
  if (type != WireType::bytes) throw WireError(offset, "a text or a message was expected");
  return span;
}

std::uint64_t WireReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_end()) throw WireError(offset(), "the file ends within a number");
    const auto byte = static_cast<unsigned char>(span_.bytes[at_++]);
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) return value;
  }
  throw WireError(offset(), "a number of more than 10 bytes");
}

std::uint64_t WireReader::fixed(int bytes) {
  if (span_.bytes.size() - at_ < static_cast<std::size_t>(bytes))
    throw WireError(offset(), "the file ends within a number");
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(span_.bytes[at_ + i])) << (8 * i);
  at_ += static_cast<std::size_t>(bytes);
  return value;
}

bool WireReader::next(Field& field) {
  if (at_end()) return false;
  field = {};
  field.offset = offset();
  const std::uint64_t tag = varint();
  field.number = tag >> 3;
  if (field.number == 0) throw WireError(field.offset, "a field of number 0");
  switch (tag & 7U) {
    case 0:
      field.value = varint();
      break;
    case 1:
      field.value = fixed(8);
      break;
    case 2: {
      const std::uint64_t length = varint();
      if (length > span_.bytes.size() - at_)
        throw WireError(field.offset,
                        fmt::format("{} bytes are announced, {} are left", length, span_.bytes.size() - at_));
      field.span = {span_.bytes.substr(at_, length), offset()};
      at_ += length;
      break;
    }
    case 5:
      field.value = fixed(4);
      break;
    default:
      throw WireError(field.offset, fmt::format("wire type {}, which ONNX does not use", tag & 7U));
  }
  field.type = static_cast<WireType>(tag & 7U);
  return true;
}

}  // namespace kiln::workload::onnx
