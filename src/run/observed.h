// SPDX-License-Identifier: MIT
// What the device did over the part of a run that is reported.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "device/heat_film.h"
#include "device/period.h"
#include "sim/operating_point.h"

namespace kiln::run {

/// A time series of bounded length: when full, neighbours merge and rows become twice as long.
template <class Row>
class BoundedSeries {
 public:
  void add(const Row& row) {
    if (!rows_.empty() && in_last_ < added_per_row_) {
      rows_.back().merge(row);
      ++in_last_;
      return;
    }
    if (rows_.size() == kMostRows) halve();
    rows_.push_back(row);
    in_last_ = 1;
  }
  const std::vector<Row>& rows() const { return rows_; }

 private:
  void halve() {
    for (std::size_t i = 0; i < kMostRows / 2; ++i) {
      rows_[i] = rows_[2 * i];
      rows_[i].merge(rows_[2 * i + 1]);
    }
    rows_.resize(kMostRows / 2);
    added_per_row_ *= 2;
  }

  static constexpr std::size_t kMostRows = 2048;
  std::vector<Row> rows_;
  std::size_t added_per_row_ = 1;
  std::size_t in_last_ = 0;
};

using Series = BoundedSeries<device::PeriodRecord>;

/// Temperatures within the reported step.
struct StepTemperature {
  double time_s = 0;  ///< since the step began
  double hottest_c = 0, memory_c = 0;
};

/// How sure a steady state is.
struct Steadiness {
  double residual_k = 0;  ///< farthest any block's mean may be from where it would end
  double cycle_s = 0;     ///< of a limit cycle as slow as the package, the stretch its mean is of; 0: none
};

struct Observed {
  double time_s = 0;  ///< device time covered
  double busy_s = 0;  ///< of it, with a step running
  double steps = 0;   ///< training steps completed in it (fractions of the last one included)
  double dynamic_j = 0, static_j = 0, cooling_j = 0;
  double idle_j = 0;                ///< of static_j, while no step ran
  double core_j = 0, memory_j = 0;  ///< of the two: tiles, network and gradient SRAM; the memory device
  double peak_power_w = 0;
  double first_throttled_s = -1;  ///< device time when it first was; below 0: never
  double throttled_s = 0;         ///< below the highest level, or with memory slowed
  double refresh_s = 0;           ///< with the memory refreshed more often than when cold
  double frequency_time = 0;      ///< integral of frequency, for the mean
  double learning_rate_time = 0;  ///< integral of the governor's factor on the learning rate (replay)
  device::PeriodRecord last;      ///< the period that was added last
  int transitions = 0;            ///< of the operating point
  bool shut_down = false;
  std::string shutdown_reason;
  double shutdown_at_s = 0;          ///< device time when it was first off
  bool battery_empty = false;        ///< why it shut down
  Steadiness steadiness;             ///< steady state only
  std::vector<double> peak_block_c;  ///< by floorplan block
  double peak_skin_c = -273.15;
  double heat_balance = 0;                         ///< relative residual of heat in = stored + out
  std::vector<StepTemperature> step_temperatures;  ///< steady state only
  Series series;
  device::HeatFilm film;      ///< of the package; empty where nobody asks for it (jobs, trainings)
  sim::OperatingPoint point;  ///< in force for most of the time

  double cooling_w() const { return time_s > 0 ? cooling_j / time_s : 0; }
  void add(const device::PeriodRecord& period, bool throttled, std::span<const double> block_c);
  void note_peaks(const device::PeriodRecord& period, std::span<const double> block_c);
};

}  // namespace kiln::run
