// SPDX-License-Identifier: MIT
// Options of the commands that read ONNX models: --bind, --treat, --head, --unfold-norm.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "workload/onnx/import.h"

namespace CLI {
class App;
}

namespace kiln::cli {

/// As they were written.
struct ModelArguments {
  std::vector<std::string> bind, treat, heads;
  bool unfold_norm = false;

  bool given() const { return unfold_norm || !bind.empty() || !treat.empty() || !heads.empty(); }
};

void add_model_options(CLI::App& command, ModelArguments& arguments);
/// Throws ConfigError naming the option.
workload::onnx::ImportOptions model_options(const ModelArguments&);
/// Does the path name an ONNX model?
bool is_model(const std::string& path);
/// What a user should know of an import, on stderr.
void print_notes(const workload::onnx::Imported&, Context&);

}  // namespace kiln::cli
