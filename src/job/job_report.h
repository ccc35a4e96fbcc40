// SPDX-License-Identifier: MIT
// The files of a job: tables, summary, the picture's script.
#pragma once

#include <string>
#include <vector>

#include "job/outcome.h"

namespace kiln::job {

inline constexpr const char* kJobScript = "job.gp";
inline constexpr const char* kJobLabels = "job.labels";
inline constexpr const char* kJobImage = "job.svg";

/// `outcomes`: one per governor, in the order of the file.
std::string epochs_csv(const std::vector<Outcome>& outcomes);
std::string series_csv(const std::vector<Outcome>& outcomes);
std::string wear_csv(const std::vector<Outcome>& outcomes);
std::string summary_json(const JobConfig& job, const std::vector<Outcome>& outcomes);
std::string summary_text(const JobConfig& job, const std::vector<Outcome>& outcomes);
/// Draws job.svg from series.csv and the labels.
std::string job_script(const JobConfig& job, const std::vector<Outcome>& outcomes);
std::string job_labels(const JobConfig& job, const std::vector<Outcome>& outcomes);

}  // namespace kiln::job
