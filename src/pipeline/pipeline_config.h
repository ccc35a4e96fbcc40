// SPDX-License-Identifier: MIT
// What `kiln pipeline` reads: devices, links, and graphs of stages from raw data to inference.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "job/job_config.h"
#include "link/link_config.h"

namespace kiln::pipeline {

/// What surrounds a device: what a joule of it costs in all.
struct SiteConfig {
  double pue = 1;               ///< energy of the whole site over that of its computing
  double carbon_g_per_kwh = 0;  ///< of the supply, in grams of CO2 equivalent
  double price_per_kwh = 0;     ///< in the file's currency
};
const config::Record<SiteConfig>& describe(const SiteConfig*);

struct DeviceConfig {
  std::string name;
  experiment::ExperimentConfig experiment;
  int count = 1;
  bool in_network = false;  ///< relayed links end at it without an end of its own
  SiteConfig site;
};
const config::Record<DeviceConfig>& describe(const DeviceConfig*);

struct LinkUseConfig {
  link::LinkConfig link;
  double network_j_per_bit = 0;         ///< of what lies between the ends, for every bit on the link
  double network_carbon_g_per_kwh = 0;  ///< of that energy
};
const config::Record<LinkUseConfig>& describe(const LinkUseConfig*);

/// Samples come from a sensor or a file.
struct SourceConfig {
  double per_s = 1;
  job::Arrivals arrivals = job::Arrivals::periodic;
  double sample_j = 0;
};
const config::Record<SourceConfig>& describe(const SourceConfig*);

enum class Task { infer, train };
std::span<const config::EnumName<Task>> enum_names(const Task*);

/// A network that runs on the stage's device.
struct NetworkStageConfig {
  Task task = Task::infer;
  std::optional<workload::NetworkConfig> workload;
  std::optional<workload::TrainingConfig> training;
  std::int64_t passes = 1;
  std::optional<learning::LearningConfig> learning;  ///< of task train: it is learnt on numbers, too
};
const config::Record<NetworkStageConfig>& describe(const NetworkStageConfig*);

/// Post-training quantisation: what it looks at, what it makes, and how large that may be.
struct QuantiseConfig {
  workload::Precision weights = workload::Precision::int8;
  std::int64_t samples = 128;
  std::optional<double> most_bytes;
  std::optional<double> most_accuracy_loss = {};
};
const config::Record<QuantiseConfig>& describe(const QuantiseConfig*);

struct StageConfig {
  std::string name, on;
  std::vector<std::string> from, after;
  std::string via;
  std::optional<std::int64_t> takes, makes, samples, queue;
  std::optional<double> bytes;
  double price = 0;  ///< of a product, besides energy
  std::optional<SourceConfig> source;
  std::optional<NetworkStageConfig> network;
  std::optional<QuantiseConfig> quantise;
  std::optional<job::StorageConfig> store;
};
const config::Record<StageConfig>& describe(const StageConfig*);

/// One way to get there.
struct PlanConfig {
  std::string name;
  std::string labelled;  ///< the stage whose products are labelled samples
  std::vector<StageConfig> stages;
};
const config::Record<PlanConfig>& describe(const PlanConfig*);

struct PipelineConfig {
  std::string name;
  std::vector<DeviceConfig> devices;
  std::map<std::string, LinkUseConfig> links;
  std::vector<PlanConfig> plans;
  std::uint64_t seed = 1;
  double time_limit_s = 7 * 86400.0;
};
const config::Record<PipelineConfig>& describe(const PipelineConfig*);

}  // namespace kiln::pipeline
