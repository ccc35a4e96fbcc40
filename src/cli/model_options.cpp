// SPDX-License-Identifier: MIT
#include "cli/model_options.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/text.h"
#include "config/load.h"
#include "output/encode.h"

namespace kiln::cli {

namespace {

/// The words as a map `name: value`; the last equals sign divides.
config::Node map_of(const std::vector<std::string>& words, const char* option, const char* example) {
  config::Node map;
  map.kind = config::Node::Kind::map;
  for (const std::string& word : words) {
    const base::Place place{fmt::format("{} {}", option, word), 0, 0};
    const std::size_t equals = word.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == word.size())
      throw base::ConfigError(place, "", fmt::format("write NAME=VALUE, for example {}", example));
    config::Node value = config::scalar_node(word.substr(equals + 1));
    value.place = place;
    map.erase(word.substr(0, equals));
    map.insert(word.substr(0, equals), std::move(value), place);
  }
  return map;
}

}  // namespace

void add_model_options(CLI::App& command, ModelArguments& arguments) {
  command
      .add_option("--bind", arguments.bind,
                  "Extents and scalar inputs of a model, by name: batch=8 sr=16000 ...")
      ->allow_extra_args(false);
  command
      .add_option("--treat", arguments.treat,
                  "What takes the place of an operator Kiln does not have: NAME=identity|elementwise|host")
      ->allow_extra_args(false);
  command
      .add_option("--head", arguments.heads,
                  "An output of the model to train; default: all of floating point")
      ->allow_extra_args(false);
  command.add_flag("--unfold-norm", arguments.unfold_norm,
                   "Put the batch norms back that an export for inference folds into convolutions");
}

workload::onnx::ImportOptions model_options(const ModelArguments& arguments) {
  config::Node tree;
  tree.kind = config::Node::Kind::map;
  tree.insert("bind", map_of(arguments.bind, "--bind", "batch=8"), {});
  tree.insert("treat", map_of(arguments.treat, "--treat", "NonMaxSuppression_12=host"), {});
  auto options = config::read_tree<workload::onnx::ImportOptions>(tree, "").value;
  options.heads = arguments.heads;
  options.unfold_norm = arguments.unfold_norm;
  return options;
}

bool is_model(const std::string& path) {
  return base::to_lower(path).ends_with(".onnx");
}

void print_notes(const workload::onnx::Imported& imported, Context& context) {
  for (const std::string& note : imported.notes)
    context.err << fmt::format("kiln: note: {}\n", output::terminal_text(note));
}

}  // namespace kiln::cli
