// SPDX-License-Identifier: MIT
// Writes ONNX files for tests: just enough of the wire format. Field numbers are those of onnx.proto.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace kiln::test::onnx {

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7F) | 0x80);
  return bytes + static_cast<char>(value);
}
inline std::string field(int number, std::uint64_t value) {
  return varint(static_cast<std::uint64_t>(number) << 3) + varint(value);
}
inline std::string field(int number, const std::string& bytes) {
  return varint((static_cast<std::uint64_t>(number) << 3) | 2) + varint(bytes.size()) + bytes;
}
inline std::string field(int number, float value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return varint((static_cast<std::uint64_t>(number) << 3) | 5) + bytes;
}

using Dims = std::vector<std::int64_t>;

inline std::string integer(const std::string& name, std::int64_t value) {
  return field(5, field(1, name) + field(3, static_cast<std::uint64_t>(value)) + field(20, std::uint64_t{2}));
}
inline std::string real(const std::string& name, float value) {
  return field(5, field(1, name) + field(2, value) + field(20, std::uint64_t{1}));
}
inline std::string text(const std::string& name, const std::string& value) {
  return field(5, field(1, name) + field(4, value) + field(20, std::uint64_t{3}));
}
inline std::string integers(const std::string& name, const Dims& values) {
  std::string attribute = field(1, name);
  for (const std::int64_t value : values) attribute += field(8, static_cast<std::uint64_t>(value));
  return field(5, attribute + field(20, std::uint64_t{7}));
}
inline std::string tensor(const std::string& name, const Dims& dims, const std::string& raw, int type) {
  std::string made;
  for (const std::int64_t extent : dims) made += field(1, static_cast<std::uint64_t>(extent));
  return made + field(2, static_cast<std::uint64_t>(type)) + field(8, name) + field(9, raw);
}
inline std::int64_t product(const Dims& dims) {
  std::int64_t all = 1;
  for (const std::int64_t extent : dims) all *= extent;
  return all;
}
/// A float tensor, all of one value.
inline std::string weights(const std::string& name, const Dims& dims, float value = 0.5F) {
  std::string raw;
  for (std::int64_t i = 0; i < product(dims); ++i)
    raw.append(reinterpret_cast<const char*>(&value), sizeof value);
  return tensor(name, dims, raw, 1);
}
inline std::string reals(const std::string& name, const Dims& dims, const std::vector<float>& values) {
  return tensor(name, dims, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)}, 1);
}
inline std::string wholes(const std::string& name, const Dims& dims, const Dims& values) {
  return tensor(name, dims,
                {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(std::int64_t)}, 7);
}
inline std::string graph_attribute(const std::string& name, const std::string& graph) {
  return field(5, field(1, name) + field(6, graph) + field(20, std::uint64_t{5}));
}
inline std::string tensor_attribute(const std::string& name, const std::string& made) {
  return field(5, field(1, name) + field(5, made) + field(20, std::uint64_t{4}));
}

/// A value of element type `type`; an extent of 0 is open, a negative one the symbol s1, s2, ...; -9 is "N".
inline std::string value(const std::string& name, const Dims& dims, int type = 1) {
  std::string shape;
  for (const std::int64_t extent : dims) {
    std::string dim;
    if (extent > 0) dim = field(1, static_cast<std::uint64_t>(extent));
    if (extent < 0) dim = field(2, extent == -9 ? std::string("N") : "s" + std::to_string(-extent));
    shape += field(1, dim);
  }
  return field(1, name) + field(2, field(1, field(1, static_cast<std::uint64_t>(type)) + field(2, shape)));
}

/// Collects a graph; `bytes` is its message, `model` the whole file.
class Graph {
 public:
  Graph& input(const std::string& name, const Dims& dims, int type = 1) {
    bytes_ += field(11, value(name, dims, type));
    return *this;
  }
  Graph& output(const std::string& name, const Dims& dims = {}) {
    bytes_ += field(12, dims.empty() ? field(1, name) : value(name, dims));
    return *this;
  }
  Graph& initializer(const std::string& made) {
    bytes_ += field(5, made);
    return *this;
  }
  Graph& node(const std::string& op, const std::vector<std::string>& inputs,
              const std::vector<std::string>& outputs, const std::string& attributes = "",
              const std::string& name = "", const std::string& domain = "") {
    std::string node;
    for (const std::string& input : inputs) node += field(1, input);
    for (const std::string& output : outputs) node += field(2, output);
    if (!name.empty()) node += field(3, name);
    node += field(4, op) + attributes;
    if (!domain.empty()) node += field(7, domain);
    bytes_ += field(1, node);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }
  std::string model(int opset = 18, int ir = 8, const std::string& more = "") const {
    return field(1, static_cast<std::uint64_t>(ir)) + field(2, std::string("test")) + field(7, bytes_) +
           field(8, field(2, static_cast<std::uint64_t>(opset))) + more;
  }

 private:
  std::string bytes_;
};

}  // namespace kiln::test::onnx
