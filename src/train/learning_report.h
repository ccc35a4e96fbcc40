// SPDX-License-Identifier: MIT
// A training as files: learning.csv, summary.json, summary.txt, the script of the picture.
#pragma once

#include <string>

#include "train/results.h"

namespace kiln::train {

inline constexpr const char* kLearningScript = "learning.gp";
inline constexpr const char* kLearningLabels = "learning.labels";
inline constexpr const char* kLearningImage = "learning.svg";

/// A row per seed and epoch.
std::string learning_csv(const Training& training);
std::string learning_json(const Training& training, const std::string& name);
std::string learning_text(const Training& training, const std::string& name);
/// Accuracy against joules and against device time, and the hottest block beside them.
std::string learning_script(const Training& training);
/// Why temperature changes nothing here, or what it changes; for the picture and the summary.
std::string heat_text(const Training& training);

}  // namespace kiln::train
