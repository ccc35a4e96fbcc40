// SPDX-License-Identifier: MIT
// What came of a job under one governor.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "job/agenda.h"
#include "job/job_work.h"
#include "job/lifetime.h"
#include "report/uncertainty.h"
#include "report/validity.h"
#include "run/observed.h"

namespace kiln::job {

/// A stretch of the job; several merge into one row of the series.
struct JobRow {
  double time_s = 0, dt_s = 0;  ///< its end, its length
  double chip_j = 0, drawn_j = 0, source_j = 0;
  double frequency_time = 0;
  double hottest_c = 0, memory_c = 0, skin_c = 0;  ///< the highest
  double ambient_c = 0;
  double charge = 1, progress = 0, queue = 0;  ///< at its end

  double frequency_hz() const { return frequency_time / dt_s; }
  void merge(const JobRow& next);
};

struct EpochRow {
  std::int64_t epoch = 0;  ///< from 1; one that is trained again after a loss stands twice
  double begin_s = 0, end_s = 0;
  double chip_j = 0, drawn_j = 0;
  std::int64_t steps = 0;  ///< training steps made in it
  double throttled_s = 0, frequency_hz = 0;
  double hottest_c = -273.15, memory_c = -273.15, skin_c = -273.15;
  double charge = 1;
};

/// Where the joules came from and went, in J. `given` + `direct` + `unserved` = the parts; what the books may
/// miss is an error of Kiln.
struct EnergyBooks {
  double chip_j = 0;   ///< chip and memory
  double board_j = 0;  ///< regulators' losses and what the board always draws
  double cooling_j = 0, storage_j = 0, other_j = 0;
  double link_j = 0;       ///< of updates that come in
  double drawn_j = 0;      ///< all of these, as the device counted them
  double given_j = 0;      ///< by the battery
  double direct_j = 0;     ///< by charger and harvester, past the battery (all of it without a battery)
  double charged_j = 0;    ///< by them into the battery
  double harvested_j = 0;  ///< of both, what the harvester gave
  double spilled_j = 0;    ///< that they could have given besides
  double unserved_j = 0;   ///< drawn in the period in which the battery got empty, and not given
  double battery_heat_j = 0, stored_begin_j = 0, stored_end_j = 0;

  double parts_j() const { return chip_j + board_j + cooling_j + storage_j + other_j + link_j; }
};

struct Outcome {
  std::string governor;  ///< empty: the experiment's
  Plan plan;
  std::optional<double> finished_s, deadline_s;
  double time_limit_s = 0;
  std::int64_t done = 0;  ///< training steps
  double time_s = 0;
  std::string ended_by;  ///< "training is done", ...
  Agenda::Books steps;
  JobWork::Books work;
  EnergyBooks energy;
  bool has_battery = false;
  double battery_full_j = 0;      ///< stored in a full one
  std::optional<double> mains_j;  ///< taken from the mains; absent: it never hangs on them
  double charge_begin = 1, charge_end = 1, charge_lowest = 1;
  std::optional<Requests::Books> requests;
  std::optional<Updates::Books> updates;
  std::vector<WearConfig> mechanisms;
  std::vector<WornPart> worn;  ///< by mechanism
  bool harvests = false;
  Latencies latencies;
  double missed_share = 0;
  run::Observed observed;
  std::string hottest_block;
  std::vector<std::string> idle_policies;
  bool met_deadline() const { return finished_s.value_or(kNever_s) <= deadline_s.value_or(kNever_s); }
  run::BoundedSeries<JobRow> series;
  std::vector<EpochRow> epochs;
  report::Validity validity;
  report::Bands bands;  ///< of the numbers that the chip's constants move
};

}  // namespace kiln::job
