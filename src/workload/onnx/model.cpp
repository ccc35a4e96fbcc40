// SPDX-License-Identifier: MIT
#include "workload/onnx/model.h"

#include <fmt/core.h>

#include <algorithm>

namespace kiln::workload::onnx {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 62;

/// A repeated whole number: one per field, or packed.
template <class Take>
void integers(const Field& field, const Take& take) {
  if (field.type == WireType::varint) return take(field.integer());
  WireReader packed(field.message());
  while (!packed.at_end()) take(static_cast<std::int64_t>(packed.varint()));
}

}  // namespace

bool is_real(ElementType type) {
  const int number = static_cast<int>(type);
  const bool small = number >= static_cast<int>(ElementType::float8_first) &&
                     number <= static_cast<int>(ElementType::float8_last);
  return small || type == ElementType::float32 || type == ElementType::float16 ||
         type == ElementType::float64 || type == ElementType::bfloat16 || type == ElementType::float4;
}

int bits_of(ElementType type) {
  switch (type) {
    case ElementType::uint8:
    case ElementType::int8:
    case ElementType::boolean:
      return 8;
    case ElementType::uint16:
    case ElementType::int16:
    case ElementType::float16:
    case ElementType::bfloat16:
      return 16;
    case ElementType::float32:
    case ElementType::int32:
    case ElementType::uint32:
      return 32;
    case ElementType::float64:
    case ElementType::int64:
    case ElementType::uint64:
      return 64;
    case ElementType::uint4:
    case ElementType::int4:
    case ElementType::float4:
      return 4;
    case ElementType::undefined:
    case ElementType::string:
      return 0;
    case ElementType::float8_first:
    case ElementType::float8_last:
      break;
  }
  return is_real(type) ? 8 : 0;
}

std::int64_t Tensor::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : dims) {
    if (extent < 0) throw WireError(offset, fmt::format("a tensor with an extent of {}", extent));
    if (extent > kMostElements || (extent > 0 && product > kMostElements / extent))
      throw WireError(offset, "a tensor of more than 2^62 elements");
    product *= extent;
  }
  return product;
}

std::uint64_t Tensor::raw_bytes() const {
  const auto count = static_cast<std::uint64_t>(elements());
  const auto bits = static_cast<std::uint64_t>(bits_of(type));
  return count / 8 * bits + (count % 8 * bits + 7) / 8;
}

const Attribute* Node::find(std::string_view attribute) const {
  for (const Attribute& own : attributes)
    if (own.name == attribute) return &own;
  return nullptr;
}

bool is_standard(std::string_view domain) {
  return domain.empty() || domain == "ai.onnx";
}

std::int64_t Model::opset() const {
  std::int64_t version = 0;
  for (const Opset& known : opsets)
    if (is_standard(known.domain)) version = known.version;
  return version;
}

void ModelReader::count(std::size_t offset) {
  if (++parts_ > limits_.parts)
    throw WireError(offset,
                    fmt::format("more than {} nodes, names, attributes and initializers", limits_.parts));
}

Model ModelReader::model(std::string_view bytes) {
  Model model;
  bool has_graph = false;
  WireReader reader({bytes, 0});
  for (Field field; reader.next(field);) {
    switch (field.number) {
      case 1:
        model.ir_version = field.integer();
        break;
      case 2:
        model.producer = field.text();
        break;
      case 7:
        if (has_graph) throw WireError(field.offset, "a second main graph");
        model.graph = graph(field.message());
        has_graph = true;
        break;
      case 8: {
        count(field.offset);
        Opset opset;
        WireReader inner(field.message());
        for (Field part; inner.next(part);) {
          if (part.number == 1) opset.domain = part.text();
          if (part.number == 2) opset.version = part.integer();
        }
        model.opsets.push_back(opset);
        break;
      }
      case 25:
        count(field.offset);
        model.functions.push_back(function(field.message()));
        break;
      default:
        break;
    }
  }
  if (!has_graph) throw WireError(0, "no graph in it; is it an ONNX model?");
  return model;
}

