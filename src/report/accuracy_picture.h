// SPDX-License-Identifier: MIT
// The curve of steps to an accuracy that an experiment was given, as a picture: its points and band, and
// where on it the run's compression lies.
#pragma once

#include <string>
#include <vector>

#include "report/findings.h"

namespace kiln::report {

inline constexpr const char* kAccuracyScript = "curve.gp";
inline constexpr const char* kAccuracyLabels = "curve.labels";
inline constexpr const char* kAccuracyData = "curve.csv";
inline constexpr const char* kAccuracyImage = "curve.svg";

/// Does the experiment compress, and bring a curve?
bool has_accuracy_curve(const Findings&);
/// A row for each point of the curve, `kind,ratio,steps,low,high`; without a band low and high are the steps.
/// Behind them one of kind `here`: the run's ratio and what is read off the curve there.
std::string accuracy_csv(const Findings&);
/// Whose curve, and what the run reads off it.
std::vector<std::string> accuracy_labels(const Findings&);
/// A gnuplot script that draws them.
std::string accuracy_script();

}  // namespace kiln::report
