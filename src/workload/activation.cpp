// SPDX-License-Identifier: MIT
#include "workload/activation.h"

#include <array>

#include "base/error.h"
#include "workload/vector_cost.h"

namespace kiln::workload {
namespace {

struct ActivationRow {
  config::EnumName<Activation> name;
  ActivationLaw law;
};

constexpr double kT = kTranscendental;

constexpr ActivationRow kActivations[] = {
    {{Activation::none, "none"}, {}},
    {{Activation::relu, "relu"}, {1, 1, Keeps::mask, true}},
    {{Activation::relu6, "relu6"}, {2, 1, Keeps::mask, true}},
    {{Activation::leaky_relu, "leaky_relu"}, {2, 2, Keeps::mask}},
    {{Activation::silu, "silu"}, {2 * kT + 2, 2 * kT + 4, Keeps::input}},
    {{Activation::sigmoid, "sigmoid"}, {2 * kT + 1, 3, Keeps::output}},
    {{Activation::hard_sigmoid, "hard_sigmoid"}, {3, 2, Keeps::mask}},      // scale and shift, two clamps
    {{Activation::gelu, "gelu"}, {2 * kT + 6, 2 * kT + 10, Keeps::input}},  // tanh form
    {{Activation::tanh, "tanh"}, {2 * kT + 1, 3, Keeps::output}},
    {{Activation::hard_swish, "hard_swish"}, {4, 4, Keeps::input}},
    {{Activation::square_root, "sqrt"}, {kT, kT + 1, Keeps::output}},
    {{Activation::exponential, "exp"}, {kT, 1, Keeps::output}},
    {{Activation::logarithm, "log"}, {kT, kT, Keeps::input}},
    {{Activation::square, "square"}, {1, 2, Keeps::input}},
    {{Activation::power, "power"}, {2 * kT + 1, 2 * kT + 2, Keeps::input}},
    {{Activation::reciprocal, "reciprocal"}, {kT, 2, Keeps::output}},
    {{Activation::absolute, "abs"}, {1, 1, Keeps::mask}},
    {{Activation::clip, "clip"}, {2, 1, Keeps::mask}},
    {{Activation::elu, "elu"}, {kT + 2, 3, Keeps::output}},
    {{Activation::softplus, "softplus"}, {2 * kT + 1, 2 * kT + 2, Keeps::input}},
    {{Activation::mish, "mish"}, {4 * kT + 3, 4 * kT + 6, Keeps::input}},
    {{Activation::error_function, "erf"}, {2 * kT + 5, kT + 2, Keeps::input}},
    {{Activation::sine, "sin"}, {kT, kT + 1, Keeps::input}},
    {{Activation::cosine, "cos"}, {kT, kT + 1, Keeps::input}},
    {{Activation::other, "other"}, {1, 1, Keeps::input}},
};

}  // namespace

std::span<const config::EnumName<Activation>> enum_names(const Activation*) {
  static constexpr auto kNames = config::enum_names_of(kActivations);
  return kNames;
}

const ActivationLaw& law_of(Activation activation) {
  for (const ActivationRow& row : kActivations)
    if (row.name.value == activation) return row.law;
  KILN_CHECK(false, "unknown activation {}", static_cast<int>(activation));
}

}  // namespace kiln::workload
