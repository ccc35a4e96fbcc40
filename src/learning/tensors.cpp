// SPDX-License-Identifier: MIT
#include "learning/tensors.h"

#include "base/error.h"

namespace kiln::learning {

using workload::TensorClass;

Tensors::Tensors(const workload::StepGraph& graph, int workers) : stores_(graph.tensors.size()) {
  if (workers < 1 || workers > graph.batch)
    throw base::ConfigError({}, "training.batch",
                            fmt::format("{} samples of a micro-batch are too few for {} workers; each needs "
                                        "at least one",
                                        graph.batch, workers));
  for (int worker = 0; worker <= workers; ++worker) first_sample_.push_back(graph.batch * worker / workers);
  for (const workload::Tensor& tensor : graph.tensors) {
    Store& store = stores_[static_cast<std::size_t>(tensor.id)];
    store.spread = spread_of(tensor);
    store.unit = tensor.shape.elements();
    const std::int64_t units = store.spread == Spread::by_sample    ? graph.batch
                               : store.spread == Spread::per_worker ? workers
                                                                    : 1;
    store.values.assign(static_cast<std::size_t>(units * store.unit), 0.0f);
    store.places.resize(tensor.element == workload::ElementKind::index ? first_sample_.size() - 1 : 0);
  }
}

Tensors::Spread Tensors::spread_of(const workload::Tensor& tensor) {
  switch (tensor.cls) {
    case TensorClass::input:
    case TensorClass::activation:
    case TensorClass::saved:
    case TensorClass::error:
      return Spread::by_sample;
    case TensorClass::weight_gradient:
    case TensorClass::statistics:
      return Spread::per_worker;
    case TensorClass::weight:
    case TensorClass::optimizer_state:
    case TensorClass::master_weight:
      return Spread::shared;
  }
  KILN_CHECK(false, "unknown class of tensor {}", tensor.name);
}

std::span<float> Tensors::of(workload::TensorId tensor, int worker) {
  Store& own = store(tensor);
  const auto part = [&](std::int64_t first, std::int64_t count) {
    return std::span(own.values)
        .subspan(static_cast<std::size_t>(first * own.unit), static_cast<std::size_t>(count * own.unit));
  };
  switch (own.spread) {
    case Spread::by_sample:
      return part(first_sample(worker), samples(worker));
    case Spread::per_worker:
      return part(worker, 1);
    case Spread::shared:
      return own.values;
  }
  return {};
}

std::vector<std::byte>& Tensors::places(workload::TensorId tensor, int worker) {
  return store(tensor).places.at(static_cast<std::size_t>(worker));
}

}  // namespace kiln::learning
