// SPDX-License-Identifier: MIT
// Operators whose result has the shape of what they read: functions of one value, combinations, norms.
#include <algorithm>

#include "workload/onnx/shape_rules.h"

namespace kiln::workload::onnx {
namespace {

constexpr std::string_view kSame[] = {"Relu",
                                      "LeakyRelu",
                                      "Sigmoid",
                                      "Tanh",
                                      "HardSigmoid",
                                      "HardSwish",
                                      "Elu",
                                      "Selu",
                                      "Celu",
                                      "Softplus",
                                      "Softsign",
                                      "Mish",
                                      "Gelu",
                                      "Erf",
                                      "Exp",
                                      "Log",
                                      "Sqrt",
                                      "Abs",
                                      "Neg",
                                      "Reciprocal",
                                      "Floor",
                                      "Ceil",
                                      "Round",
                                      "Sign",
                                      "Sin",
                                      "Cos",
                                      "Clip",
                                      "Identity",
                                      "Softmax",
                                      "LogSoftmax",
                                      "Hardmax",
                                      "ThresholdedRelu",
                                      "InstanceNormalization",
                                      "GroupNormalization",
                                      "RMSNormalization",
                                      "LpNormalization",
                                      "MeanVarianceNormalization",
                                      "LRN",
                                      "CumSum",
                                      "Trilu",
                                      "Swish",
                                      "ReverseSequence",
                                      "SimplifiedLayerNormalization",
                                      "Elementwise",
                                      "QuickGelu"};
constexpr std::string_view kBinary[] = {"Add", "Sub", "Mul", "Div", "Pow", "Mod", "PRelu"};
constexpr std::string_view kAnyNumber[] = {"Max", "Min", "Sum", "Mean"};
constexpr std::string_view kCompare[] = {"Equal",       "Greater", "Less", "GreaterOrEqual",
                                         "LessOrEqual", "And",     "Or",   "Xor"};

// More outputs of norms are statistics.

void batch_norm(Shaper& s) {
  for (std::size_t i = 1; i < 5; ++i) s.dims(i);  // scale, shift, mean, variance
  s.same();
}

void layer_norm(Shaper& s) {
  s.same();
}

void cast(Shaper& s) {
  s.set(0, s.dims(0), static_cast<ElementType>(s.attributes().integer("to", 1)), s.in(0).batch_axis);
}

void cast_like(Shaper& s) {
  s.set(0, s.dims(0), s.in(1).type, s.in(0).batch_axis);
}

void dropout(Shaper& s) {
  s.same();
  s.set(1, s.dims(0), ElementType::boolean, s.in(0).batch_axis);
}

void quantise(Shaper& s) {
  s.set(0, s.dims(0), s.has(2) ? s.in(2).type : ElementType::uint8, s.in(0).batch_axis);
}

void dequantise(Shaper& s) {
  s.set(0, s.dims(0), ElementType::float32, s.in(0).batch_axis);
}

void where(Shaper& s) {
  s.broadcast(s.in(1).type, 3);
}

}  // namespace

ShapeRule elementwise_rule(std::string_view op) {
  if (one_of(kSame, op)) return [](Shaper& s) { s.same(); };
  if (one_of(kBinary, op)) return [](Shaper& s) { s.broadcast(s.in(0).type, 2); };
  if (one_of(kAnyNumber, op)) return [](Shaper& s) { s.broadcast(s.in(0).type, 1); };
  if (one_of(kCompare, op)) return [](Shaper& s) { s.broadcast(ElementType::boolean, 2); };
  if (op == "Not") return [](Shaper& s) { s.set(0, s.dims(0), ElementType::boolean, s.in(0).batch_axis); };
  if (op == "BatchNormalization") return batch_norm;
  if (op == "LayerNormalization") return layer_norm;
  if (op == "Cast") return cast;
  if (op == "CastLike") return cast_like;
  if (op == "Dropout") return dropout;
  if (op == "QuantizeLinear") return quantise;
  if (op == "DequantizeLinear") return dequantise;
  if (op == "Where") return where;
  return nullptr;
}

}  // namespace kiln::workload::onnx
