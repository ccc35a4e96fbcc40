// SPDX-License-Identifier: MIT
// What `kiln run` reads: a workload, how it is trained and mapped, the SoC, its policy, and how long.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "compression/codec_config.h"
#include "config/input_file.h"
#include "config/pattern_map.h"
#include "config/record.h"
#include "experiment/work_to_accuracy.h"
#include "governor/control.h"
#include "learning/learning_config.h"
#include "lowering/cost/objective.h"
#include "lowering/lower.h"
#include "noc/codec_config.h"
#include "sim/fidelity.h"
#include "soc/soc_config.h"
#include "thermal/surroundings.h"
#include "workload/network_config.h"
#include "workload/training_config.h"

namespace kiln::experiment {

enum class MappingChoice { data, channel, layer_wise, automatic };
enum class CutChoice { rows, samples, automatic };

/// What is left open (`automatic`) is decided by simulation, see run/mapping_choice.h.
struct MappingConfig {
  MappingChoice parallel = MappingChoice::automatic;
  CutChoice cut = CutChoice::automatic;
  std::optional<int> tiles;
  lowering::Objective objective = lowering::Objective::time;
  int residency_horizon = 4;
  int reduce_delay = 1;
  bool gradients_in_sram = true;
};
const config::Record<MappingConfig>& describe(const MappingConfig*);
std::span<const config::EnumName<MappingChoice>> enum_names(const MappingChoice*);
std::span<const config::EnumName<CutChoice>> enum_names(const CutChoice*);

/// What of a codec may differ from layer to layer: what is kept between steps and how it streams may not.
struct LayerCodecConfig {
  double density = 0.01;
  int rank = 4;
  compression::Values values = compression::Values::fp32;
  int block = 256;
};
const config::Record<LayerCodecConfig>& describe(const LayerCodecConfig*);

/// Gradient compression: the code, where it runs, and which gradients it is measured on.
struct CompressionConfig {
  bool enabled = false;
  sim::CodingSite placement = sim::CodingSite::mac_output;
  compression::CodecConfig codec;
  config::InputPath gradients;  ///< gradient_files.h; empty: the seeded source
  WorkToAccuracyConfig work_to_accuracy;
  config::PatternMap<LayerCodecConfig> layers;

  /// The codec of one layer. Throws ConfigError where it breaks a rule of codecs.
  compression::CodecConfig codec_of(const std::string& layer) const;
};
const config::Record<CompressionConfig>& describe(const CompressionConfig*);

enum class Horizon {
  steady,    ///< periodic steady state: hot, as in use
  steps,     ///< from cold, `steps` steps
  duration,  ///< from cold, `duration` of device time
};

/// What is done with blocks of layers that a step goes through again and again.
enum class EqualBlocks { repeat, simulate };
std::span<const config::EnumName<EqualBlocks>> enum_names(const EqualBlocks*);

struct RunConfig {
  Horizon horizon = Horizon::steady;
  std::int64_t steps = 1;
  double duration_s = 1;
  std::optional<double> rate_samples_per_s;  ///< fixed rate, idle gated in between; absent: back to back
  sim::Fidelities fidelity;
  EqualBlocks equal_blocks = EqualBlocks::repeat;
  int audit_windows = 3;
  std::optional<double> audit_window_s;  ///< absent: what memory moves 4 MiB in
  double ledger_window_s = 20e-6;
  std::uint64_t seed = 1;
};
const config::Record<RunConfig>& describe(const RunConfig*);

struct EnvironmentConfig {
  double ambient_c = 25;
  std::optional<double> start_c;  ///< of the device, when a run from cold begins; absent: the ambient
  double state_of_charge = 1;     ///< of a battery, when the run begins
};
const config::Record<EnvironmentConfig>& describe(const EnvironmentConfig*);

struct ExperimentConfig {
  std::string name;
  workload::NetworkConfig workload;
  config::InputFile topology;  ///< SCALE-Sim CSV instead of `workload`
  workload::TrainingConfig training;
  MappingConfig mapping;
  CompressionConfig compression;
  std::optional<learning::LearningConfig> learning;
  soc::SocConfig soc;
  governor::GovernorConfig governor;
  EnvironmentConfig environment;
  RunConfig run;
  std::vector<thermal::EventConfig> events;
  config::Bands bands;  ///< of constants that are written with one
};
const config::Record<ExperimentConfig>& describe(const ExperimentConfig*);

/// How often the memory is refreshed at which temperature: the memory's own rule, or the governor's ladder in
/// place of its steps. The memory's `rate` multiplies either.
dram::RefreshConfig refresh_rule(const ExperimentConfig&);

std::span<const config::EnumName<Horizon>> enum_names(const Horizon*);

}  // namespace kiln::experiment
