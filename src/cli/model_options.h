// SPDX-License-Identifier: MIT
// Models of others on the command line: which files are one, and the options that say how they are read:
// --bind, --treat, --head, --unfold-norm of ONNX, --sequence, --labels of Hugging Face.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "workload/network_config.h"

namespace CLI {
class App;
}

namespace kiln::cli {

/// As they were written.
struct ModelArguments {
  std::vector<std::string> bind, treat, heads;
  bool unfold_norm = false;
  std::optional<std::int64_t> sequence, labels;

  bool of_onnx() const { return unfold_norm || !bind.empty() || !treat.empty() || !heads.empty(); }
  bool of_hf() const { return sequence || labels; }
};

/// A model of either kind.
struct ImportedModel {
  workload::NetworkConfig network;
  std::vector<std::string> notes;  ///< what a user should know of it
  std::string facts;               ///< what it was, one line
  std::int64_t file_batch = 1;     ///< samples that its shapes are made for
  bool is_quantised = false;       ///< 8-bit precisions
};

void add_model_options(CLI::App& command, ModelArguments& arguments);
/// Does the path name a model: NAME.onnx, or a config.json?
bool is_model(const std::string& path);
/// Throws ConfigError naming the option or the place in the file.
ImportedModel import_model(const std::string& path, const ModelArguments&);
/// What a user should know of an import, on stderr.
void print_notes(const ImportedModel&, Context&);

}  // namespace kiln::cli
