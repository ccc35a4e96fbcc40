// SPDX-License-Identifier: MIT
// How an ONNX model becomes a network.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "config/record.h"

namespace kiln::workload::onnx {

/// What takes the place of an operator that Kiln does not have.
enum class Treatment {
  identity,     ///< its first input is passed on
  elementwise,  ///< one lane operation per element of its first input, which is passed on
  host          ///< left to the host: its result is an input of the network, and no error passes
};

struct ImportOptions {
  std::map<std::string, std::int64_t> bind = {};  ///< extents of symbols, values of scalar inputs, by name
  std::map<std::string, Treatment> treat = {};    ///< by name of a node, or of its first output
  std::vector<std::string> heads = {};            ///< outputs that are trained; none: all of floating point
  bool unfold_norm = false;  ///< a batch norm behind each convolution that has a bias: exporters fold it
};

std::span<const config::EnumName<Treatment>> enum_names(const Treatment*);
const config::Record<ImportOptions>& describe(const ImportOptions*);

}  // namespace kiln::workload::onnx
