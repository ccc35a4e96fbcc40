// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "learning/data/array.h"

namespace kiln::learning {

std::int64_t values_of(const std::vector<std::int64_t>& extents) {
  std::int64_t product = 1;
  for (const std::int64_t extent : extents) {
    if (extent < 0 || (extent > 0 && product > kMostValues / extent))
      throw DataFileError(fmt::format("says that it has more than {} values; is it damaged?", kMostValues));
    product *= extent;
  }
  return product;
}

namespace {

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

/// A value of one of the types of IDX.
float value_of(int type, std::string_view bytes) {
  const std::uint64_t raw = big_endian(bytes);
  switch (type) {
    case 0x08:
      return static_cast<float>(raw);
    case 0x09:
      return static_cast<float>(static_cast<std::int8_t>(raw));
    case 0x0b:
      return static_cast<float>(static_cast<std::int16_t>(raw));
    case 0x0c:
      return static_cast<float>(static_cast<std::int32_t>(raw));
    case 0x0d:
      return std::bit_cast<float>(static_cast<std::uint32_t>(raw));
    default:
      return static_cast<float>(std::bit_cast<double>(raw));
  }
}

std::size_t bytes_of(int type) {
  switch (type) {
    case 0x08:
    case 0x09:
      return 1;
    case 0x0b:
      return 2;
    case 0x0c:
    case 0x0d:
      return 4;
    case 0x0e:
      return 8;
    default:
      throw DataFileError(fmt::format("has IDX type 0x{:02x}; known are 08, 09, 0b, 0c, 0d and 0e", type));
  }
}

}  // namespace

Array read_idx(std::string_view bytes) {
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0)
    throw DataFileError("is no IDX file: its first two bytes are not 0");
  const int type = static_cast<unsigned char>(bytes[2]);
  const auto axes = static_cast<std::size_t>(static_cast<unsigned char>(bytes[3]));
  const std::size_t unit = bytes_of(type), begin = 4 + 4 * axes;
  if (axes == 0 || bytes.size() < begin) throw DataFileError("is cut off in its IDX header");
  Array array;
  for (std::size_t i = 0; i < axes; ++i)
    array.extents.push_back(static_cast<std::int64_t>(big_endian(bytes.substr(4 + 4 * i, 4))));
  const auto count = static_cast<std::size_t>(values_of(array.extents));
  if (bytes.size() - begin != count * unit)
    throw DataFileError(
        fmt::format("holds {} bytes of values, its IDX header says {}", bytes.size() - begin, count * unit));
  array.values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    array.values.push_back(value_of(type, bytes.substr(begin + i * unit, unit)));
    if (!std::isfinite(array.values.back()))
      throw DataFileError(fmt::format("holds NaN or infinity at value {}", i));
  }
  return array;
}

Labelled read_cifar10(std::string_view bytes) {
  constexpr std::size_t kImage = 3 * 32 * 32, kRecord = 1 + kImage;
  if (bytes.empty() || bytes.size() % kRecord != 0)
    throw DataFileError(fmt::format("is no binary file of CIFAR-10: {} bytes are not whole records of {}",
                                    bytes.size(), kRecord));
  const std::size_t count = bytes.size() / kRecord;
  Labelled data;
  data.values.extents = {static_cast<std::int64_t>(count), 3, 32, 32};
  data.values.values.reserve(static_cast<std::size_t>(values_of(data.values.extents)));
  for (std::size_t i = 0; i < count; ++i) {
    const int label = static_cast<unsigned char>(bytes[i * kRecord]);
    if (label > 9)
      throw DataFileError(fmt::format("has label {} in record {}; CIFAR-10 has 0 to 9", label, i));
    data.classes.push_back(label);
    for (const char byte : bytes.substr(i * kRecord + 1, kImage))
      data.values.values.push_back(static_cast<float>(static_cast<unsigned char>(byte)));
  }
  return data;
}

}  // namespace kiln::learning
