// SPDX-License-Identifier: MIT
// From a model as written to one list of operators: functions and branches inlined, symbols bound, shapes
// found, what is known computed.
#pragma once

#include <string>

#include "workload/onnx/flat_graph.h"
#include "workload/onnx/options.h"

namespace kiln::workload::onnx {

/// Throws WireError for damage, ConfigError at `path` for what misses a binding or has no meaning; what
/// single operators cannot do stays in their `problem`. The bytes the model was read from must outlive the
/// result.
FlatGraph flatten(const Model&, ModelReader&, const ImportOptions&, const std::string& path);

}  // namespace kiln::workload::onnx
