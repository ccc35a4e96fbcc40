// SPDX-License-Identifier: MIT
// The table as a picture: a grid of panels, a row per number and a column per value of one axis.
#pragma once

#include <string>

#include "output/folder.h"
#include "sweep/results.h"

namespace kiln::sweep {

inline constexpr const char* kPlotScript = "sweep.gp";
inline constexpr const char* kPlotLabels = "sweep.labels";
inline constexpr const char* kPlotImage = "sweep.png";

/// A gnuplot script that holds the numbers, and the file of labels that it reads.
output::Files plot_files(const Table& table, const SweepConfig& sweep);

/// The axis a sweep compares along: the plot's x, or the last one. Index into Table::axes.
std::size_t comparison_axis(const Table& table, const PlotConfig& plot);
/// The axis with a column of panels per value; nothing when all share one column.
std::optional<std::size_t> column_axis(const Table& table, const PlotConfig& plot);
/// Different labels of an axis in the order of the rows.
std::vector<std::string> labels_of(const Table& table, std::size_t axis);

}  // namespace kiln::sweep
