// SPDX-License-Identifier: MIT
// What chains come to: size, time and joules on the chip, accuracy where it is learnt, and which is best
// where.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "batch/processes.h"
#include "output/folder.h"
#include "report/uncertainty.h"
#include "report/validity.h"
#include "squeeze/chain.h"
#include "squeeze/formats.h"

namespace kiln::squeeze {

/// A simulated step.
struct ChipRun {
  double time_s = 0, energy_j = 0;
  report::Interval band_j;  ///< of energy_j, by the chip's constants
  std::string validity = "ok", finding;
};

/// A network after some steps.
struct SqueezedRow {
  std::vector<std::string> steps;
  std::string name;
  double model_bytes = 0;
  ChipRun inference;                    ///< of `batch` samples
  double squeeze_s = 0, squeeze_j = 0;  ///< of all its steps on the chip, without the first training
  report::Interval squeeze_band_j;      ///< the chip is the same one in all
  std::optional<double> accuracy, accuracy_low, accuracy_high;
  double zero_share = 0;
};

struct FormatRow {
  FormatSupport support;
  std::optional<ChipRun> inference;  ///< nothing: the chip cannot
};

/// A model in a scenario.
struct Candidate {
  std::size_t row = 0;
  double download_s = 0, download_j = 0;  ///< of the device that gets it
  double energy_j = 0;                    ///< with its inferences and its share of squeezing
  /// Inferences after which it has saved what squeezing and download cost beyond the network as it is;
  /// nothing: never.
  std::optional<double> pays_after;
  bool allowed = true;  ///< by its accuracy
};

struct ScenarioRow {
  std::string name;
  Minimise minimise = Minimise::energy;
  bool judged = true;                 ///< false: accuracies are not known
  std::vector<Candidate> candidates;  ///< the network as it is, then the chains
  std::size_t best = 0;
};

struct Result {
  std::string name, data;
  std::int64_t batch = 1;
  std::vector<SqueezedRow> rows;                            ///< by prefix; the first is the network as it is
  std::vector<std::pair<std::string, std::size_t>> chains;  ///< name, its row
  std::vector<FormatRow> formats;
  std::vector<ScenarioRow> scenarios;
  /// Of all networks: what their inferences and their learning found.
  report::Validity validity() const;
};

struct SqueezeOptions {
  batch::BatchOptions batch;
  std::function<void(const std::string& what)> progress = {};
};

/// Learns and simulates. Throws ConfigError for what only shows when parts meet, SimError when a simulation
/// fails, base::Stopped when the watch ends it.
Result run_squeeze(const SqueezeConfig& config, const SqueezeOptions& options);
/// The same up to lowering; says what would run.
std::string validate_squeeze(const SqueezeConfig& config);

/// Every chain, and the network as it is, in a scenario.
ScenarioRow scenario_of(const std::string& name, const ScenarioConfig& scenario, const Result& result);

/// "chains.NAME.inference_j", "chains.NAME.model_bytes", ...; of the network as it is "base.".
std::vector<std::pair<std::string, double>> numbers_of(const Result& result);
std::string result_text(const Result& result);
std::string result_json(const Result& result);
std::string chains_csv(const Result& result);
std::string formats_csv(const Result& result);
std::string scenarios_csv(const Result& result);

inline constexpr const char* kPlot = "squeeze.gp";
inline constexpr const char* kLabels = "squeeze.labels";
inline constexpr const char* kImage = "squeeze.svg";
/// Script and labels: bytes and joules of every network after every step.
output::Files squeeze_plot(const Result& result);

}  // namespace kiln::squeeze
