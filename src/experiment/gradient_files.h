// SPDX-License-Identifier: MIT
// Gradients that were measured elsewhere: one file of all layers, or a folder with one of each.
#pragma once

#include <string>
#include <vector>

#include "compression/gradient_file.h"
#include "config/input_file.h"
#include "workload/step_graph.h"

namespace kiln::experiment {

/// The values of all gradient tensors of the graph, in their order. A folder holds LAYER.npy or LAYER.f32
/// (raw fp32) for each trained layer; what a file's name cannot hold in a layer's stands there as '_'. Throws
/// ConfigError at the place of `from` for files that are missing, surplus, or no such gradients.
compression::GradientFile read_gradients(const config::InputPath& from, const workload::StepGraph& graph);

/// The files that it reads, sorted.
std::vector<std::string> gradient_files(const config::InputPath& from);

}  // namespace kiln::experiment
