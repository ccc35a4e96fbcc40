// SPDX-License-Identifier: MIT
#include "workload/onnx/constant.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "base/error.h"
#include "base/file.h"

namespace kiln::workload::onnx {
namespace {

namespace fs = std::filesystem;

double half_to_double(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1F, mantissa = bits & 0x3FF;
  double value = 0;
  if (exponent == 0)
    value = std::ldexp(mantissa, -24);
  else if (exponent == 31)
    value = mantissa == 0 ? HUGE_VAL : NAN;
  else
    value = std::ldexp(mantissa + 1024, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

template <class T>
T take(const char* bytes) {
  T value{};
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// One element of raw data (little endian, as this machine is).
void append(Constant& to, ElementType type, const char* at) {
  switch (type) {
    case ElementType::float32:
      return to.reals.push_back(take<float>(at));
    case ElementType::float64:
      return to.reals.push_back(take<double>(at));
    case ElementType::float16:
      return to.reals.push_back(half_to_double(take<std::uint16_t>(at)));
    case ElementType::bfloat16: {
      const std::uint32_t bits = static_cast<std::uint32_t>(take<std::uint16_t>(at)) << 16;
      return to.reals.push_back(take<float>(reinterpret_cast<const char*>(&bits)));
    }
    case ElementType::int64:
    case ElementType::uint64:
      return to.ints.push_back(take<std::int64_t>(at));
    case ElementType::int32:
      return to.ints.push_back(take<std::int32_t>(at));
    case ElementType::uint32:
      return to.ints.push_back(take<std::uint32_t>(at));
    case ElementType::int16:
      return to.ints.push_back(take<std::int16_t>(at));
    case ElementType::uint16:
      return to.ints.push_back(take<std::uint16_t>(at));
    case ElementType::int8:
      return to.ints.push_back(take<std::int8_t>(at));
    default:
      return to.ints.push_back(take<std::uint8_t>(at));
  }
}

/// Numbers of the typed fields, packed or one by one; halves are written as whole numbers.
void append_field(Constant& to, const Tensor& tensor, const Field& field) {
  const bool fixed = field.number == 4 || field.number == 10;  // float_data, double_data
  if (field.type != WireType::bytes) {
    if (field.number == 4) return to.reals.push_back(field.real());
    if (field.number == 10)
      return to.reals.push_back(take<double>(reinterpret_cast<const char*>(&field.value)));
    const auto bits = static_cast<std::uint64_t>(field.integer());
    if (to.real) return append(to, tensor.type, reinterpret_cast<const char*>(&bits));
    return to.ints.push_back(field.integer());
  }
  if (fixed) {
    const std::size_t width = field.number == 4 ? 4 : 8;
    const std::string_view bytes = field.text();
    if (bytes.size() % width != 0) throw WireError(field.offset, "numbers that end within one");
    for (std::size_t at = 0; at < bytes.size(); at += width)
      to.reals.push_back(width == 4 ? take<float>(bytes.data() + at) : take<double>(bytes.data() + at));
    return;
  }
  WireReader packed(field.message());
  while (!packed.at_end()) {
    const std::uint64_t bits = packed.varint();
    if (to.real)
      append(to, tensor.type, reinterpret_cast<const char*>(&bits));
    else
      to.ints.push_back(static_cast<std::int64_t>(bits));
  }
}

std::uint64_t number_in(const Tensor& tensor, std::string_view text, std::uint64_t fallback) {
  if (text.empty()) return fallback;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw WireError(tensor.offset, fmt::format("external data at '{}', which is no number", text));
  return value;
}

struct External {
  fs::path path;
  std::uint64_t offset = 0, length = 0;
};

/// External data lie in the model's folder or below it, links included.
External external_of(const Tensor& tensor, const std::string& folder) {
  const fs::path location{std::string(tensor.location)};
  const auto refuse = [&](std::string_view why) {
    throw WireError(tensor.offset,
                    fmt::format("external data '{}' of tensor '{}' {}", tensor.location, tensor.name, why));
  };
  if (tensor.location.empty() || location.is_absolute()) refuse("need a relative file name");
  for (const fs::path& part : location)
    if (part == "..") refuse("lie outside the model's folder");
  std::error_code error;
  const fs::path root = fs::canonical(folder.empty() ? "." : folder, error);
  if (error) refuse("cannot be found");
  const fs::path path = fs::canonical(root / location, error);
  if (error) refuse("cannot be found");
  if (std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first != root.end())
    refuse("lie outside the model's folder");
  if (const std::string why = base::why_unreadable(path.string()); !why.empty()) refuse(why);
  const std::uint64_t size = fs::file_size(path, error);
  if (error) refuse("cannot be read");
  External found{path, number_in(tensor, tensor.external_offset, 0), 0};
  if (found.offset > size) refuse("begin behind the end of their file");
  found.length = number_in(tensor, tensor.external_length, size - found.offset);
  if (found.length > size - found.offset) refuse("end behind the end of their file");
  if (tensor.raw_bytes() > found.length)
    refuse(fmt::format("hold {} bytes, too few for {} elements of {} bits", found.length, tensor.elements(),
                       bits_of(tensor.type)));
  return found;
}

/// The bytes of a tensor that has raw data, here or in another file.
std::string raw_bytes(const Tensor& tensor, const std::string& folder, std::size_t most) {
  if (!tensor.external) return std::string(tensor.raw->bytes.substr(0, most));
  const External external = external_of(tensor, folder);
  std::string bytes(std::min<std::uint64_t>(external.length, most), '\0');
  std::ifstream stream(external.path, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(external.offset));
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (stream.gcount() != static_cast<std::streamsize>(bytes.size()))
    throw WireError(tensor.offset, fmt::format("external data '{}' cannot be read", tensor.location));
  return bytes;
}

}  // namespace

double as_written(float value) {
  if (!std::isfinite(value)) return static_cast<double>(value);
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  double shortest = 0;
  std::from_chars(text.data(), end, shortest);
  return shortest;
}

std::int64_t elements_of(const Dims& dims) {
  Tensor tensor;
  tensor.dims = dims;
  try {
    return tensor.elements();
  } catch (const WireError& error) {
    throw std::out_of_range(error.what());
  }
}

std::string text_of(const Dims& dims) {
  std::string text;
  for (const std::int64_t extent : dims) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return dims.empty() ? "scalar" : text;
}

std::int64_t product_before(const Dims& extents, int axis) {
  std::int64_t product = 1;
  for (int i = 0; i < axis; ++i) product *= extents[static_cast<std::size_t>(i)];
  return product;
}

std::optional<Constant> constant_of(const Tensor& tensor, const std::string& folder, std::int64_t most) {
  const std::int64_t count = tensor.elements();
  const int bits = bits_of(tensor.type);
  if (count > most || bits < 8) return std::nullopt;
  if (is_real(tensor.type) && bits == 8) return std::nullopt;  // 8-bit floats scale weights, not shapes
  Constant constant;
  constant.real = is_real(tensor.type);
  if (tensor.raw || tensor.external) {
    const std::size_t width = static_cast<std::size_t>(bits) / 8;
    const std::string bytes = raw_bytes(tensor, folder, static_cast<std::size_t>(count) * width);
    for (std::size_t at = 0; at + width <= bytes.size(); at += width)
      append(constant, tensor.type, bytes.data() + at);
  } else {
    for (const Field& field : tensor.numbers) append_field(constant, tensor, field);
  }
  if (constant.size() != static_cast<std::size_t>(count))
    throw WireError(tensor.offset, fmt::format("tensor '{}' of {} elements with data for {}", tensor.name,
                                               count, constant.size()));
  return constant;
}

void check_data(const Tensor& tensor, const std::string& folder) {
  if (tensor.external)
    external_of(tensor, folder);
  else if (!tensor.raw && tensor.numbers.empty() && tensor.elements() > 0 && bits_of(tensor.type) > 0)
    throw WireError(tensor.offset, fmt::format("tensor '{}' has no data", tensor.name));
}

Constant gathered(const Constant& in, std::size_t count,
                  const std::function<std::size_t(std::size_t)>& source) {
  Constant out;
  out.real = in.real;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = source(i);
    if (in.real)
      out.reals.push_back(in.reals[from]);
    else
      out.ints.push_back(in.ints[from]);
  }
  return out;
}

}  // namespace kiln::workload::onnx
