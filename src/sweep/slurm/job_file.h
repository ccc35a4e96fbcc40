// SPDX-License-Identifier: MIT
// Which job of the cluster works on a sweep, kept in the sweep's folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace kiln::sweep::slurm {

inline constexpr const char* kJobFile = "slurm.json";
inline constexpr const char* kScript = "slurm.sh";

/// Nothing when there is none, or a damaged one.
std::optional<std::string> read_job(const std::filesystem::path& folder);
void write_job(const std::filesystem::path& folder, const std::string& job);
/// Writes what each task runs and returns the file. Its words are the script's arguments: program, folder,
/// number of slices, options of 'kiln sweep work'.
std::filesystem::path write_script(const std::filesystem::path& folder);

}  // namespace kiln::sweep::slurm
