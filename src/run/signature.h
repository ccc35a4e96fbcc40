// SPDX-License-Identifier: MIT
// One training step at one operating point, cut into segments of equal work: what long horizons replay.
#pragma once

#include <vector>

#include "device/chip_power.h"
#include "soc/step_record.h"

namespace kiln::run {

inline constexpr int kSegments = 64;

/// Cumulative time and dynamic energy at the boundaries of the segments. Work fractions are the same at every
/// operating point, so a step may go on at another one in its middle.
class Signature {
 public:
  Signature(const soc::StepRecord& record, const device::ChipPower& power, const sim::OperatingPoint& point);

  double duration_s() const { return time_s_.back(); }
  const sim::OperatingPoint& point() const { return point_; }
  /// Work fraction reached `dt_s` after fraction `work`, at most 1; `used_s` is the time it took.
  double advance(double work, double dt_s, double& used_s) const;
  /// Time between two work fractions; to 1 it is that of `advance`.
  double time_between(double from, double to) const;
  /// Adds the dynamic joules of each block between two work fractions.
  void add_energy(double from, double to, std::vector<double>& block_j) const;
  /// Adds those of whole steps.
  void add_steps(double steps, std::vector<double>& block_j) const;
  /// Mean dynamic power of each block over the whole step.
  std::vector<double> mean_power_w() const;
  double energy_j() const;
  /// What the tiles did at a work fraction: phase, and share of the write queues in use.
  workload::Phase phase_at(double work) const { return segment_at(work).phase; }
  double queue_share_at(double work) const { return segment_at(work).queue_share; }
  /// Share of the time in which a tile's array computes, around a work fraction.
  double busy_share_at(double work) const;
  /// Time that arrays or vector units computed between two work fractions, mean over tiles.
  double computed_s(double from, double to) const { return between(from, to, &Segment::computed_s); }

 private:
  struct Segment {
    workload::Phase phase = workload::Phase::forward;
    double queue_share = 0;
    double computed_s = 0, array_busy_s = 0;  ///< cumulative, at its end
  };
  struct Place {
    std::size_t segment;
    double share;  ///< of it that is done
  };
  static Place place_of(double work);
  double between(double from, double to, double Segment::*cumulative) const;
  double time_at(double work) const;
  const Segment& segment_at(double work) const;

  sim::OperatingPoint point_;
  std::vector<double> time_s_;  ///< [segment boundary]
  std::vector<Segment> segments_;
  std::vector<std::vector<double>> energy_j_;  ///< [segment boundary][block], cumulative
};

}  // namespace kiln::run
