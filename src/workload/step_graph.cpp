// SPDX-License-Identifier: MIT
#include "workload/step_graph.h"

#include <cmath>

#include "base/error.h"

namespace kiln::workload {

double bits_of(Precision precision) {
  switch (precision) {
    case Precision::int4:
      return 4;
    case Precision::int8:
    case Precision::fp8:
      return 8;
    case Precision::fp16:
    case Precision::bf16:
      return 16;
    case Precision::fp32:
      return 32;
  }
  KILN_CHECK(false, "unknown precision {}", static_cast<int>(precision));
}

std::span<const config::EnumName<Precision>> enum_names(const Precision*) {
  static constexpr config::EnumName<Precision> names[] = {
      {Precision::int4, "int4"}, {Precision::int8, "int8"}, {Precision::fp8, "fp8"},
      {Precision::fp16, "fp16"}, {Precision::bf16, "bf16"}, {Precision::fp32, "fp32"}};
  return names;
}

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::forward:
      return "forward";
    case Phase::dgrad:
      return "dgrad";
    case Phase::wgrad:
      return "wgrad";
    case Phase::compress:
      return "compress";
    case Phase::reduce:
      return "reduce";
    case Phase::update:
      return "update";
  }
  KILN_CHECK(false, "unknown phase {}", static_cast<int>(phase));
}

std::int64_t Tensor::bytes() const {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(elements()) * bits_per_element / 8.0));
}

std::int64_t StepGraph::macs(Phase phase) const {
  std::int64_t sum = 0;
  for (const Op& op : ops)
    if (op.phase == phase) sum += op.gemm.macs();
  return sum;
}

std::int64_t StepGraph::parameters() const {
  std::int64_t sum = 0;
  for (const LayerInfo& layer : layers) sum += layer.parameters;
  return sum;
}

std::int64_t StepGraph::trainable_parameters() const {
  std::int64_t sum = 0;
  for (const LayerInfo& layer : layers) sum += layer.trainable_parameters;
  return sum;
}

}  // namespace kiln::workload
