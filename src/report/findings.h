// SPDX-License-Identifier: MIT
// From what was observed to the numbers and files of a run folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "device/device.h"
#include "report/uncertainty.h"
#include "report/validity.h"
#include "run/mapping_choice.h"
#include "run/observed.h"
#include "run/step_store.h"
#include "soc/audit.h"

namespace kiln::report {

using Numbers = std::vector<std::pair<std::string, double>>;

/// Energy of one step by component and by phase. Static power is split by exclusive time.
struct EnergySplit {
  std::vector<std::pair<std::string, double>> by_component_j, by_phase_j;
  double chip_j = 0;     ///< dynamic and static, chip and memory
  double board_j = 0;    ///< regulators' loss and the board's own consumers
  double cooling_j = 0;  ///< fans, pumps, thermoelectric coolers
  double clock_tree_j = 0, uncore_j = 0, leakage_j = 0,
         dram_standby_j = 0;  ///< of chip_j, with a step running
  double idle_j = 0;          ///< of chip_j, between steps
  double dynamic_scale = 1;   ///< observed dynamic energy over that of the reported step
  device::RailLoad rails;     ///< mean over the step
  double total_j() const { return chip_j + board_j + cooling_j; }
};

struct Findings {
  const experiment::ExperimentConfig& experiment;
  const experiment::Prepared& prepared;
  const run::Observed& observed;
  const run::SimulatedStep& step;
  const device::Device& device;
  const run::MappingChoice& mapping;
  soc::AuditResult audit;
  EnergySplit energy;
  Validity validity;
  Uncertainty uncertainty;
  double step_time_s = 0;  ///< mean interval between steps
  double slowdown = 1;     ///< against the highest operating point
  double busy_scale = 1;   ///< observed time with a step running over the reported step's
  double wall_s = 0, cpu_s = 0;
};

/// All but audit, validity and bands.
Findings findings_of(const experiment::ExperimentConfig& experiment, const experiment::Prepared& prepared,
                     const run::MappingChoice& mapping, const run::Observed& observed, run::StepStore& steps,
                     const device::Device& device);
/// Fills in the bands of the findings, whose validity is known (bands.cpp). Takes up verdicts that hold at
/// one end of the constants' bands alone as notes. Throws base::Stopped when the monitor ends the run.
void find_uncertainty(Findings& findings, run::StepStore& steps, const run::Monitor& monitor);

EnergySplit split_energy(const run::Observed& observed, const run::SimulatedStep& step,
                         const device::Device& device, double step_time_s);
struct MeasuredNumber;  // metric_table.h
std::string summary_json(const Findings& findings, const std::vector<MeasuredNumber>& numbers);
std::string summary_text(const Findings& findings, const std::string& hash);
std::string windows_csv(const Findings& findings);
/// Joules of every kind of event at the nominal voltage; with the counts of windows.csv they give the whole
/// dynamic energy.
std::string energies_csv(const Findings& findings);
/// What each block is made of; memory device and regulators with their footprint.
std::string area_csv(const Findings& findings);
std::string series_csv(const run::Observed& observed);
/// Temperatures of every body of the package, moment by moment: what the map of a report is drawn from
/// (package_heat.cpp).
std::string package_heat_json(const Findings& findings);
/// Slices per tile; watts, bandwidths, clock and temperatures as counters (step_trace.cpp).
stats::Trace step_trace(const Findings& findings);
/// Static power of every block in the reported step: operating
/// point and mean temperatures are those of the whole step.
std::vector<double> static_powers_w(const Findings& findings);
/// Use of every link of the network and its relative mean time to failure (link_wear.cpp).
std::vector<stats::Sample> link_wear(const Findings& findings);
std::string stats_json(const Findings& findings, const std::vector<MeasuredNumber>& numbers);
/// HotSpot formats: the step's power per window, the temperatures after it.
std::string power_ptrace(const Findings& findings);
std::string thermal_ttrace(const Findings& findings);

inline constexpr const char* kPhaseNames[] = {"forward", "dgrad", "wgrad", "compress", "reduce", "update"};

}  // namespace kiln::report
