// SPDX-License-Identifier: MIT
#include "experiment/identity.h"

#include <algorithm>
#include <iterator>

#include "base/file.h"
#include "base/hash.h"
#include "base/version.h"
#include "config/load.h"
#include "experiment/gradient_files.h"
#include "soc/target.h"

namespace kiln::experiment {

namespace {

std::string data_hashes(const ExperimentConfig& experiment) {
  std::string all;
  for (const std::string& extra : data_files(experiment)) all += base::content_hash(base::read_file(extra));
  return all;
}

/// Keys that only power, heat, governor, horizon and pictures read: a step at an operating point is the same
/// whatever they say. tests/system/dead_knobs holds the list against every key.
constexpr std::string_view kNotFelt[] = {
    "name",
    "compression.work_to_accuracy",
    "learning",
    "workload.model",
    "governor",
    "environment",
    "events",
    "run.horizon",
    "run.steps",
    "run.duration",
    "run.rate",
    "run.audit_windows",
    "run.audit_window",
    "soc.name",
    "soc.tech",
    "soc.operating_points",  // the point itself is known by its clocks; step_identity() has the top one
    "soc.noc_clock_ratio",
    "soc.area",
    "soc.units.area",
    "soc.gradient_sram.minimum_voltage",
    "soc.noc.electromigration",
    "soc.memory.die",
    "soc.memory.die_width",
    "soc.memory.die_height",
    "soc.memory.rail",
    "soc.memory.dram.energy",
    "soc.memory.dram.phy",
    "soc.domains.core",
    "soc.domains.io",
    "soc.domains.memory",
    "soc.domains.host.voltage",
    "soc.domains.host.idle",
    "soc.uncore",
    "soc.host.core",
    "soc.host.cores",
    "soc.host.cache",
    "soc.io.interface",
    "soc.io.lanes",
    "soc.npu.local_sram_bank",
    "soc.npu.macs_per_instruction",
    "soc.npu.element_storage",
    "soc.memory.dram.retention",
    "soc.board",
    "soc.delivery",
    "soc.rail",
    "soc.guard_band",
    "soc.adaptive_clock",
    "soc.battery",
    "soc.package",
    "soc.sensors",
};

void remove_not_felt(config::Node& node, const std::string& path) {
  for (config::Node& item : node.list) remove_not_felt(item, path);
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  std::vector<std::string> gone;
  for (const auto& entry : node.map)
    if (!step_feels(below(entry.first))) gone.push_back(entry.first);
  for (const std::string& key : gone) node.erase(key);
  for (auto& [key, value] : node.map) remove_not_felt(value, below(key));
}

}  // namespace

Identity identify(const ExperimentConfig& experiment) {
  const std::string keys = config::keys_and_values(experiment);
  return {config::file_head<ExperimentConfig>() + keys,
          base::content_hash(keys + fmt::format("seed {}\n", experiment.run.seed) + data_hashes(experiment))};
}

bool step_feels(std::string_view key) {
  return std::none_of(std::begin(kNotFelt), std::end(kNotFelt), [&](std::string_view path) {
    return key.starts_with(path) && (key.size() == path.size() || key[path.size()] == '.');
  });
}

std::string step_identity(const ExperimentConfig& experiment) {
  ExperimentConfig nominal = experiment;
  nominal.bands.clear();  // a step is simulated with the values alone
  config::Node felt = config::Value<ExperimentConfig>::write(nominal, {});
  remove_not_felt(felt, "");
  // Dataflows are chosen by ratios of the technology's energies.
  const lowering::DataflowRule rule = soc::dataflow_rule(experiment.soc, experiment.mapping.objective);
  // Tiles are cut for the memory's bytes per cycle of the top clock, and a host may follow it.
  return fmt::format("{}\n{}seed {}\ntop clock {}\ntask times {} {}\ndataflows {} {}\n{}",
                     base::program_hash(), config::to_yaml(felt), experiment.run.seed,
                     experiment.soc.top_frequency_hz(), experiment.soc.rail.has_value(),
                     experiment.soc.memory.rail.has_value(), rule.write_energy, rule.cycle_energy,
                     data_hashes(experiment));
}

std::vector<std::string> data_files(const ExperimentConfig& experiment) {
  std::vector<std::string> files = gradient_files(experiment.compression.gradients);
  if (!experiment.topology.empty()) files.insert(files.begin(), experiment.topology.path);
  return files;
}

}  // namespace kiln::experiment
