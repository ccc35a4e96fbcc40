// SPDX-License-Identifier: MIT
// An ONNX model as it is written: views into the file, nothing is copied or computed. Field numbers are those
// of onnx.proto (IR version 11).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workload/onnx/wire.h"

namespace kiln::workload::onnx {

/// Element types, by ONNX's numbers.
enum class ElementType {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  bfloat16 = 16,
  float8_first = 17,
  float8_last = 20,
  uint4 = 21,
  int4 = 22,
  float4 = 23
};
bool is_real(ElementType);
/// Bits of one element in raw data; 0 when Kiln does not know the type.
int bits_of(ElementType);

struct Tensor {
  std::string_view name;
  std::vector<std::int64_t> dims;
  ElementType type = ElementType::undefined;
  std::optional<Span> raw;
  std::vector<Field> numbers;  ///< float_data, int32_data, int64_data, double_data, uint64_data as written
  bool external = false;
  std::string_view location, external_offset, external_length;
  std::size_t offset = 0;

  /// Elements. Throws WireError for negative extents and products above 2^62.
  std::int64_t elements() const;
  /// Bytes of raw data that hold them; 0 for types that Kiln does not know.
  std::uint64_t raw_bytes() const;
};

struct Dimension {
  std::optional<std::int64_t> extent;
  std::string_view symbol;
};

struct ValueInfo {
  std::string_view name;
  ElementType type = ElementType::undefined;
  std::optional<std::vector<Dimension>> dims;
  bool is_tensor = true;
};

/// Decoded when it is asked for.
struct Attribute {
  std::string_view name;
  std::string_view refers_to;  ///< of the function it stands in
  Span span;
};

struct Node {
  std::string_view op, domain, name;
  std::vector<std::string_view> inputs, outputs;
  std::vector<Attribute> attributes;
  std::size_t offset = 0;

  const Attribute* find(std::string_view attribute) const;
};

struct Graph {
  std::vector<Node> nodes;
  std::vector<Tensor> initializers;
  std::vector<ValueInfo> inputs, outputs, values;
};

struct Opset {
  std::string_view domain;
  std::int64_t version = 0;
};

struct Function {
  std::string_view name, domain;
  std::vector<std::string_view> inputs, outputs;
  std::vector<Attribute> defaults;
  std::vector<Node> nodes;
};

struct Model {
  std::int64_t ir_version = 0;
  std::string_view producer;
  std::vector<Opset> opsets;
  std::vector<Function> functions;
  Graph graph;

  /// The version of ONNX's own operators; 0: the file names none.
  std::int64_t opset() const;
};
/// ONNX's own operators.
bool is_standard(std::string_view domain);

/// What a file may hold, counted over all its graphs.
struct Limits {
  std::int64_t nodes = 1'000'000;
  std::int64_t parts = 4'000'000;  ///< nodes, names, attributes, initializers, extents
  int depth = 16;                  ///< of graphs in graphs
  std::size_t rank = 8;
};

/// Reads messages under limits that hold for all of them together.
class ModelReader {
 public:
  explicit ModelReader(Limits limits = {}) : limits_(limits) {}

  /// Throws WireError.
  Model model(std::string_view bytes);
  Graph graph(const Span&);
  Tensor tensor(const Span&);

 private:
  Node node(const Span&);
  Function function(const Span&);
  ValueInfo value_info(const Span&);
  void read_dims(const Field&, std::vector<std::int64_t>&);
  void read_type(const Span&, ValueInfo&);
  void read_external(const Span&, Tensor&);
  Attribute attribute(const Span&);
  void count(std::size_t offset);

  Limits limits_;
  std::int64_t nodes_ = 0, parts_ = 0;
};

/// The contents of an attribute. Each throws WireError when the attribute is of another kind.
std::int64_t integer_of(const Attribute&);
float real_of(const Attribute&);
std::string_view text_of(const Attribute&);
std::vector<std::int64_t> integers_of(const Attribute&);
std::vector<float> reals_of(const Attribute&);
/// A tensor or a graph that an attribute holds; nothing when it holds none.
std::optional<Span> tensor_of(const Attribute&);
std::optional<Span> graph_of(const Attribute&);

}  // namespace kiln::workload::onnx
