// SPDX-License-Identifier: MIT
// What the numbers of summary.json mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kiln::report {

struct GlossaryEntry {
  std::string_view key;  ///< "phase_time_s" stands for every "phase_time_s.<name>"
  std::string_view unit;
  std::string_view meaning;
};

/// In the order of summary.json.
std::vector<GlossaryEntry> glossary();
/// The entry of `key` or of the group it belongs to; null if there is none.
const GlossaryEntry* find_glossary_entry(std::string_view key);
/// As it stands behind a number; empty for one without a unit or a key that is not known.
std::string unit_of(std::string_view key);
/// True for numbers about the host computer (run time, memory), in which two equal runs differ.
bool depends_on_host(std::string_view key);
/// The columns of layers.csv.
std::vector<GlossaryEntry> layer_columns();
/// Empty if a run reports this number, else what is wrong with it and the nearest name.
std::string unknown_result(const std::string& key);

}  // namespace kiln::report
