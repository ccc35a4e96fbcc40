// SPDX-License-Identifier: MIT
#include "compression/gradient_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "compression/half.h"
#include "compression/npy.h"

namespace kiln::compression {

namespace {

static_assert(std::endian::native == std::endian::little, "values are copied as they stand in the file");

template <class Stored, class Convert>
std::vector<float> convert(std::string_view bytes, Convert to_float) {
  std::vector<float> values(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = to_float(stored);
  }
  return values;
}

std::vector<float> fp32_values(std::string_view bytes) {
  return convert<float>(bytes, [](float value) { return value; });
}

/// What else begins like this; empty when nothing known does.
std::string other_kind(std::string_view bytes) {
  const auto printable = [](unsigned char c) { return (c >= ' ' && c <= '~') || (c >= '\t' && c <= '\r'); };
  const auto letters = std::count_if(bytes.begin(), bytes.end(), printable);
  if (static_cast<double>(letters) > 0.95 * static_cast<double>(bytes.size()))
    return "is text, not binary values; save them with numpy.save or as raw little-endian fp32";
  if (bytes.starts_with("PK\x03\x04"))
    return "is a zip archive (.npz, PyTorch); save one array with numpy.save";
  if (bytes.starts_with("\x89HDF")) return "is an HDF5 file; save one array with numpy.save";
  if (bytes.starts_with("\x1f\x8b")) return "is compressed with gzip; unpack it";
  return "";
}

void check_count(std::int64_t count, std::int64_t needed) {
  if (count != needed)
    throw GradientFileError(fmt::format("holds {} values, the trained layers have {}; {}", count, needed,
                                        count > needed ? "remove the surplus" : "values are missing"));
}

[[noreturn]] void refuse_type(const std::string& type) {
  const std::string_view remedy = "convert it with array.astype('<f4')";
  const char order = type.empty() ? '\0' : type.front();
  const char kind = type.size() > 1 ? type[1] : '\0';
  std::string_view name = "no type that is read";
  if (kind == 'f' && order == '>') name = "big-endian";
  if (kind == 'i' || kind == 'u') name = "whole numbers";
  if (kind == 'b') name = "true or false";
  if (kind == 'c') name = "complex numbers";
  if (kind == 'O') name = "Python objects";
  if (kind == 'S' || kind == 'U') name = "text";
  if (kind == 'V') name = "raw bytes, as bfloat16 arrays are saved without their name";
  throw GradientFileError(
      fmt::format("is of dtype '{}': {}; allowed: '<f2', '<f4', '<f8', bfloat16; {}", type, name, remedy));
}

std::vector<float> npy_values(std::string_view bytes, std::int64_t needed) {
  const NpyHeader header = read_npy_header(bytes);
  const std::string& type = header.type;
  const bool two_bytes = type == "<f2" || type == "bfloat16";
  if (!two_bytes && type != "<f4" && type != "<f8") refuse_type(type);
  check_count(header.elements(), needed);
  const std::size_t unit = two_bytes ? 2 : type == "<f8" ? 8 : 4;
  const std::size_t expected = unit * static_cast<std::size_t>(needed);
  const std::string_view data = bytes.substr(header.size);
  if (data.size() != expected)
    throw GradientFileError(fmt::format("has {} bytes behind its .npy header, its shape needs {}; {}",
                                        data.size(), expected,
                                        data.size() < expected ? "it is cut off" : "remove the surplus"));
  std::vector<float> values;
  if (type == "<f2")
    values = convert<std::uint16_t>(data, from_half);
  else if (type == "bfloat16")
    values = convert<std::uint16_t>(data, from_bfloat16);
  else if (type == "<f8")
    values = convert<double>(data, [](double value) { return static_cast<float>(value); });
  else
    values = fp32_values(data);
  return header.fortran_order ? from_fortran_order(values, header.shape) : values;
}

std::vector<float> raw_values(std::string_view bytes, std::int64_t needed) {
  if (const std::string other = other_kind(bytes); !other.empty()) throw GradientFileError(other);
  if (bytes.size() % sizeof(float) != 0)
    throw GradientFileError(
        fmt::format("has {} bytes, no multiple of the 4 of a value; is it cut off?", bytes.size()));
  check_count(static_cast<std::int64_t>(bytes.size() / sizeof(float)), needed);
  return fp32_values(bytes);
}

/// Sizes no gradient has: a share of many of them means bytes that are something else.
bool is_implausible(float value) {
  constexpr float kSmallest = 1e-30F, kLargest = 1e15F;
  const float size = std::abs(value);
  return value != 0 && !(size >= kSmallest && size <= kLargest);
}

/// Of the finite values that are not zero.
double implausible_share(const std::vector<float>& values, bool swapped) {
  std::int64_t implausible = 0, given = 0;
  for (const float value : values) {
    if (!swapped && !std::isfinite(value)) continue;  // counted elsewhere
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t turned = bits >> 24 | (bits >> 8 & 0xff00U) | (bits << 8 & 0xff0000U) | bits << 24;
    const float seen = swapped ? std::bit_cast<float>(turned) : value;
    given += seen != 0;
    implausible += is_implausible(seen);
  }
  return given == 0 ? 0 : static_cast<double>(implausible) / static_cast<double>(given);
}

void refuse_noise(const std::vector<float>& values) {
  constexpr double kMostImplausible = 0.1, kFewImplausible = 0.01;
  if (std::all_of(values.begin(), values.end(), [](float value) { return value == 0; }))
    throw GradientFileError("holds zeros only; give gradients of a training step");
  const double share = implausible_share(values, false);
  if (share <= kMostImplausible) return;
  if (implausible_share(values, true) < kFewImplausible)
    throw GradientFileError("looks big-endian: with its bytes swapped the values are gradients; swap them");
  throw GradientFileError(fmt::format(
      "holds values that no gradient has ({:.0f} % are beyond 1e15 or below 1e-30); is it of another "
      "type than fp32?",
      100 * share));
}

}  // namespace

GradientFile parse_gradients(std::string_view bytes, std::int64_t needed) {
  if (bytes.empty()) throw GradientFileError("is empty");
  GradientFile file;
  file.values = is_npy(bytes) ? npy_values(bytes, needed) : raw_values(bytes, needed);
  refuse_noise(file.values);
  for (float& value : file.values) {
    if (std::isfinite(value)) continue;
    ++file.not_finite;
    value = 0;
  }
  if (static_cast<double>(file.not_finite) > kMostNotFinite * static_cast<double>(needed))
    throw GradientFileError(fmt::format("holds {} values of {} that are NaN or infinite; allowed: {:g} %",
                                        file.not_finite, needed, 100 * kMostNotFinite));
  return file;
}

}  // namespace kiln::compression
