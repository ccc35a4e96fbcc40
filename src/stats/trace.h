// SPDX-License-Identifier: MIT
// A timeline in the Chrome trace format: slices per unit and counters, as Perfetto opens it.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace kiln::stats {

class Trace {
 public:
  struct Slice {
    int track;
    std::string name, category;
    base::TimePs begin, end;
  };
  struct Sample {
    std::string name, series;
    base::TimePs time;
    double value;
  };

  /// A row of the timeline. Slices of one track must not overlap.
  int add_track(std::string name);
  void slice(int track, std::string name, std::string category, base::TimePs begin, base::TimePs end);
  void counter(std::string name, std::string series, base::TimePs time, double value);
  void clear();
  /// Times given from now on are those since `origin`.
  void count_from(base::TimePs origin) { origin_ = origin; }
  std::string to_json() const;
  /// What lies within, at the times it had: slices cut at both ends, counters with the value that they have
  /// at `from` and those set before `to`.
  Trace within(base::TimePs from, base::TimePs to) const;

  const std::vector<std::string>& tracks() const { return tracks_; }
  const std::vector<Slice>& slices() const { return slices_; }
  const std::vector<Sample>& samples() const { return samples_; }

  /// Both ways through one list of members (base/archive.h).
  template <class Archive>
  void archive(Archive& a) {
    a(tracks_);
    a.list(slices_, [&](Slice& s) { a(s.track, s.name, s.category, s.begin, s.end); });
    a.list(samples_, [&](Sample& s) { a(s.name, s.series, s.time, s.value); });
  }

 private:
  base::TimePs origin_ = 0;
  std::vector<std::string> tracks_;
  std::vector<Slice> slices_;
  std::vector<Sample> samples_;
};

}  // namespace kiln::stats