Graph ModelReader::graph(const Span& span) {
  Graph graph;
  WireReader reader(span);
  for (Field field; reader.next(field);) {
    switch (field.number) {
      case 1:
        graph.nodes.push_back(node(field.message()));
        break;
      case 5:
        graph.initializers.push_back(tensor(field.message()));
        break;
      case 11:
        graph.inputs.push_back(value_info(field.message()));
        break;
      case 12:
        graph.outputs.push_back(value_info(field.message()));
        break;
      case 13:
        graph.values.push_back(value_info(field.message()));
        break;
      case 15:
        throw WireError(field.offset,
                        "sparse initializers are not supported; save the model with dense ones");
      default:
        break;
    }
  }
  return graph;
}

Node ModelReader::node(const Span& span) {
  count(span.offset);
  if (++nodes_ > limits_.nodes)
    throw WireError(span.offset, fmt::format("more than {} nodes", limits_.nodes));
  Node node;
  node.offset = span.offset;
  WireReader reader(span);
  for (Field field; reader.next(field);) {
    switch (field.number) {
      case 1:
      case 2:
        count(field.offset);
        (field.number == 1 ? node.inputs : node.outputs).push_back(field.text());
        break;
      case 3:
        node.name = field.text();
        break;
      case 4:
        node.op = field.text();
        break;
      case 5:
        node.attributes.push_back(attribute(field.message()));
        break;
      case 7:
        node.domain = field.text();
        break;
      default:
        break;
    }
  }
  return node;
}

Attribute ModelReader::attribute(const Span& span) {
  count(span.offset);
  Attribute attribute;
  attribute.span = span;
  WireReader reader(span);
  for (Field field; reader.next(field);) {
    if (field.number == 1) attribute.name = field.text();
    if (field.number == 21) attribute.refers_to = field.text();
  }
  return attribute;
}

Function ModelReader::function(const Span& span) {
  Function function;
  WireReader reader(span);
  for (Field field; reader.next(field);) {
    switch (field.number) {
      case 1:
        function.name = field.text();
        break;
      case 4:
      case 5:
        count(field.offset);
        (field.number == 4 ? function.inputs : function.outputs).push_back(field.text());
        break;
      case 7:
        function.nodes.push_back(node(field.message()));
        break;
      case 10:
        function.domain = field.text();
        break;
      case 11:
        function.defaults.push_back(attribute(field.message()));
        break;
      default:
        break;
    }
  }
  return function;
}

void ModelReader::read_dims(const Field& field, std::vector<std::int64_t>& dims) {
  integers(field, [&](std::int64_t extent) {
    if (dims.size() == limits_.rank)
      throw WireError(field.offset, fmt::format("a tensor of more than {} axes", limits_.rank));
    dims.push_back(extent);
  });
}

Tensor ModelReader::tensor(const Span& span) {
  count(span.offset);
  Tensor tensor;
  tensor.offset = span.offset;
  WireReader reader(span);
  for (Field field; reader.next(field);) {
    switch (field.number) {
      case 1:
        read_dims(field, tensor.dims);
        break;
      case 2:
        tensor.type = static_cast<ElementType>(field.integer());
        break;
      case 4:
      case 5:
      case 7:
      case 10:
      case 11:
        count(field.offset);
        tensor.numbers.push_back(field);
        break;
      case 8:
        tensor.name = field.text();
        break;
      case 9:
        tensor.raw = field.message();
        break;
      case 13:
        read_external(field.message(), tensor);
        break;
      case 14:
        tensor.external = field.integer() == 1;
        break;
      default:
        break;
    }
  }
  const std::uint64_t expected = tensor.raw_bytes();  // also refuses impossible extents
  if (tensor.raw && bits_of(tensor.type) > 0 && tensor.raw->bytes.size() != expected)
    throw WireError(tensor.offset,
                    fmt::format("a tensor of {} elements of {} bits with {} bytes of data", tensor.elements(),
                                bits_of(tensor.type), tensor.raw->bytes.size()));
  return tensor;
}

void ModelReader::read_external(const Span& span, Tensor& tensor) {
  std::string_view key, value;
  WireReader reader(span);
  for (Field field; reader.next(field);) {
    if (field.number == 1) key = field.text();
    if (field.number == 2) value = field.text();
  }
  if (key == "location") tensor.location = value;
  if (key == "offset") tensor.external_offset = value;
  if (key == "length") tensor.external_length = value;
}

ValueInfo ModelReader::value_info(const Span& span) {
  count(span.offset);
  ValueInfo info;
  WireReader reader(span);
  for (Field field; reader.next(field);) {
    if (field.number == 1) info.name = field.text();
    if (field.number == 2) read_type(field.message(), info);
  }
  return info;
}

