// SPDX-License-Identifier: MIT
#include "workload/onnx/import.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/text.h"
#include "config/load.h"
#include "workload/onnx/emitter.h"
#include "workload/onnx/patterns.h"

namespace kiln::workload::onnx {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& key, const std::string& message) {
  throw base::ConfigError({path, 0, 0}, key, message);
}

void check_versions(const Model& model, const std::string& path) {
  if (model.ir_version > kNewestIr)
    fail(path, "ir_version", fmt::format("is {}; known are versions up to {}", model.ir_version, kNewestIr));
  if (model.opset() > kNewestOpset)
    fail(path, "opset",
         fmt::format("is {}; known are versions up to {}: export with opset_version={}", model.opset(),
                     kNewestOpset, kNewestOpset));
}

/// Convolutions that an exporter has made of a convolution and its norm.
void warn_of_folded_norms(const NetworkConfig& network, std::vector<std::string>& notes) {
  std::int64_t folded = 0;
  for (const LayerConfig& layer : network.layers) {
    if (layer.norm == Norm::batch || layer.op == LayerOp::batchnorm || layer.op == LayerOp::groupnorm ||
        layer.op == LayerOp::instancenorm || layer.op == LayerOp::layernorm)
      return;
    folded += (layer.op == LayerOp::conv || layer.op == LayerOp::depthwise) && layer.bias.value_or(true);
  }
  if (folded < 2) return;
  notes.push_back(fmt::format(
      "{} convolutions have a bias and none a norm: an export for inference folds batch norms into them, and "
      "a "
      "training step would miss them; export in training mode, or put them back with --unfold-norm",
      folded));
}

/// What a line says by default it need not say.
void leave_defaults_out(NetworkConfig& network) {
  for (LayerConfig& layer : network.layers) {
    const bool by_default = layer.op == LayerOp::linear || layer.norm == Norm::none;
    if (layer.bias && *layer.bias == by_default) layer.bias.reset();
  }
}

}  // namespace

Imported import_model(std::string_view bytes, const std::string& path, const ImportOptions& options,
                      ModelWeights* weights) {
  ModelReader reader;
  Imported imported;
  try {
    const Model model = reader.model(bytes);
    check_versions(model, path);
    FlatGraph graph = flatten(model, reader, options, path);
    find_patterns(graph);
    Emitter emitter(graph, options, path);
    imported = emitter.run();
    if (weights != nullptr)
      *weights = weights_in(graph, emitter.sources(), std::filesystem::path(path).parent_path().string());
    imported.nodes_in_file = graph.nodes_in_file;
    imported.is_quantised = graph.is_quantised;
    imported.file_batch = graph.file_batch;
    imported.network.source = fmt::format(
        "{}, ONNX opset {}{}", std::filesystem::path(path).filename().string(), model.opset(),
        model.producer.empty() ? "" : fmt::format(", written by {}", base::shown(model.producer)));
  } catch (const WireError& error) {
    fail(path, fmt::format("byte {}", error.offset()), error.what());
  }
  if (const auto batch = options.bind.find("batch"); batch != options.bind.end())
    imported.file_batch = batch->second;
  warn_of_folded_norms(imported.network, imported.notes);
  if (imported.is_quantised)
    imported.notes.push_back(
        "the model is quantised: train it with training.quantisation_aware {weights: int8, activations: "
        "int8}");
  leave_defaults_out(imported.network);
  return imported;
}

config::ForeignFile network_file() {
  return {".onnx", &describe(static_cast<const ImportOptions*>(nullptr)),
          [](const std::string& path, const config::Node& given) {
            const auto options = config::read_tree<ImportOptions>(given, "").value;
            NetworkConfig network = import_file(path, options).network;
            network.model = {config::InputFile(path), options};
            return config::Value<NetworkConfig>::write(network, {});
          }};
}

Imported import_file(const std::string& path, const ImportOptions& options) {
  const base::MappedFile file(path);
  return import_model(file.bytes(), path, options);
}

}  // namespace kiln::workload::onnx
