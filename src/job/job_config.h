// SPDX-License-Identifier: MIT
// What `kiln job` reads: an experiment, and the hours around its steps.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/input_file.h"
#include "experiment/experiment.h"
#include "pdn/battery.h"

namespace kiln::job {

/// Forward passes over samples that are not learnt.
struct ValidationConfig {
  std::int64_t samples = 0;
  std::optional<std::int64_t> every_steps{};
};
const config::Record<ValidationConfig>& describe(const ValidationConfig*);

struct DataConfig {
  std::int64_t samples = 1;
  std::int64_t epochs = 1;
  ValidationConfig validation{};
  bool cached_features = false;
};
const config::Record<DataConfig>& describe(const DataConfig*);

/// Flash, as seen from the chip: what checkpoints go to and features come from.
struct StorageConfig {
  double write_bytes_per_s = 20e6;
  double read_bytes_per_s = 100e6;
  double write_w = 0.12;
  double read_w = 0.1;
};
const config::Record<StorageConfig>& describe(const StorageConfig*);

struct CheckpointConfig {
  std::optional<std::int64_t> every_steps{};
  std::optional<double> every_s{};
  bool optimizer_state = true;
  bool at_end = true;
  bool at_reserve = false;
};
const config::Record<CheckpointConfig>& describe(const CheckpointConfig*);

/// A charger is plugged in.
struct ChargeWindow {
  double begin_s = 0, end_s = 0, power_w = 0;
  std::optional<double> repeat_s{};
};
const config::Record<ChargeWindow>& describe(const ChargeWindow*);

enum class TrainWhen { always, charging };
std::span<const config::EnumName<TrainWhen>> enum_names(const TrainWhen*);

/// A capacitor in place of a battery.
struct CapacitorConfig {
  double capacitance_f = 1, full_v = 5, brown_out_v = 3, resistance_ohm = 0.05;
  /// As a battery: its voltage is linear in its charge.
  pdn::BatteryConfig battery() const;
};
const config::Record<CapacitorConfig>& describe(const CapacitorConfig*);

/// A cell, a generator: what it gives over time stands in a file.
struct HarvestConfig {
  config::InputFile trace{};
  std::optional<double> area_m2{};
  double efficiency = 1;
  std::optional<double> repeat_s{};
};
const config::Record<HarvestConfig>& describe(const HarvestConfig*);

/// What a device does while training has to wait for energy and nobody asks for anything.
enum class Waiting { idle, off };
std::span<const config::EnumName<Waiting>> enum_names(const Waiting*);

struct SupplyConfig {
  std::optional<pdn::BatteryConfig> battery{};  ///< absent: the chip's
  std::optional<CapacitorConfig> capacitor{};
  double reserve = 0;        ///< charge that training leaves to others
  double hysteresis = 0.02;  ///< of charge, before training goes on
  double restart = 0.05;     ///< charge at which a device comes back
  double other_load_w = 0;
  std::vector<ChargeWindow> charge{};
  std::optional<HarvestConfig> harvest{};
  Waiting waiting = Waiting::idle;
  double charger_efficiency = 0.88;
  TrainWhen train = TrainWhen::always;
  double start_up_s = 2;
};
const config::Record<SupplyConfig>& describe(const SupplyConfig*);

enum class Arrivals { poisson, periodic };
enum class Priority {
  first,    ///< behind the step that runs
  preempt,  ///< at once: the step waits where it is
  last      ///< while no training can run
};
std::span<const config::EnumName<Arrivals>> enum_names(const Arrivals*);
std::span<const config::EnumName<Priority>> enum_names(const Priority*);

/// Inference beside training.
struct RequestsConfig {
  double per_s = 1;
  Arrivals arrivals = Arrivals::poisson;
  std::int64_t batch = 1;
  Priority priority = Priority::first;
  std::optional<double> deadline_s{};
  std::int64_t queue = 1000;
};
const config::Record<RequestsConfig>& describe(const RequestsConfig*);

struct AmbientPoint {
  double at_s = 0, celsius = 25;
};
const config::Record<AmbientPoint>& describe(const AmbientPoint*);

/// An image of new software comes in over the air and is installed.
struct UpdateConfig {
  double at_s = 0, bytes = 0, rate_bytes_per_s = 1e6, link_w = 0.1;
  int slots = 2;
};
const config::Record<UpdateConfig>& describe(const UpdateConfig*);

enum class WearPart { die, memory, surroundings };
std::span<const config::EnumName<WearPart>> enum_names(const WearPart*);

/// A mechanism that ages a part: its life at a reference temperature, and how temperature (and current)
/// change it.
struct WearConfig {
  std::string name;
  WearPart part = WearPart::die;
  double life_s = 10 * 365.25 * 86400;
  double reference_c = 105;
  double activation_ev = 0.7, activation_low_ev = 0.7, activation_high_ev = 0.7;
  double current_exponent = 0, exponent_low = 0, exponent_high = 0;
  std::string source;
};
const config::Record<WearConfig>& describe(const WearConfig*);
/// Electromigration, wear of gate oxides, loss of charge in flash.
std::vector<WearConfig> usual_wear();

struct JobConfig {
  std::string name;
  experiment::ExperimentConfig experiment;
  std::map<std::string, governor::GovernorConfig> governors{};
  DataConfig data{};
  StorageConfig storage{};
  CheckpointConfig checkpoints{};
  SupplyConfig supply{};
  std::optional<RequestsConfig> requests{};
  std::vector<AmbientPoint> ambient{};
  std::vector<UpdateConfig> updates{};
  std::vector<WearConfig> wear = usual_wear();
  std::optional<double> deadline_s{};
  double time_limit_s = 86400;
  bool whole = false;
};
const config::Record<JobConfig>& describe(const JobConfig*);

}  // namespace kiln::job
