// SPDX-License-Identifier: MIT
#include "sweep/point_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "output/json.h"

namespace kiln::sweep {

namespace {

namespace fs = std::filesystem;

constexpr const char* kResultFile = "summary.json";  // a folder with it is a finished point
constexpr const char* kFailureFile = "failed.json";

/// Whether `path` still names the open file: its holder may have removed it before we got the lock.
bool same_file(int descriptor, const fs::path& path) {
  struct stat open_file = {}, named_file = {};
  return ::fstat(descriptor, &open_file) == 0 && ::stat(path.c_str(), &named_file) == 0 &&
         open_file.st_ino == named_file.st_ino && open_file.st_dev == named_file.st_dev;
}

}  // namespace

PointLock::PointLock(PointLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

PointLock::~PointLock() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

PointStore::PointStore(const fs::path& sweep_folder) : points_(sweep_folder / "points") {
  output::make_folders(points_.string());
}

PointState PointStore::state(const std::string& hash) const {
  const bool whole = results(hash).holds_whole();
  if (whole && fs::exists(folder(hash) / kResultFile)) return PointState::done;
  const int descriptor = ::open(lock_path(hash).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0) {
    const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0;
    ::close(descriptor);
    if (held) return PointState::running;
  }
  return whole && fs::exists(folder(hash) / kFailureFile) ? PointState::failed : PointState::pending;
}

std::optional<PointLock> PointStore::try_lock(const std::string& hash) const {
  const fs::path path = lock_path(hash);
  for (;;) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (descriptor < 0)
      throw base::SimError(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      ::close(descriptor);
      if (error == EWOULDBLOCK) return std::nullopt;
      throw base::SimError(fmt::format("cannot lock {}: {}", path.string(), std::strerror(error)));
    }
    if (same_file(descriptor, path)) return PointLock(descriptor, path);
    ::close(descriptor);
  }
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
  publish(hash, {{kFailureFile, output::json_text(nlohmann::ordered_json{{"error", error}}, 2) + "\n"}});
}

std::string PointStore::failure(const std::string& hash) const {
  return parse_failure(base::read_file((folder(hash) / kFailureFile).string()));
}

std::string parse_failure(const std::string& text) {
  const auto failure = nlohmann::json::parse(text, nullptr, false);
  const auto error = failure.is_object() ? failure.find("error") : failure.end();
  return error != failure.end() && error->is_string() ? error->get<std::string>() : text;
}

}  // namespace kiln::sweep
