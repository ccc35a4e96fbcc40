// SPDX-License-Identifier: MIT
#include "cli/model_options.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/text.h"
#include "config/load.h"
#include "output/encode.h"
#include "workload/hf/import.h"
#include "workload/network.h"
#include "workload/onnx/import.h"

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

workload::onnx::ImportOptions onnx_options(const ModelArguments& arguments) {
  config::Node tree;
  tree.kind = config::Node::Kind::map;
  tree.insert("bind", map_of(arguments.bind, "--bind", "batch=8"), {});
  tree.insert("treat", map_of(arguments.treat, "--treat", "NonMaxSuppression_12=host"), {});
  auto options = config::read_tree<workload::onnx::ImportOptions>(tree, "").value;
  options.heads = arguments.heads;
  options.unfold_norm = arguments.unfold_norm;
  return options;
}

workload::hf::ImportOptions hf_options(const ModelArguments& arguments) {
  config::Node tree;
  tree.kind = config::Node::Kind::map;
  const auto add = [&](const char* key, std::optional<std::int64_t> value) {
    if (!value) return;
    config::Node node = config::scalar_node(std::to_string(*value));
    node.place = {fmt::format("--{} {}", key, *value), 0, 0};
    tree.insert(key, node, node.place);
  };
  add("sequence", arguments.sequence);
  add("labels", arguments.labels);
  return config::read_tree<workload::hf::ImportOptions>(tree, "").value;
}

void refuse_options(const std::string& path, bool given, const char* options, const char* kind) {
  if (given)
    throw base::ConfigError({path, 0, 0}, "", fmt::format("{} belong to {}; leave them out", options, kind));
}

std::string counts_of(const workload::NetworkConfig& config) {
  const workload::Network network = workload::build_network(config);
  return fmt::format("{} layers; {} parameters, {} multiply-accumulates forward per sample",
                     network.layers.size(), network.parameters(), network.forward_macs());
}

ImportedModel import_onnx(const std::string& path, const ModelArguments& arguments) {
  auto imported = workload::onnx::import_file(path, onnx_options(arguments));
  ImportedModel model{std::move(imported.network), std::move(imported.notes), "", imported.file_batch,
                      imported.is_quantised};
  model.facts = fmt::format("{} of {} operators as {}", imported.operators, imported.nodes_in_file,
                            counts_of(model.network));
  return model;
}

bool is_onnx(const std::string& path) {
  return base::to_lower(path).ends_with(".onnx");
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
  command.add_option("--sequence", arguments.sequence,
                     "Tokens of a sample of a language model in a config.json (default 512)");
  command.add_option("--labels", arguments.labels,
                     "A classifier of so many classes in place of the head that a config.json names");
}

bool is_model(const std::string& path) {
  return is_onnx(path) || workload::hf::is_model_file(path);
}

ImportedModel import_model(const std::string& path, const ModelArguments& arguments) {
  if (is_onnx(path)) {
    refuse_options(path, arguments.of_hf(), "--sequence and --labels", "a config.json");
    return import_onnx(path, arguments);
  }
  refuse_options(path, arguments.of_onnx(), "--bind, --treat, --head and --unfold-norm", "ONNX models");
  auto imported = workload::hf::import_file(path, hf_options(arguments));
  ImportedModel model;
  model.network = std::move(imported.network);
  model.notes = std::move(imported.notes);
  model.facts = counts_of(model.network);
  return model;
}

void print_notes(const ImportedModel& imported, Context& context) {
  for (const std::string& note : imported.notes)
    context.err << fmt::format("kiln: note: {}\n", output::terminal_text(note));
}

}  // namespace kiln::cli
