// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <cmath>
#include <cstring>

#include "compression/gradient_file.h"
#include "compression/half.h"
#include "compression/npy.h"
#include "learning/data/array.h"
#include "learning/data/inflate.h"

namespace kiln::learning {

namespace {

template <class Stored>
std::vector<float> convert(std::string_view bytes) {
  std::vector<float> values(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = static_cast<float>(stored);
  }
  return values;
}

std::vector<float> halves(std::string_view bytes) {
  std::vector<float> values(bytes.size() / 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint16_t stored;
    std::memcpy(&stored, bytes.data() + 2 * i, 2);
    values[i] = compression::from_half(stored);
  }
  return values;
}

struct Type {
  const char* name;
  std::size_t bytes;
  std::vector<float> (*read)(std::string_view);
};

constexpr Type kTypes[] = {{"<f4", 4, convert<float>},
                           {"<f8", 8, convert<double>},
                           {"<f2", 2, halves},
                           {"|u1", 1, convert<std::uint8_t>},
                           {"|i1", 1, convert<std::int8_t>},
                           {"|b1", 1, convert<std::uint8_t>},
                           {"<u2", 2, convert<std::uint16_t>},
                           {"<i2", 2, convert<std::int16_t>},
                           {"<u4", 4, convert<std::uint32_t>},
                           {"<i4", 4, convert<std::int32_t>},
                           {"<u8", 8, convert<std::uint64_t>},
                           {"<i8", 8, convert<std::int64_t>}};

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

[[noreturn]] void damaged_archive() {
  throw DataFileError("is a damaged .npz archive; save it again with numpy.savez");
}

std::string_view cut(std::string_view bytes, std::size_t at, std::size_t length) {
  if (at > bytes.size() || length > bytes.size() - at) damaged_archive();
  return bytes.substr(at, length);
}

/// One entry of a zip archive's directory (PKWARE's application note, 4.3.12) and its content.
struct Entry {
  std::string name, content;
  std::size_t next;  ///< where the directory goes on
};

Entry read_entry(std::string_view bytes, std::size_t at) {
  constexpr std::size_t kDirectoryHeader = 46, kLocalHeader = 30;
  const std::string_view header = cut(bytes, at, kDirectoryHeader);
  if (!header.starts_with("PK\x01\x02")) damaged_archive();
  const auto number = [&](std::size_t where, std::size_t size) {
    return little_endian(header.substr(where, size));
  };
  const std::uint32_t method = number(10, 2), packed = number(20, 4), size = number(24, 4),
                      name_length = number(28, 2), extra = number(30, 2), comment = number(32, 2),
                      local = number(42, 4);
  const std::string_view start = cut(bytes, local, kLocalHeader);
  if (!start.starts_with("PK\x03\x04")) damaged_archive();
  const std::size_t begin = std::size_t{local} + kLocalHeader + little_endian(start.substr(26, 2)) +
                            little_endian(start.substr(28, 2));
  const std::string_view data = cut(bytes, begin, packed);
  Entry entry{std::string(cut(bytes, at + kDirectoryHeader, name_length)), "",
              at + kDirectoryHeader + name_length + extra + comment};
  if (size > kMostInflated) throw DataFileError("is a .npz archive of more than 512 MiB");
  if (method == 0)
    entry.content = std::string(data);
  else if (method == 8)
    entry.content = inflate(data, Wrapping::none, size);
  else
    throw DataFileError(fmt::format("is a zip archive packed by method {}; numpy.savez uses 0 or 8", method));
  return entry;
}

}  // namespace

Array read_npy(std::string_view bytes) {
  try {
    if (!compression::is_npy(bytes)) throw DataFileError("is no .npy file");
    const compression::NpyHeader header = compression::read_npy_header(bytes);
    Array array{header.shape, {}};
    const auto count = static_cast<std::size_t>(values_of(header.shape));
    for (const Type& type : kTypes) {
      if (header.type != type.name) continue;
      const std::string_view data = bytes.substr(header.size);
      if (data.size() != count * type.bytes)
        throw DataFileError(fmt::format("holds {} bytes of values, its .npy header says {}", data.size(),
                                        count * type.bytes));
      array.values = type.read(data);
      for (std::size_t i = 0; i < count; ++i)
        if (!std::isfinite(array.values[i]))
          throw DataFileError(fmt::format("holds NaN or infinity at value {}", i));
      if (header.fortran_order) array.values = compression::from_fortran_order(array.values, header.shape);
      return array;
    }
    throw DataFileError(fmt::format("is of dtype '{}'; convert it with array.astype('<f4')", header.type));
  } catch (const compression::GradientFileError& error) {
    throw DataFileError(error.what());
  }
}

std::map<std::string, Array> read_npz(std::string_view bytes) {
  const std::size_t end = bytes.rfind("PK\x05\x06");
  if (!bytes.starts_with("PK") || end == std::string_view::npos)
    throw DataFileError("is no .npz archive; save it with numpy.savez");
  const std::string_view record = cut(bytes, end, 22);
  const std::uint32_t count = little_endian(record.substr(10, 2));
  std::size_t at = little_endian(record.substr(16, 4));
  std::map<std::string, Array> arrays;
  std::size_t inflated = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    Entry entry = read_entry(bytes, at);
    inflated += entry.content.size();
    if (inflated > kMostInflated / 2) throw DataFileError("is a .npz archive of more than 256 MiB");
    if (entry.name.ends_with(".npy"))
      arrays[entry.name.substr(0, entry.name.size() - 4)] = read_npy(entry.content);
    at = entry.next;
  }
  return arrays;
}

}  // namespace kiln::learning
