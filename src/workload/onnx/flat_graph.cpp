// SPDX-License-Identifier: MIT
#include "workload/onnx/flat_graph.h"

#include "base/error.h"

namespace kiln::workload::onnx {

const Attribute* Attributes::find(std::string_view name) const {
  const auto found = all_.find(name);
  return found == all_.end() ? nullptr : &found->second;
}

std::int64_t Attributes::integer(std::string_view name, std::int64_t fallback) const {
  const Attribute* attribute = find(name);
  return attribute == nullptr ? fallback : integer_of(*attribute);
}

double Attributes::real(std::string_view name, double fallback) const {
  const Attribute* attribute = find(name);
  return attribute == nullptr ? fallback : as_written(real_of(*attribute));
}

std::string Attributes::text(std::string_view name, std::string_view fallback) const {
  const Attribute* attribute = find(name);
  return std::string(attribute == nullptr ? fallback : text_of(*attribute));
}

std::vector<std::int64_t> Attributes::integers(std::string_view name,
                                               std::vector<std::int64_t> fallback) const {
  const Attribute* attribute = find(name);
  return attribute == nullptr ? std::move(fallback) : integers_of(*attribute);
}

const FlatNode* FlatGraph::producer(ValueId id) const {
  const int node = id == kAbsent ? -1 : value(id).producer;
  return node < 0 ? nullptr : &nodes[static_cast<std::size_t>(node)];
}

FlatNode* FlatGraph::producer(ValueId id) {
  const int node = id == kAbsent ? -1 : value(id).producer;
  return node < 0 ? nullptr : &nodes[static_cast<std::size_t>(node)];
}

std::vector<int> FlatGraph::live_nodes() const {
  std::vector<bool> needed(values.size(), false);
  for (const ValueId output : outputs) needed[static_cast<std::size_t>(output)] = true;
  std::vector<int> live;
  for (int i = static_cast<int>(nodes.size()); i-- > 0;) {
    const FlatNode& node = nodes[static_cast<std::size_t>(i)];
    bool wanted = false;
    for (const ValueId output : node.outputs)
      wanted = wanted || (output != kAbsent && needed[static_cast<std::size_t>(output)]);
    if (!wanted) continue;
    for (const ValueId input : node.inputs)
      if (input != kAbsent) needed[static_cast<std::size_t>(input)] = true;
    live.push_back(i);
  }
  return {live.rbegin(), live.rend()};
}

std::vector<int> FlatGraph::readers(const std::vector<int>& live) const {
  std::vector<int> count(values.size(), 0);
  for (const ValueId output : outputs) ++count[static_cast<std::size_t>(output)];
  for (const int i : live)
    for (const ValueId input : nodes[static_cast<std::size_t>(i)].inputs)
      if (input != kAbsent) ++count[static_cast<std::size_t>(input)];
  return count;
}

Dims FlatGraph::sample_dims(ValueId id) const {
  const Value& v = value(id);
  Dims dims;
  const auto rank = static_cast<int>(v.dims->size());
  for (int axis = 0; axis < rank; ++axis)
    if (axis != v.batch_axis) dims.push_back((*v.dims)[static_cast<std::size_t>(axis)]);
  if (dims.empty()) dims.push_back(1);
  return dims;
}

int FlatGraph::sample_axis(ValueId id, int axis) const {
  const int batch = value(id).batch_axis;
  return axis == batch ? -1 : batch >= 0 && axis > batch ? axis - 1 : axis;
}

void refuse(std::string message) {
  throw NodeError{std::move(message)};
}

}  // namespace kiln::workload::onnx
