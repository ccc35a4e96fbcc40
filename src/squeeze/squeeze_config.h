// SPDX-License-Identifier: MIT
// What `kiln squeeze` reads: a network on a chip, ways to make it smaller, and orders to take them in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "link/link_config.h"

namespace kiln::squeeze {

/// Learning from what the chain began with.
struct DistilConfig {
  double share = 0.5;
  double temperature = 4;
};
const config::Record<DistilConfig>& describe(const DistilConfig*);

/// One step of a chain: what it does to the network, and how long that learns afterwards.
struct StepConfig {
  std::optional<workload::NetworkConfig> network;
  std::vector<std::string> depthwise_separable;
  std::optional<workload::PruningConfig> prune;
  std::optional<workload::QuantisationConfig> quantise;
  std::optional<DistilConfig> distil;
  std::int32_t epochs = 0;
  double rate_factor = 0.1;
  std::int64_t calibration = 128;
};
const config::Record<StepConfig>& describe(const StepConfig*);

enum class Minimise { download, energy };
std::span<const config::EnumName<Minimise>> enum_names(const Minimise*);

/// Where a model is to live: what it comes over, how much it is used, what is scarce.
struct ScenarioConfig {
  link::LinkConfig link;
  double inferences = 1e4;
  double devices = 1000;
  Minimise minimise = Minimise::energy;
  double accuracy_loss = 0.01;
};
const config::Record<ScenarioConfig>& describe(const ScenarioConfig*);

struct SqueezeConfig {
  std::string name;
  experiment::ExperimentConfig experiment;
  std::int64_t batch = 1;
  std::optional<std::int64_t> samples;
  std::map<std::string, StepConfig> steps;
  std::map<std::string, std::vector<std::string>> chains;
  std::map<std::string, ScenarioConfig> scenarios;
  bool formats = true;
};
const config::Record<SqueezeConfig>& describe(const SqueezeConfig*);

}  // namespace kiln::squeeze
