// SPDX-License-Identifier: MIT
#include "workload/onnx/shape_rules.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::workload::onnx {

const Value& Shaper::in(std::size_t input) const {
  if (!has(input)) refuse(fmt::format("input {} is missing", input));
  return graph_.value(node_.inputs[input]);
}

const Dims& Shaper::dims(std::size_t input) const {
  const Value& value = in(input);
  if (!value.dims) refuse(fmt::format("the shape of input '{}' is not known", value.name));
  return *value.dims;
}

const Constant& Shaper::known(std::size_t input, std::string_view what) const {
  const Value& value = in(input);
  if (!value.constant)
    refuse(fmt::format("{} ('{}') depends on the data; it has to follow from the file or from --bind", what,
                       value.name));
  return *value.constant;
}

const Constant& Shaper::known_number(std::size_t input, std::string_view what) const {
  const Constant& constant = known(input, what);
  if (constant.size() != 1) refuse(fmt::format("{} has to be one number, not {}", what, constant.size()));
  return constant;
}

std::vector<std::int64_t> Shaper::known_integers(std::size_t input, std::string_view what) const {
  const Constant& constant = known(input, what);
  if (constant.real) refuse(fmt::format("{} are not whole numbers", what));
  return constant.ints;
}

std::vector<std::int64_t> Shaper::integers(std::string_view attribute, std::size_t input) const {
  if (has(input)) return known_integers(input, attribute);
  return attributes().integers(attribute);
}

int Shaper::axis(std::int64_t written, int rank) {
  const std::int64_t axis = written < 0 ? written + rank : written;
  if (axis < 0 || axis >= rank) refuse(fmt::format("axis {} of {}", written, rank));
  return static_cast<int>(axis);
}

int Shaper::axis(std::string_view attribute, std::int64_t fallback, int of_rank) const {
  return axis(attributes().integer(attribute, fallback), of_rank);
}

void Shaper::set(std::size_t output, Dims dims, ElementType type, int batch_axis) {
  if (dims.size() > Limits{}.rank) refuse(fmt::format("a result of {} axes", dims.size()));
  elements_of(dims);  // throws when they are too many
  if (output >= node_.outputs.size() || node_.outputs[output] == kAbsent) return;
  Value& value = graph_.value(node_.outputs[output]);
  const bool fits = batch_axis >= 0 && batch_axis < static_cast<int>(dims.size()) &&
                    dims[static_cast<std::size_t>(batch_axis)] == 1;
  value.dims = std::move(dims);
  value.type = type;
  value.batch_axis = fits ? batch_axis : -1;
}

void Shaper::broadcast(ElementType type, std::size_t least) {
  Dims out;
  int from_end = -1;  // of the axis of the samples
  for (std::size_t i = 0; i < std::max(least, node_.inputs.size()); ++i) {
    const Dims& other = dims(i);
    if (other.size() > out.size()) out.insert(out.begin(), other.size() - out.size(), 1);
    for (std::size_t k = 0; k < other.size(); ++k) {
      std::int64_t& extent = out[out.size() - other.size() + k];
      if (extent != other[k] && extent != 1 && other[k] != 1)
        refuse(fmt::format("values of {} and {} do not fit one another", text_of(dims(0)), text_of(other)));
      extent = extent == 1 ? other[k] : extent;
    }
    const Value& value = in(i);
    if (!value.fixed && value.batch_axis >= 0 && from_end < 0)
      from_end = static_cast<int>(other.size()) - value.batch_axis;
  }
  const int batch = from_end < 0 ? -1 : static_cast<int>(out.size()) - from_end;
  set(0, std::move(out), type, batch);
}

namespace {

ShapeRule rule_of(std::string_view op) {
  for (const auto family : {elementwise_rule, window_rule, layout_rule, product_rule})
    if (const ShapeRule rule = family(op); rule != nullptr) return rule;
  return nullptr;
}

}  // namespace

void infer_shapes(FlatGraph& graph, const FlatNode& node) {
  const ShapeRule rule = rule_of(node.op);
  if (rule == nullptr) refuse("is not supported");
  Shaper shaper(graph, node);
  rule(shaper);
}

}  // namespace kiln::workload::onnx
