// SPDX-License-Identifier: MIT
#include "experiment/gradient_files.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace kiln::experiment {

namespace {

namespace fs = std::filesystem;
using compression::GradientFile;

bool is_folder(const config::InputPath& from) {
  std::error_code none;
  return fs::is_directory(from.path, none);
}

[[noreturn]] void fail(const config::InputPath& from, const std::string& message) {
  throw base::ConfigError(from.place, "compression.gradients", message);
}

GradientFile read_one(const config::InputPath& from, const std::string& path, std::int64_t needed) {
  const std::string bytes = base::read_file(path);
  try {
    return compression::parse_gradients(bytes, needed);
  } catch (const compression::GradientFileError& error) {
    fail(from, fmt::format("{}: {}", path, error.what()));
  }
}

/// A layer's name as that of a file.
std::string file_stem(std::string name) {
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-' || c == '+';
    if (!plain) c = '_';
  }
  return name;
}

GradientFile read_folder(const config::InputPath& from, const workload::StepGraph& graph) {
  std::map<std::string, std::string> files;  // by stem
  for (const std::string& path : gradient_files(from))
    if (!files.emplace(fs::path(path).stem().string(), path).second)
      fail(from, fmt::format("{}: there is another file of that layer; keep one", path));
  GradientFile all;
  for (const workload::Tensor& tensor : graph.tensors) {
    if (tensor.cls != workload::TensorClass::weight_gradient) continue;
    const std::string& layer = graph.layers[static_cast<std::size_t>(tensor.layer)].name;
    const auto found = files.find(file_stem(layer));
    if (found == files.end())
      fail(from, fmt::format("{}: has no gradient of layer {}; put {}.npy there, {} values", from.path, layer,
                             file_stem(layer), tensor.elements()));
    const GradientFile one = read_one(from, found->second, tensor.elements());
    all.values.insert(all.values.end(), one.values.begin(), one.values.end());
    all.not_finite += one.not_finite;
    files.erase(found);
  }
  if (!files.empty()) {
    std::vector<std::string> names;
    for (const workload::LayerInfo& layer : graph.layers)
      if (layer.trainable) names.push_back(file_stem(layer.name));
    fail(from, fmt::format("{}: no trained layer has this name{}", files.begin()->second,
                           base::suggestion(files.begin()->first, names)));
  }
  return all;
}

}  // namespace

std::vector<std::string> gradient_files(const config::InputPath& from) {
  if (from.empty()) return {};
  if (!is_folder(from)) return {from.path};
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator at(from.path, error), end; !error && at != end; at.increment(error)) {
    const fs::path& path = at->path();
    if (path.extension() == ".npy" || path.extension() == ".f32") files.push_back(path.string());
  }
  if (error) fail(from, fmt::format("{}: cannot be listed: {}", from.path, error.message()));
  std::sort(files.begin(), files.end());
  return files;
}

compression::GradientFile read_gradients(const config::InputPath& from, const workload::StepGraph& graph) {
  if (from.empty()) return {};
  if (is_folder(from)) return read_folder(from, graph);
  std::int64_t all = 0;
  for (const workload::Tensor& tensor : graph.tensors)
    if (tensor.cls == workload::TensorClass::weight_gradient) all += tensor.elements();
  return read_one(from, from.path, all);
}

}  // namespace kiln::experiment