void ModelReader::read_type(const Span& span, ValueInfo& info) {
  WireReader types(span);
  for (Field type; types.next(type);) {
    info.is_tensor = type.number == 1 || type.number == 6;  // 6: denotation
    if (type.number != 1) continue;
    WireReader reader(type.message());
    for (Field field; reader.next(field);) {
      if (field.number == 1) info.type = static_cast<ElementType>(field.integer());
      if (field.number != 2) continue;
      info.dims.emplace();
      WireReader shape(field.message());
      for (Field dim; shape.next(dim);) {
        if (dim.number != 1) continue;
        count(dim.offset);
        if (info.dims->size() == limits_.rank)
          throw WireError(dim.offset, fmt::format("a value of more than {} axes", limits_.rank));
        Dimension dimension;
        WireReader inner(dim.message());
        for (Field part; inner.next(part);) {
          if (part.number == 1) dimension.extent = part.integer();
          if (part.number == 2) dimension.symbol = part.text();
        }
        info.dims->push_back(dimension);
      }
    }
  }
}

namespace {

constexpr std::size_t kLongestList = std::size_t{1} << 20;

/// Calls take(field) for each field of this number.
template <class Take>
void each(const Attribute& attribute, std::uint64_t number, const Take& take) {
  WireReader reader(attribute.span);
  for (Field field; reader.next(field);)
    if (field.number == number) take(field);
}

[[noreturn]] void mistyped(const Attribute& attribute, const char* expected) {
  throw WireError(attribute.span.offset,
                  fmt::format("attribute '{}': {} expected", attribute.name, expected));
}

/// Writers of proto3 leave zeros out; the type tells what was meant.
bool says_type(const Attribute& attribute, std::int64_t type) {
  bool says = false;
  each(attribute, 20, [&](const Field& field) { says = field.integer() == type; });
  return says;
}

template <class T>
void append(const Attribute& attribute, std::vector<T>& list, T value) {
  if (list.size() == kLongestList) mistyped(attribute, "a list of at most 2^20 numbers");
  list.push_back(value);
}

}  // namespace

std::int64_t integer_of(const Attribute& attribute) {
  std::optional<std::int64_t> value;
  each(attribute, 3, [&](const Field& field) { value = field.integer(); });
  if (!value && !says_type(attribute, 2)) mistyped(attribute, "a whole number");
  return value.value_or(0);
}

float real_of(const Attribute& attribute) {
  std::optional<float> value;
  each(attribute, 2, [&](const Field& field) { value = field.real(); });
  if (!value && !says_type(attribute, 1)) mistyped(attribute, "a number");
  return value.value_or(0);
}

std::string_view text_of(const Attribute& attribute) {
  std::optional<std::string_view> value;
  each(attribute, 4, [&](const Field& field) { value = field.text(); });
  if (!value && !says_type(attribute, 3)) mistyped(attribute, "a text");
  return value.value_or(std::string_view());
}

std::vector<std::int64_t> integers_of(const Attribute& attribute) {
  std::vector<std::int64_t> list;
  each(attribute, 8, [&](const Field& field) {
    integers(field, [&](std::int64_t value) { append(attribute, list, value); });
  });
  return list;
}

std::vector<float> reals_of(const Attribute& attribute) {
  std::vector<float> list;
  each(attribute, 7, [&](const Field& field) {
    if (field.type == WireType::fixed32) return append(attribute, list, field.real());
    const std::string_view bytes = field.text();
    if (bytes.size() % 4 != 0) mistyped(attribute, "numbers of 32 bits");
    for (std::size_t at = 0; at < bytes.size(); at += 4) {
      Field number;
      number.type = WireType::fixed32;
      for (std::size_t i = 0; i < 4; ++i)
        number.value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
      append(attribute, list, number.real());
    }
  });
  return list;
}

std::optional<Span> tensor_of(const Attribute& attribute) {
  std::optional<Span> span;
  each(attribute, 5, [&](const Field& field) { span = field.message(); });
  return span;
}

std::optional<Span> graph_of(const Attribute& attribute) {
  std::optional<Span> span;
  each(attribute, 6, [&](const Field& field) { span = field.message(); });
  return span;
}

}  // namespace kiln::workload::onnx
