// SPDX-License-Identifier: MIT
#include "workload/onnx/weights.h"

#include <numeric>

#include "base/mapped_file.h"
#include "workload/onnx/import.h"

namespace kiln::workload::onnx {

namespace {

constexpr std::int64_t kMostNumbers = std::int64_t{1} << 28;

std::vector<float> reals_in(const Constant& constant) {
  std::vector<float> values(constant.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(constant.number(i));
  return values;
}

/// Of an operator that keeps the order of the values.
bool keeps_order(std::string_view op) {
  constexpr std::string_view kOps[] = {"Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten"};
  return one_of(kOps, op);
}

std::vector<float> permuted(const std::vector<float>& values, const Dims& dims,
                            const std::vector<std::int64_t>& order) {
  std::vector<std::int64_t> strides(dims.size(), 1);
  for (std::size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  std::vector<float> out;
  out.reserve(values.size());
  std::vector<std::int64_t> at(dims.size(), 0);
  for (std::size_t n = 0; n < values.size(); ++n) {
    std::int64_t from = 0;
    for (std::size_t i = 0; i < order.size(); ++i)
      from += at[i] * strides[static_cast<std::size_t>(order[i])];
    out.push_back(values[static_cast<std::size_t>(from)]);
    for (std::size_t i = order.size(); i-- > 0;) {
      if (++at[i] < dims[static_cast<std::size_t>(order[i])]) break;
      at[i] = 0;
    }
  }
  return out;
}

/// (out, map) with the channels of the map behind its other axes.
std::vector<float> channels_innermost(const std::vector<float>& values, const WeightSource& source) {
  Dims dims = {static_cast<std::int64_t>(values.size()) / elements_of(source.map)};
  dims.insert(dims.end(), source.map.begin(), source.map.end());
  std::vector<std::int64_t> order;
  for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(dims.size()); ++axis)
    if (axis != source.channel_axis + 1) order.push_back(axis);
  order.push_back(source.channel_axis + 1);
  return permuted(values, dims, order);
}

std::vector<float> blocks_of(const std::vector<float>& values, const WeightSource& source) {
  const std::size_t size = values.size() / static_cast<std::size_t>(source.blocks);
  std::vector<float> taken;
  taken.reserve(size * source.taken.size());
  for (const int block : source.taken) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(block) * size);
    taken.insert(taken.end(), first, first + static_cast<std::ptrdiff_t>(size));
  }
  return taken;
}

class Numbers {
 public:
  Numbers(const FlatGraph& graph, const std::string& folder) : graph_(graph), folder_(folder) {}

  /// Empty: they cannot be told.
  std::vector<float> of(ValueId id) const {
    if (id == kAbsent) return {};
    const Value& value = graph_.value(id);
    if (value.constant) return reals_in(*value.constant);
    if (value.producer < 0) {
      const auto constant = constant_of(value.tensor, folder_, kMostNumbers);
      return constant ? reals_in(*constant) : std::vector<float>();
    }
    const FlatNode& node = *graph_.producer(id);
    if (keeps_order(node.op)) return of(node.inputs[0]);
    if (node.op == "Transpose") return transposed(node);
    if (node.op == "DequantizeLinear") return dequantised(node);
    return {};
  }

 private:
  std::vector<float> transposed(const FlatNode& node) const {
    const Dims& dims = *graph_.value(node.inputs[0]).dims;
    std::vector<std::int64_t> reversed(dims.size());
    std::iota(reversed.rbegin(), reversed.rend(), 0);
    const std::vector<float> values = of(node.inputs[0]);
    return values.empty() ? values : permuted(values, dims, node.attributes.integers("perm", reversed));
  }

  /// One scale, or one for each place of an axis.
  std::vector<float> dequantised(const FlatNode& node) const {
    std::vector<float> values = of(node.inputs[0]);
    const std::vector<float> scales = of(node.inputs[1]);
    const std::vector<float> zeros = node.has(2) ? of(node.inputs[2]) : std::vector<float>(scales.size());
    const Dims& dims = *graph_.value(node.inputs[0]).dims;
    if (values.empty() || scales.empty() || zeros.size() != scales.size()) return {};
    std::int64_t axis = node.attributes.integer("axis", 1);
    if (axis < 0) axis += static_cast<std::int64_t>(dims.size());
    const bool single = scales.size() == 1;
    if (!single && (axis >= static_cast<std::int64_t>(dims.size()) ||
                    dims[static_cast<std::size_t>(axis)] != static_cast<std::int64_t>(scales.size())))
      return {};  // blocks
    std::int64_t behind = 1;
    for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < dims.size(); ++i) behind *= dims[i];
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t at = single ? 0 : i / static_cast<std::size_t>(behind) % scales.size();
      values[i] = (values[i] - zeros[at]) * scales[at];
    }
    return values;
  }

  const FlatGraph& graph_;
  const std::string& folder_;
};

}  // namespace

ModelWeights weights_in(const FlatGraph& graph, const std::vector<WeightSource>& sources,
                        const std::string& folder) {
  const Numbers numbers(graph, folder);
  ModelWeights weights;
  for (const WeightSource& source : sources) {
    std::vector<float> values = numbers.of(source.value);
    if (values.empty()) continue;
    if (source.transposed) {
      const Dims& dims = *graph.value(source.value).dims;
      const std::int64_t out = dims.back();
      values = permuted(values, {static_cast<std::int64_t>(values.size()) / out, out}, {1, 0});
    }
    if (!source.taken.empty()) values = blocks_of(values, source);
    if (!source.map.empty()) values = channels_innermost(values, source);
    if (source.scale != 1 || source.offset != 0)
      for (float& value : values)
        value = static_cast<float>(source.scale * static_cast<double>(value) + source.offset);
    weights[source.layer][source.part] = std::move(values);
  }
  return weights;
}

ModelWeights read_weights(const std::string& path, const ImportOptions& options) {
  const base::MappedFile file(path);
  ModelWeights weights;
  import_model(file.bytes(), path, options, &weights);
  return weights;
}

}  // namespace kiln::workload::onnx
