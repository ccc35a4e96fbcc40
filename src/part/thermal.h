// SPDX-License-Identifier: MIT
// `kiln thermal`: one package, one floorplan, one power trace; HotSpot's file formats.
#pragma once

#include <string>
#include <vector>

#include "base/watch.h"
#include "thermal/cooling.h"
#include "thermal/hotspot_keys.h"

namespace kiln::part {

struct ThermalOptions {
  std::string config_path;
  std::vector<std::string> overrides;
  std::string floorplan_path;  // empty: the configuration's layers name theirs
  std::string power_path;
  thermal::HotspotFiles files;  // what HotSpot's command line names beside its configuration
  bool lenient = false;         // skip what HotSpot's files hold beyond what is read, and name it
  std::string out_directory;    // empty: nothing is written
  bool steady_only = false;
  bool full_model = false;  // integrate the full model however long the trace is
  base::Watch watch;        // asked all along
};

struct ThermalBlockResult {
  std::string name;
  double steady_c = 0.0;  // at the mean power of the trace
  double peak_c = 0.0;    // hottest block mean at the end of any interval
  double final_c = 0.0;
};

struct ThermalResult {
  std::vector<ThermalBlockResult> blocks;
  double max_cell_c = 0.0;          // hottest cell of the run
  double energy_balance_rel = 0.0;  // worst of steady state and transient
  double heat_in_w = 0.0;           // mean, leakage included
  double leakage_w = 0.0;           // of the steady state
  double runaway_multiplier = 0.0;  // leakage may grow by this; 0 without leakage
  double cooling_w = 0.0;           // pumps, fans and devices
  double skin_c = 0.0, board_c = 0.0;
  bool has_skin = false, has_board = false;
  double skin_limit_c = 0.0;
  struct Outlet {
    std::string name;
    double heat_w = 0.0;  // steady
  };
  std::vector<Outlet> outlets;
  std::vector<thermal::CoolantStream> coolant;  // in the steady state
  int cells = 0;
  int reduced_order = 0;  // 0: the full model was integrated
  std::size_t intervals = 0;
  std::vector<std::string> notes;
  std::vector<std::string> skipped;  // of the files that were read leniently
};

/// Writes <out>/thermal.steady, thermal.ttrace, thermal.json and temperature.svg (at the hottest moment).
/// Throws base::ConfigError for bad input and an ill-posed package, base::SimError for thermal runaway and
/// results that cannot be.
ThermalResult run_thermal(const ThermalOptions& options);

std::string to_json(const ThermalResult& result);
std::string to_text(const ThermalResult& result);

}  // namespace kiln::part
