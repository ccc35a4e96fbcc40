// SPDX-License-Identifier: MIT
#include "workload/load_step.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "config/load.h"
#include "workload/scalesim.h"
#include "workload/transforms.h"

namespace kiln::workload {
namespace {

bool is_topology(const std::string& path) {
  return base::to_lower(path).ends_with(".csv");
}

NetworkConfig load_config(const std::string& path) {
  return config::load<NetworkConfig>(path).value;
}

}  // namespace

StepGraph load_step(const std::string& path, const TrainingConfig& training) {
  if (!is_topology(path)) return build_step(load_config(path), training);
  const bool shrinks = training.pruning && training.pruning->pattern == SparsityPattern::channels;
  if (shrinks || !training.depthwise_separable.empty()) {
    throw base::ConfigError(
        {path, 0, 0}, shrinks ? "pruning" : "depthwise_separable",
        "rewrites layers, which a SCALE-Sim topology does not connect; use a network in YAML");
  }
  return expand(load_network(path), training);
}

Network load_network(const std::string& path) {
  if (is_topology(path)) return read_scalesim_topology(path, base::read_file(path));
  return build_network(load_config(path));
}

}  // namespace kiln::workload
