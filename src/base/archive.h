// SPDX-License-Identifier: MIT
// Values to bytes and back by one list of members:
//
//   template <class Archive> void archive(Archive& a, Point& p) { a(p.x, p.y); }
//
// ArchiveWriter writes them, ArchiveReader fills them in. Integers take as many bytes as they need, floats
// and doubles keep all their bits, a text that was there before is a number. For this very program only:
// nothing tells versions.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"

namespace kiln::base {

/// What both directions do alike: a value that is made of others is their values in turn.
template <class Direction>
class Archive {
 public:
  template <class... Values>
  void operator()(Values&... values) {
    (one(values), ...);
  }

 protected:
  template <class Value>
  void one(Value& value) {
    self().plain(value);
  }
  template <class A, class B>
  void one(std::pair<A, B>& pair) {
    one(pair.first);
    one(pair.second);
  }
  template <class Item, std::size_t size>
  void one(std::array<Item, size>& items) {
    for (Item& item : items) one(item);
  }
  template <class Item>
  void one(std::vector<Item>& items) {
    self().list(items, [this](Item& item) { one(item); });
  }

 private:
  Direction& self() { return static_cast<Direction&>(*this); }
};

class ArchiveWriter : public Archive<ArchiveWriter> {
 public:
  /// Items that `each` writes.
  template <class Item, class Each>
  void list(std::vector<Item>& items, Each each) {
    integer(items.size());
    for (Item& item : items) each(item);
  }
  template <class Key, class Item, class Each>
  void table(std::map<Key, Item>& items, Each each) {
    integer(items.size());
    for (auto& [key, item] : items) {
      Key copy = key;
      one(copy);
      each(item);
    }
  }
  /// Mostly zeros: the others, each with its index.
  template <std::size_t size>
  void sparse(std::array<std::int64_t, size>& values) {
    std::uint64_t used = 0;
    for (const std::int64_t value : values) used += value != 0;
    integer(used);
    for (std::size_t i = 0; i < size; ++i) {
      if (values[i] == 0) continue;
      integer(i);
      one(values[i]);
    }
  }
  const std::string& bytes() const { return bytes_; }

 private:
  friend Archive<ArchiveWriter>;

  void integer(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }
  template <class Value>
  void plain(Value& value) {
    if constexpr (std::is_enum_v<Value> || std::is_same_v<Value, bool>) {
      integer(static_cast<std::uint64_t>(value));
    } else if constexpr (std::is_integral_v<Value>) {
      const auto wide = static_cast<std::int64_t>(value);  // zigzag: small negative numbers stay short
      integer(static_cast<std::uint64_t>(wide) << 1 ^ static_cast<std::uint64_t>(wide >> 63));
    } else {
      static_assert(std::is_floating_point_v<Value>);
      char raw[sizeof value];
      std::memcpy(raw, &value, sizeof value);
      bytes_.append(raw, sizeof value);
    }
  }
  void plain(std::string& text) {
    const auto [place, fresh] = texts_.try_emplace(text, texts_.size());
    integer(place->second);
    if (!fresh) return;
    integer(text.size());
    bytes_ += text;
  }

  std::string bytes_;
  std::unordered_map<std::string, std::uint64_t> texts_;
};

/// Throws base::SimError where the bytes end or cannot be what was written.
class ArchiveReader : public Archive<ArchiveReader> {
 public:
  explicit ArchiveReader(std::string_view bytes) : left_(bytes) {}

  template <class Item, class Each>
  void list(std::vector<Item>& items, Each each) {
    items.resize(size());
    for (Item& item : items) each(item);
  }
  template <class Key, class Item, class Each>
  void table(std::map<Key, Item>& items, Each each) {
    for (std::size_t left = size(); left > 0; --left) {
      Key key{};
      one(key);
      each(items[key]);
    }
  }
  template <std::size_t size>
  void sparse(std::array<std::int64_t, size>& values) {
    values.fill(0);
    for (std::uint64_t left = integer(); left > 0; --left) {
      const std::uint64_t index = integer();
      if (index >= size) damaged();
      one(values[index]);
    }
  }
  /// Everything must have been read.
  void end() const {
    if (!left_.empty()) damaged();
  }

 private:
  friend Archive<ArchiveReader>;

  [[noreturn]] static void damaged() { throw SimError("stored data is damaged"); }

  std::uint64_t integer() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (left_.empty()) damaged();
      const auto byte = static_cast<std::uint8_t>(left_.front());
      left_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    damaged();
  }
  /// Of a list: each item takes a byte at least.
  std::size_t size() {
    const std::uint64_t count = integer();
    if (count > left_.size()) damaged();
    return count;
  }
  std::string_view take(std::uint64_t count) {
    if (count > left_.size()) damaged();
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  template <class Value>
  void plain(Value& value) {
    if constexpr (std::is_enum_v<Value> || std::is_same_v<Value, bool>) {
      value = static_cast<Value>(integer());
    } else if constexpr (std::is_integral_v<Value>) {
      const std::uint64_t zigzag = integer();
      value =
          static_cast<Value>(static_cast<std::int64_t>(zigzag >> 1) ^ -static_cast<std::int64_t>(zigzag & 1));
    } else {
      static_assert(std::is_floating_point_v<Value>);
      std::memcpy(&value, take(sizeof value).data(), sizeof value);
    }
  }
  void plain(std::string& text) {
    const std::uint64_t number = integer();
    if (number > texts_.size()) damaged();
    if (number == texts_.size()) texts_.emplace_back(take(integer()));
    text = texts_[number];
  }

  std::string_view left_;
  std::vector<std::string> texts_;
};

}  // namespace kiln::base
