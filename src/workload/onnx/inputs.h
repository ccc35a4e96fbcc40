// SPDX-License-Identifier: MIT
// The inputs of a model: symbols get extents, scalars values, and the samples an axis.
#pragma once

#include <string>
#include <vector>

#include "workload/onnx/flatten.h"

namespace kiln::workload::onnx {

/// Adds the inputs to the graph. The leading axis of an input of two axes and more counts the samples, as
/// does every axis of that axis' symbol: it is imported with extent 1. Throws ConfigError for symbols without
/// a binding and for bindings that nothing has.
void bind_inputs(const std::vector<ValueInfo>& inputs, const ImportOptions&, const std::string& path,
                 FlatGraph&);

}  // namespace kiln::workload::onnx
