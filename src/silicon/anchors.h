// SPDX-License-Identifier: MIT
// Published figures of chips, and the runs that they are held against.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/band.h"
#include "experiment/experiment.h"

namespace kiln::silicon {

/// What a published figure says.
enum class AnchorKind {
  value,  ///< measured: the ratio to it counts
  bound   ///< a limit or a range without its workload: to lie inside counts
};
std::span<const config::EnumName<AnchorKind>> enum_names(const AnchorKind*);

/// How sure a published figure is.
enum class Evidence {
  seen,     ///< read in a public text or data file
  recalled  ///< to be read again before it is quoted
};
std::span<const config::EnumName<Evidence>> enum_names(const Evidence*);

struct AnchorConfig {
  std::string what;    ///< "INT4 efficiency"
  std::string figure;  ///< key of summary.json
  double scale = 1;    ///< from the run's unit to the published one
  std::string over{};  ///< job whose same figure divides; empty: none
  AnchorKind kind = AnchorKind::value;
  double published = 0;
  std::optional<double> low{}, high{};  ///< of the published figure
  std::string unit;
  Evidence evidence = Evidence::seen;
  std::string source;
};
const config::Record<AnchorConfig>& describe(const AnchorConfig*);

/// One run of a chip and what is known of it.
struct JobConfig {
  experiment::ExperimentConfig experiment;
  std::vector<AnchorConfig> anchors;
};
const config::Record<JobConfig>& describe(const JobConfig*);

struct SiliconConfig {
  std::vector<JobConfig> jobs;
};
const config::Record<SiliconConfig>& describe(const SiliconConfig*);

}  // namespace kiln::silicon
