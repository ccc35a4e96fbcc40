// SPDX-License-Identifier: MIT
// What the plans of a pipeline come to: rates, queues, joules, what a labelled sample costs, and what bounds
// them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fleet/result.h"
#include "output/folder.h"
#include "pipeline/programs.h"

namespace kiln::pipeline {

struct StageRow {
  std::string name, device;
  std::int64_t firings = 0, steps = 0, taken = 0, made = 0, lost = 0, refused = 0, longest_queue = 0;
  double mean_queue = 0, wait_mean_s = 0, wait_p95_s = 0;
  double service_s = 0, utilisation = 0;
  double first_s = -1, last_s = -1;
  double step_s = 0, step_j = 0;  ///< of a step at the highest operating point, dynamic joules
  double energy_j = 0;            ///< of device, sensor or flash while it worked
  double product_bytes = 0, received_bytes = 0;
};

struct DeviceRow {
  std::string name;
  int count = 1;
  double chip_j = 0, device_j = 0, idle_j = 0, sensor_j = 0, storage_j = 0, link_j = 0, site_j = 0;
  double carbon_g = 0, price = 0;
  double peak_c = 0, throttled_s = 0;
};

struct LinkRow {
  std::string name;
  double payload_bytes = 0, wire_bytes = 0, packets = 0, repeats = 0;
  double ends_j = 0, network_j = 0, transfer_s = 0;
};

/// What limits how fast labelled samples come: the busy time that each asks of it (operational analysis,
/// Denning & Buzen 1978).
struct Resource {
  std::string name;
  double demand_s = 0;  ///< for a labelled sample; over the number of equal ones
  double share = 0;     ///< of the time until the last labelled sample that it was busy
};

struct PlanResult {
  std::string name, ended_by;
  std::vector<fleet::Number> numbers;
  std::vector<StageRow> stages;
  std::vector<DeviceRow> devices;
  std::vector<LinkRow> links;
  std::vector<Resource> resources;  ///< the tightest first
  std::optional<Gate> gate;         ///< of a training in front of which made samples are judged
  report::Validity validity;
  /// Between what a number lies when the chips' constants do between their bounds, by key; others are exact
  /// to them (bands.h).
  report::Bands bands;

  double number(const std::string& key) const;
};

/// A plan against the first one, for a labelled sample.
struct Against {
  std::size_t plan = 0;
  std::optional<double> j_per_bit;  ///< of all that a bit costs on the links, where both plans cost the same
  std::string word;   ///< the first pays "always" or "never", or costs "equal"; empty: see j_per_bit
  bool above = true;  ///< it pays where bits cost more than that
};

struct Result {
  std::string name;
  std::vector<PlanResult> plans;
  std::vector<Against> against;  ///< of the second plan and later ones
  bool invalid() const;
};

/// Of a simulation that has run. Throws SimError when joules do not balance or a rate is above its bound.
PlanResult result_of(const Simulation& simulation, const std::vector<StageWork>& work);
/// The same with the steps of the stages.
PlanResult result_of(const Simulation& simulation, const Programs& programs);
std::vector<Against> hold_against_first(const std::vector<PlanResult>& plans);

/// By key; of several plans also each behind "plans.NAME.".
std::vector<std::pair<std::string, double>> numbers_of(const Result& result);

std::string result_text(const Result& result);
std::string result_json(const Result& result);
std::string stages_csv(const Result& result);
std::string devices_csv(const Result& result);
std::string links_csv(const Result& result);

inline constexpr const char* kPlot = "pipeline.gp";
inline constexpr const char* kLabels = "pipeline.labels";
inline constexpr const char* kImage = "pipeline.svg";
/// Script and labels: joules of each stage for a labelled sample, plan by plan.
output::Files pipeline_plot(const Result& result);

}  // namespace kiln::pipeline
