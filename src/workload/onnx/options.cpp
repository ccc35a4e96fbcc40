// SPDX-License-Identifier: MIT
#include "workload/onnx/options.h"

namespace kiln::workload::onnx {

std::span<const config::EnumName<Treatment>> enum_names(const Treatment*) {
  static constexpr config::EnumName<Treatment> names[] = {
      {Treatment::identity, "identity"}, {Treatment::elementwise, "elementwise"}, {Treatment::host, "host"}};
  return names;
}

const config::Record<ImportOptions>& describe(const ImportOptions*) {
  constexpr double kMost = 1 << 30;
  static const auto record =
      config::Record<ImportOptions>("onnx_options", "How an ONNX model becomes a network")
          .field(
              "bind", &ImportOptions::bind,
              {.doc = "Extents of symbols and values of scalar inputs, by name; `batch`: samples of a step",
               .min = 0,
               .max = kMost})
          .field(
              "treat", &ImportOptions::treat,
              {.doc = "What takes the place of an operator that Kiln does not have, by its name: identity, "
                      "elementwise (one lane operation per element), host (its result is an input)"})
          .field("heads", &ImportOptions::heads,
                 {.doc = "Outputs of the model that are trained; default: all of floating point"})
          .field("unfold_norm", &ImportOptions::unfold_norm,
                 {.doc = "A batch norm behind each convolution with a bias: exports for inference fold it"});
  return record;
}

}  // namespace kiln::workload::onnx
