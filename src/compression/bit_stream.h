// SPDX-License-Identifier: MIT
// Bits in order of arrival, least significant first, in bytes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/error.h"

namespace kiln::compression {

static_assert(std::endian::native == std::endian::little,
              "the bit stream copies words as they lie in memory");

class BitWriter {
 public:
  explicit BitWriter(std::size_t expected_bits = 0) { bytes_.reserve(expected_bits / 8 + 16); }

  // The low `count` bits of `value`; the rest of it must be zero. count <= 32.
  void put(std::uint64_t value, int count) {
    held_ |= value << filled_;
    filled_ += count;
    if (filled_ >= 32) flush_word();
  }

  void put_unary(std::uint64_t zeros) {
    for (; zeros >= 32; zeros -= 32) put(0, 32);
    put(std::uint64_t{1} << zeros, static_cast<int>(zeros) + 1);
  }

  // At the next byte boundary.
  void put_bytes(const void* data, std::size_t size) {
    align();
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }

  // To the next byte boundary; returns the bits added.
  int align() {
    const int padding = (8 - filled_ % 8) % 8;
    filled_ += padding;
    for (; filled_ > 0; filled_ -= 8) {
      bytes_.push_back(static_cast<std::byte>(held_ & 0xff));
      held_ >>= 8;
    }
    return padding;
  }

  std::int64_t bits() const { return static_cast<std::int64_t>(bytes_.size()) * 8 + filled_; }

  std::vector<std::byte> take() {
    align();
    return std::move(bytes_);
  }

 private:
  void flush_word() {
    const auto word = static_cast<std::uint32_t>(held_);
    const std::size_t at = bytes_.size();
    bytes_.resize(at + 4);
    std::memcpy(bytes_.data() + at, &word, 4);
    held_ >>= 32;
    filled_ -= 32;
  }

  std::vector<std::byte> bytes_;
  std::uint64_t held_ = 0;
  int filled_ = 0;
};

// Reading past the end throws base::SimError: a corrupted stream is an event, not a crash.
class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t get(int count) {
    while (available_ < count) refill();
    const std::uint64_t value = count == 0 ? 0 : held_ & (~std::uint64_t{0} >> (64 - count));
    held_ >>= count;
    available_ -= count;
    return value;
  }

  std::uint64_t get_unary() {
    std::uint64_t zeros = 0;
    while (get(1) == 0) ++zeros;
    return zeros;
  }

  void align() {
    const int extra = available_ % 8;
    held_ >>= extra;
    available_ -= extra;
  }

  // The next `size` bytes at a byte boundary.
  std::span<const std::byte> take_bytes(std::size_t size) {
    align();
    const std::size_t at = next_ - static_cast<std::size_t>(available_ / 8);
    if (at + size > bytes_.size()) throw base::SimError("compressed gradient ends before its last value");
    next_ = at + size;
    held_ = 0;
    available_ = 0;
    return bytes_.subspan(at, size);
  }

 private:
  void refill() {
    if (next_ >= bytes_.size()) throw base::SimError("compressed gradient ends before its last value");
    held_ |= static_cast<std::uint64_t>(bytes_[next_++]) << available_;
    available_ += 8;
  }

  std::span<const std::byte> bytes_;
  std::size_t next_ = 0;
  std::uint64_t held_ = 0;
  int available_ = 0;
};

}  // namespace kiln::compression
