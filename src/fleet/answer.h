// SPDX-License-Identifier: MIT
// Which compression over which link at equal accuracy: every codec over every link, and where it begins to
// pay.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/work_to_accuracy.h"
#include "fleet/run.h"
#include "output/folder.h"

namespace kiln::fleet {

/// A way to code gradients on this fleet. By itself: over a link that costs no time and no energy.
struct Candidate {
  std::string name;
  double ratio = 1;
  double gradient_bytes = 0;  ///< of one device
  std::optional<experiment::StepsForOne>
      work;  ///< steps that teach as one without; nothing: no_work says why
  std::string no_work;
  double alone_s = 0;     ///< a round without the link
  double alone_j = 0;     ///< of a device in it
  double sent_bytes = 0;  ///< of a device in a round
  double path_bytes = 0;  ///< that follow one another in a round: its time over a rate

  double steps() const { return work ? work->steps : 1; }
  /// Time and energy for what one round teaches without compression, over a link of so many useful bytes per
  /// second, and joules per useful bit that both ends spend.
  double time_s(double bytes_per_s) const { return steps() * (alone_s + path_bytes / bytes_per_s); }
  double energy_j(double j_per_bit) const { return steps() * (alone_j + 8 * sent_bytes * j_per_bit); }
};

/// One candidate over one link, simulated.
struct Pair {
  std::size_t candidate = 0, link = 0;
  double round_s = 0, round_j = 0, link_j = 0;  ///< of a round, a device; `link_j` of round_j
  double time_s = 0, energy_j = 0;              ///< at equal accuracy: times the steps
  std::string validity = "ok";
};

/// What a link is to the plain gradients: where it stands among the break-evens.
struct LinkPoint {
  std::string name;
  double j_per_bit = 0;    ///< of a device's link in a round, over the gradient bits that it sends
  double bytes_per_s = 0;  ///< path bytes over the time that the link adds to a round
};

/// Where a candidate begins to pay against plain gradients.
struct BreakEven {
  std::optional<double> j_per_bit;    ///< pays in energy above; nothing: see `energy`
  std::optional<double> bytes_per_s;  ///< pays in time below; nothing: see `time`
  std::string energy, time;           ///< "always", "never" or empty
};

struct Comparison {
  std::string name;
  std::vector<Candidate> candidates;  ///< the first are the gradients as they are
  std::vector<LinkPoint> links;
  std::vector<Pair> pairs;
  std::vector<BreakEven> break_evens;  ///< by candidate
  /// The pair of a link with the least energy, or time, at equal accuracy among candidates with a curve (and
  /// the plain one), or among all.
  const Pair& best(std::size_t link, double Pair::*figure, bool all) const;
};

BreakEven break_even(const Candidate& plain, const Candidate& coded);

/// Simulates all pairs of `config.compare` and the fleet's own link and codec. Throws as run_fleet.
Comparison compare(const FleetConfig& config, const FleetOptions& options);

std::string comparison_text(const Comparison& comparison);
std::string comparison_json(const Comparison& comparison);
std::string comparison_csv(const Comparison& comparison);

inline constexpr const char* kComparePlot = "compare.gp";
inline constexpr const char* kCompareLabels = "compare.labels";
inline constexpr const char* kCompareImage = "compare.svg";
/// Script and labels of the picture: energy over joules per bit and time over rate, the links marked.
output::Files comparison_plot(const Comparison& comparison);

}  // namespace kiln::fleet
