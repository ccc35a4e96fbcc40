// SPDX-License-Identifier: MIT
// A curve of steps to an accuracy as a table, as experiments outside of Kiln leave it.
#pragma once

#include <string>
#include <string_view>

#include "config/reader.h"
#include "experiment/work_to_accuracy.h"

namespace kiln::experiment {

/// Columns `ratio` and `steps` (over those without compression), in any order, and `low` and `high` or
/// neither; a band's cell may be empty. `path` names the text in errors and is its source. Throws
/// ConfigError.
WorkToAccuracyConfig read_curve_table(const std::string& path, std::string_view text);

/// Lets `work_to_accuracy` be read from a .csv file.
config::ForeignFile curve_table_file();

}  // namespace kiln::experiment
