// SPDX-License-Identifier: MIT
// Kiln's reader of ONNX files and its shapes against libonnx, which is the standard's own, on the models of
// the standard's operator tests (Debian: libonnx-dev, libonnx-testdata). libonnx works in a process of its
// own: its shape inference may end it.
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "support/catch.h"
#include "support/forked.h"
#include "workload/onnx/flatten.h"
#include "workload/onnx/model.h"

namespace fs = std::filesystem;
namespace own = kiln::workload::onnx;
using kiln::base::read_file;

namespace {

constexpr const char* kModels = "/usr/share/libonnx-testdata/data";

std::vector<std::string> models() {
  std::vector<std::string> files;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(kModels, none))
    if (entry.path().filename() == "model.onnx") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

void same_tensor(const own::Tensor& tensor, const onnx::TensorProto& standard) {
  CHECK(tensor.name == standard.name());
  CHECK(tensor.dims == std::vector<std::int64_t>(standard.dims().begin(), standard.dims().end()));
  CHECK(static_cast<int>(tensor.type) == standard.data_type());
  CHECK(tensor.raw.has_value() == standard.has_raw_data());
  if (tensor.raw) CHECK(tensor.raw->bytes == standard.raw_data());
}

void same_graph(own::ModelReader& reader, const own::Graph& graph, const onnx::GraphProto& standard);

void same_attribute(own::ModelReader& reader, const own::Attribute& attribute,
                    const onnx::AttributeProto& standard) {
  INFO("attribute " << standard.name());
  switch (standard.type()) {
    case onnx::AttributeProto::FLOAT:
      CHECK(own::real_of(attribute) == standard.f());
      break;
    case onnx::AttributeProto::INT:
      CHECK(own::integer_of(attribute) == standard.i());
      break;
    case onnx::AttributeProto::STRING:
      CHECK(own::text_of(attribute) == standard.s());
      break;
    case onnx::AttributeProto::FLOATS:
      CHECK(own::reals_of(attribute) ==
            std::vector<float>(standard.floats().begin(), standard.floats().end()));
      break;
    case onnx::AttributeProto::INTS:
      CHECK(own::integers_of(attribute) ==
            std::vector<std::int64_t>(standard.ints().begin(), standard.ints().end()));
      break;
    case onnx::AttributeProto::TENSOR:
      REQUIRE(own::tensor_of(attribute).has_value());
      same_tensor(reader.tensor(*own::tensor_of(attribute)), standard.t());
      break;
    case onnx::AttributeProto::GRAPH:
      REQUIRE(own::graph_of(attribute).has_value());
      same_graph(reader, reader.graph(*own::graph_of(attribute)), standard.g());
      break;
    default:
      break;  // lists of strings, tensors and graphs, types: no operator that Kiln knows has them
  }
}

void same_node(own::ModelReader& reader, const own::Node& node, const onnx::NodeProto& standard) {
  INFO("node " << standard.name() << " " << standard.op_type());
  CHECK(node.op == standard.op_type());
  CHECK(node.domain == standard.domain());
  CHECK(node.name == standard.name());
  const auto same_names = [](const std::vector<std::string_view>& names, const auto& others) {
    return std::equal(names.begin(), names.end(), others.begin(), others.end(),
                      [](std::string_view a, const std::string& b) { return a == b; });
  };
  CHECK(same_names(node.inputs, standard.input()));
  CHECK(same_names(node.outputs, standard.output()));
  REQUIRE(node.attributes.size() == static_cast<std::size_t>(standard.attribute_size()));
  for (const onnx::AttributeProto& attribute : standard.attribute()) {
    const own::Attribute* found = node.find(attribute.name());
    REQUIRE(found != nullptr);
    same_attribute(reader, *found, attribute);
  }
}

void same_values(const std::vector<own::ValueInfo>& values,
                 const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& standard) {
  REQUIRE(values.size() == static_cast<std::size_t>(standard.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const onnx::ValueInfoProto& other = standard[static_cast<int>(i)];
    INFO("value " << other.name());
    CHECK(values[i].name == other.name());
    if (other.type().value_case() == onnx::TypeProto::VALUE_NOT_SET)
      continue;  // inner graphs may say nothing
    CHECK(values[i].is_tensor == other.type().has_tensor_type());
    if (!other.type().has_tensor_type()) continue;
    const auto& type = other.type().tensor_type();
    CHECK(static_cast<int>(values[i].type) == type.elem_type());
    REQUIRE(values[i].dims.has_value() == type.has_shape());
    if (!type.has_shape()) continue;
    REQUIRE(values[i].dims->size() == static_cast<std::size_t>(type.shape().dim_size()));
    for (std::size_t axis = 0; axis < values[i].dims->size(); ++axis) {
      const auto& dim = type.shape().dim(static_cast<int>(axis));
      const own::Dimension& mine = (*values[i].dims)[axis];
      CHECK(mine.extent.has_value() == dim.has_dim_value());
      if (mine.extent) CHECK(*mine.extent == dim.dim_value());
      CHECK(mine.symbol == dim.dim_param());
    }
  }
}

void same_graph(own::ModelReader& reader, const own::Graph& graph, const onnx::GraphProto& standard) {
  REQUIRE(graph.nodes.size() == static_cast<std::size_t>(standard.node_size()));
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    same_node(reader, graph.nodes[i], standard.node(static_cast<int>(i)));
  REQUIRE(graph.initializers.size() == static_cast<std::size_t>(standard.initializer_size()));
  for (std::size_t i = 0; i < graph.initializers.size(); ++i)
    same_tensor(graph.initializers[i], standard.initializer(static_cast<int>(i)));
  same_values(graph.inputs, standard.input());
  same_values(graph.outputs, standard.output());
  same_values(graph.values, standard.value_info());
}

/// The model with one sample in every input that has an axis of them, as Kiln takes it.
onnx::ModelProto for_one_sample(const std::string& bytes, const own::FlatGraph& graph) {
  onnx::ModelProto model;
  model.ParseFromString(bytes);
  for (const own::ValueId id : graph.inputs) {
    const own::Value& input = graph.value(id);
    for (onnx::ValueInfoProto& standard : *model.mutable_graph()->mutable_input())
      if (standard.name() == input.name && input.batch_axis >= 0)
        standard.mutable_type()
            ->mutable_tensor_type()
            ->mutable_shape()
            ->mutable_dim(input.batch_axis)
            ->set_dim_value(1);
  }
  model.mutable_graph()->clear_value_info();
  for (onnx::ValueInfoProto& output : *model.mutable_graph()->mutable_output())
    if (output.type().has_tensor_type()) output.mutable_type()->mutable_tensor_type()->clear_shape();
  return model;
}

/// Shapes that libonnx finds, by name of a value: only those of which every extent is known.
std::map<std::string, std::vector<std::int64_t>> standard_shapes(onnx::ModelProto model) {
  const kiln::testing::Forked found = kiln::testing::in_child([&] {
    nlohmann::json shapes = nlohmann::json::object();
    try {
      onnx::shape_inference::InferShapes(model);
      const auto note = [&](const auto& values) {
        for (const onnx::ValueInfoProto& value : values) {
          if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape()) continue;
          std::vector<std::int64_t> dims;
          for (const auto& dim : value.type().tensor_type().shape().dim())
            dims.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
          if (std::find(dims.begin(), dims.end(), -1) == dims.end()) shapes[value.name()] = dims;
        }
      };
      note(model.graph().value_info());
      note(model.graph().output());
    } catch (const std::exception&) {
    }
    return shapes.dump();
  });
  if (found.signal != 0) return {};
  return nlohmann::json::parse(found.text).get<std::map<std::string, std::vector<std::int64_t>>>();
}

/// The graph with all shapes, or nothing where Kiln refuses the model.
std::optional<own::FlatGraph> flat(const std::string& bytes, const std::string& path) {
  try {
    own::ModelReader reader;
    const own::Model model = reader.model(bytes);
    // Older elementwise operators do not broadcast: there one sample does not fit a tensor of a batch.
    if (model.opset() < 7) return std::nullopt;
    return own::flatten(model, reader, {}, path);
  } catch (const kiln::base::ConfigError&) {
    return std::nullopt;
  }
}

}  // namespace

