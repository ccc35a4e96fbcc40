// SPDX-License-Identifier: MIT
#include "learning/weight_mask.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learning/graph_facts.h"

namespace kiln::learning {

namespace {

using workload::PruningConfig;
using workload::SparsityPattern;

/// Appends the places of the `count` smallest of values[begin, end).
void add_smallest(std::span<const float> values, std::uint32_t begin, std::uint32_t end, std::size_t count,
                  std::vector<std::uint32_t>& places) {
  std::vector<std::uint32_t> order(end - begin);
  std::iota(order.begin(), order.end(), begin);
  count = std::min(count, order.size());
  const auto smaller = [&](std::uint32_t a, std::uint32_t b) {
    const float x = std::abs(values[a]), y = std::abs(values[b]);
    return x != y ? x < y : a < b;
  };
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(), smaller);
  places.insert(places.end(), order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count));
}

/// Places among the weights of a layer; `row` of them belong to an output.
std::vector<std::uint32_t> smallest(std::span<const float> values, std::uint32_t row,
                                    const PruningConfig& pruning) {
  std::vector<std::uint32_t> places;
  const auto all = static_cast<std::uint32_t>(values.size());
  if (pruning.pattern == SparsityPattern::unstructured)
    add_smallest(values, 0, all, static_cast<std::size_t>(std::llround(pruning.sparsity * all)), places);
  if (pruning.pattern == SparsityPattern::n_of_m)
    for (std::uint32_t first = 0; first < all; first += row)
      for (std::uint32_t at = 0; at < row; at += static_cast<std::uint32_t>(pruning.m)) {
        const std::uint32_t end = std::min(at + static_cast<std::uint32_t>(pruning.m), row);
        const auto kept = static_cast<std::uint32_t>(pruning.n);
        if (end - at > kept) add_smallest(values, first + at, first + end, end - at - kept, places);
      }
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace

WeightMask::WeightMask(const workload::Network& network, const workload::StepGraph& graph, Tensors& tensors,
                       const PruningConfig& pruning) {
  for (const workload::Tensor& tensor : graph.tensors) {
    const bool weights = tensor.cls == workload::TensorClass::weight && tensor.persistent;
    const bool masters = tensor.cls == workload::TensorClass::master_weight;
    if ((!weights && !masters) || tensor.layer < 0 ||
        static_cast<std::size_t>(tensor.layer) >= network.layers.size() ||
        !network.layers[static_cast<std::size_t>(tensor.layer)].is_weighted())
      continue;
    for (const workload::Part& part : tensor.parts) {
      if (part.kind != workload::PartKind::weight && part.kind != workload::PartKind::recurrent_weight)
        continue;
      const std::span<const float> values = tensors.all(tensor.id).subspan(
          static_cast<std::size_t>(part.offset), static_cast<std::size_t>(part.elements()));
      const auto row = static_cast<std::uint32_t>(part.elements() / part.extents.front());
      Held held{tensor.id, smallest(values, row, pruning)};
      if (weights) {
        weights_ += part.elements();
        held_ += static_cast<std::int64_t>(held.places.size());
      }
      for (std::uint32_t& place : held.places) place += static_cast<std::uint32_t>(part.offset);
      layers_.push_back(std::move(held));
    }
  }
}

void WeightMask::apply(Tensors& tensors) const {
  for (const Held& held : layers_) {
    const std::span<float> values = tensors.all(held.tensor);
    for (const std::uint32_t place : held.places) values[place] = 0;
    tensors.touch(held.tensor);
  }
}

}  // namespace kiln::learning
