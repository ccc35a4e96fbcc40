// SPDX-License-Identifier: MIT
#include "sweep/slurm/job_file.h"

#include "base/error.h"
#include "base/file.h"
#include "output/folder.h"
#include "output/json.h"
#include "sweep/plan.h"

namespace kiln::sweep::slurm {

namespace {

constexpr const char* kTask = R"(#!/bin/sh
# SPDX-License-Identifier: MIT
# A task of a sweep's job array: one slice of its points.
# Arguments: the program, the sweep's folder, how many slices, options of 'kiln sweep work'.
program=$1 folder=$2 slices=$3
shift 3
exec "$program" sweep work "$folder" --slice "$SLURM_ARRAY_TASK_ID/$slices" --progress never "$@"
)";

}  // namespace

std::optional<std::string> read_job(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kJobFile;
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none)) return {};
  try {
    const output::Json json = output::parse_json(base::read_file(path.string()), {path.string(), 1, 1});
    const auto job = json.is_object() ? json.find("job") : json.end();
    if (job != json.end() && job->is_string()) return job->get<std::string>();
  } catch (const base::ConfigError&) {
    // cut off: whatever its job does, its results are taken where they are
  }
  return {};
}

void write_job(const std::filesystem::path& folder, const std::string& job) {
  output::Folder(folder.string(), kResultKind)
      .add({{kJobFile, output::json_text(output::Json{{"job", job}}, 2) + "\n"}});
}

std::filesystem::path write_script(const std::filesystem::path& folder) {
  output::Folder(folder.string(), kResultKind).add({{kScript, kTask}});
  return folder / kScript;
}

}  // namespace kiln::sweep::slurm
