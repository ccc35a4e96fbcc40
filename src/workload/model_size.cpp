// SPDX-License-Identifier: MIT
#include "workload/model_size.h"

#include <algorithm>
#include <cmath>

namespace kiln::workload {

namespace {

constexpr double kWordBytes = 4;  // of a scale, a bias, a parameter that is not quantised

bool is_model(const Tensor& tensor) {
  return tensor.cls == TensorClass::weight && tensor.persistent;
}

double quantised_bytes(const Parts& parts, double weight_bits) {
  double weights = 0, channels = 0, biases = 0, shifts = 0, others = 0;
  for (const Part& part : parts) {
    const auto elements = static_cast<double>(part.elements());
    if (part.kind == PartKind::weight || part.kind == PartKind::recurrent_weight) {
      weights += elements;
      channels += static_cast<double>(part.extents.front());
    } else if (part.kind == PartKind::bias || part.kind == PartKind::recurrent_bias) {
      biases += elements;
    } else if (part.kind == PartKind::shift) {
      shifts += elements;
    } else {
      others += elements;
    }
  }
  if (weights == 0) return kWordBytes * (biases + shifts + others);
  double scales = 0;  // of a folded norm: gone
  for (const Part& part : parts)
    if (part.kind == PartKind::scale) scales += static_cast<double>(part.elements());
  return std::ceil(weights * weight_bits / 8) +
         kWordBytes * (channels + std::max(biases, shifts) + others - scales);
}

}  // namespace

double stored_model_bytes(const StepGraph& graph) {
  double bytes = 0;
  for (const Tensor& tensor : graph.tensors)
    if (is_model(tensor)) bytes += static_cast<double>(tensor.bytes());
  return bytes;
}

double quantised_model_bytes(const StepGraph& graph, double weight_bits) {
  double bytes = 0;
  for (const Tensor& tensor : graph.tensors)
    if (is_model(tensor)) bytes += quantised_bytes(tensor.parts, weight_bits);
  return bytes;
}

}  // namespace kiln::workload