TEST_CASE("the reader finds in the standard's models what libonnx finds") {
  const std::vector<std::string> files = models();
  if (files.empty()) {
    WARN("skipped: no " << kModels << "; install libonnx-testdata");
    return;
  }
  CHECK(files.size() > 1000);
  for (const std::string& path : files) {
    INFO(path);
    const std::string bytes = read_file(path);
    onnx::ModelProto standard;
    REQUIRE(standard.ParseFromString(bytes));
    own::ModelReader reader;
    const own::Model model = reader.model(bytes);
    CHECK(model.ir_version == standard.ir_version());
    CHECK(model.producer == standard.producer_name());
    REQUIRE(model.opsets.size() == static_cast<std::size_t>(standard.opset_import_size()));
    for (std::size_t i = 0; i < model.opsets.size(); ++i) {
      CHECK(model.opsets[i].domain == standard.opset_import(static_cast<int>(i)).domain());
      CHECK(model.opsets[i].version == standard.opset_import(static_cast<int>(i)).version());
    }
    CHECK(model.functions.size() == static_cast<std::size_t>(standard.functions_size()));
    same_graph(reader, model.graph, standard.graph());
  }
}

TEST_CASE("shapes are those that libonnx infers, where both know them") {
  int models_compared = 0;
  for (const std::string& path : models()) {
    INFO(path);
    const std::string bytes = read_file(path);
    const std::optional<own::FlatGraph> graph = flat(bytes, path);
    if (!graph) continue;
    const auto shapes = standard_shapes(for_one_sample(bytes, *graph));
    bool compared = false;
    for (const own::Value& value : graph->values) {
      const auto found = shapes.find(value.name);
      if (found == shapes.end() || !value.dims || value.producer < 0) continue;
      INFO("value " << value.name);
      CHECK(std::vector<std::int64_t>(value.dims->begin(), value.dims->end()) == found->second);
      compared = true;
    }
    models_compared += compared ? 1 : 0;
  }
  if (models().empty()) {
    WARN("skipped: no " << kModels << "; install libonnx-testdata");
    return;
  }
  CHECK(models_compared > 600);
}
