// SPDX-License-Identifier: MIT
#include "sweep/point_store.h"

#include "base/file.h"
#include "output/json.h"

namespace kiln::sweep {

namespace {

namespace fs = std::filesystem;

constexpr const char* kResultFile = "summary.json";  // a folder with it is a finished point
constexpr const char* kFailureFile = "failed.json";

}  // namespace

PointStore::PointStore(const fs::path& sweep_folder) : points_(sweep_folder / "points") {
  output::make_folders(points_.string());
}

PointState PointStore::state(const std::string& hash) const {
  const bool whole = results(hash).holds_whole();
  if (whole && fs::exists(folder(hash) / kResultFile)) return PointState::done;
  if (output::FileLock::is_held(lock_path(hash))) return PointState::running;
  return whole && fs::exists(folder(hash) / kFailureFile) ? PointState::failed : PointState::pending;
}

std::optional<std::string> PointStore::summary(const std::string& hash) const {
  return results(hash).read_own(kResultFile);
}

std::optional<output::FileLock> PointStore::try_lock(const std::string& hash) const {
  return output::FileLock::try_take(lock_path(hash));
}

void PointStore::clear_lock(const std::string& hash) const {
  if (fs::exists(lock_path(hash))) try_lock(hash);
}

output::Folder PointStore::results(const std::string& hash) const {
  return {folder(hash).string(), "point"};
}

void PointStore::publish(const std::string& hash, const output::Files& files) const {
  const output::Folder target = results(hash);
  if (fs::exists(target.path()) && !target.holds_whole()) target.set_aside();
  target.replace(files);
}

void PointStore::publish_failure(const std::string& hash, const std::string& error) const {
  publish(hash, {{kFailureFile, output::json_text(output::Json{{"error", error}}, 2) + "\n"}});
}

std::string PointStore::failure(const std::string& hash) const {
  const std::string file = (folder(hash) / kFailureFile).string();
  return parse_failure(base::read_file(file), {file, 1, 1});
}

std::string parse_failure(const std::string& text, const base::Place& place) {
  const output::Json failure = output::parse_json(text, place);
  const auto error = failure.is_object() ? failure.find("error") : failure.end();
  return error != failure.end() && error->is_string() ? error->get<std::string>() : text;
}

}  // namespace kiln::sweep
