// SPDX-License-Identifier: MIT
#include "output/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "output/placing.h"

namespace kiln::output {

namespace fs = std::filesystem;

namespace {

constexpr int kMostAttempts = 100;  // while others make or replace the same folder

std::map<std::string, MarkedFile> marked(const Files& files, const std::string& kind) {
  std::map<std::string, MarkedFile> result;
  for (const auto& [name, text] : files) result[name] = {kind, base::content_hash(text)};
  return result;
}

std::vector<std::string> names_of_kind(const Marker& marker, const std::string& kind) {
  std::vector<std::string> names;
  for (const auto* files : {&marker.files, &marker.next})
    for (const auto& [name, file] : *files)
      if (file.kind == kind && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
  return names;
}

std::string kind_of(const Marker& marker, const std::string& name) {
  for (const auto* files : {&marker.next, &marker.files})
    if (const auto found = files->find(name); found != files->end()) return found->second.kind;
  return "";
}

bool is_empty_file(const Descriptor& folder, const std::string& name) {
  struct stat status = {};
  return ::fstatat(folder.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(status.st_mode) && status.st_size == 0;
}

/// Whether everything in the folder is listed as of this kind.
bool holds_only(const fs::path& path, const Marker& marker, const std::string& kind) {
  const std::vector<std::string> names = names_of_kind(marker, kind);
  return std::all_of(fs::directory_iterator(path), fs::directory_iterator(), [&](const auto& entry) {
    const std::string name = entry.path().filename().string();
    return name == Marker::kName || std::find(names.begin(), names.end(), name) != names.end();
  });
}

/// Whether a shell or program stands in the folder: it would go on standing in the one that went.
bool is_current(const fs::path& path) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  return !error && std::mismatch(path.begin(), path.end(), here.begin(), here.end()).first == path.end();
}

/// Files that a user put into an earlier folder after it was looked at move to the one that replaced it.
void carry_over(const Descriptor& from, const fs::path& from_path, const Descriptor& to) {
  for (const auto& entry : fs::directory_iterator(from_path)) {
    const std::string name = entry.path().filename().string();
    if (name != Marker::kName) rename_to_free(from, name, to, name);
  }
}

void write_stage(Stage& stage, const Files& files, const std::map<std::string, MarkedFile>& list) {
  stage.announce(list);
  for (const auto& [name, text] : files) stage.write(name, text);
}

/// A stage that can be shown as the folder itself.
void write_whole(Stage& stage, const Files& files, const std::map<std::string, MarkedFile>& list) {
  write_stage(stage, files, list);
  stage.finish({list, {}, false});
  stage.sync_names();
}

}  // namespace

Folder::Folder(const std::string& spelling, std::string kind, std::string option)
    : path_(spelling), kind_(std::move(kind)), option_(std::move(option)) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(spelling), error);
  if (error) refuse(fmt::format("cannot be a folder of results: {}", error.message()));
  if (!path.has_filename()) path = path.parent_path();
  path_ = path;
  struct stat status = {};
  if (::lstat(path.c_str(), &status) == 0) {
    if (S_ISLNK(status.st_mode)) refuse("is a link that leads nowhere; remove it, or choose another folder");
    if (!S_ISDIR(status.st_mode)) refuse("is not a folder; choose another name");
    if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) refuse("cannot be written; choose another folder");
    return;
  }
  if (errno != ENOENT) refuse(fmt::format("cannot be a folder of results: {}", std::strerror(errno)));
  while (!path.empty() && !fs::exists(path, error)) path = path.parent_path();
  if (!fs::is_directory(path, error)) refuse(fmt::format("{} is not a folder", path.string()));
  if (::access(path.c_str(), W_OK | X_OK) != 0)
    refuse(fmt::format("{} cannot be written; choose another folder", path.string()));
}

void Folder::refuse(const std::string& why) const {
  throw base::ConfigError({path_.string(), 0, 0}, option_, why);
}

void Folder::refuse_foreign(const Marker* marker) const {
  if (marker != nullptr && marker->holds(kind_)) return;
  if (fs::directory_iterator(path_) == fs::directory_iterator()) return;
  if (marker != nullptr && !marker->files.empty())
    refuse(fmt::format("holds the results of a {}, not of a {}; choose another folder",
                       marker->files.begin()->second.kind, kind_));
  refuse(fmt::format("holds files that no {} of this program wrote; choose another folder", kind_));
}

void Folder::refuse_edited(const Descriptor& folder, const Marker& marker,
                           const std::vector<std::string>& names, Earlier earlier) const {
  std::vector<std::string> all = names;
  if (earlier == Earlier::removed)
    for (const std::string& name : names_of_kind(marker, kind_)) all.push_back(name);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::vector<base::Problem> problems;
  for (const std::string& name : all) {
    const FileState state = state_of(folder, marker, name);
    const std::string other = kind_of(marker, name);
    const bool ours = state == FileState::ours && other == kind_;
    if (state == FileState::absent || ours || is_empty_file(folder, name)) continue;
    problems.push_back({{(path_ / name).string(), 0, 0},
                        option_,
                        fmt::format("{} and would be replaced; move it away, or choose another name",
                                    state == FileState::edited ? "was changed since it was written"
                                    : state == FileState::ours ? "is a result of a " + other
                                                               : "is not a result of this program")});
  }
  if (!problems.empty()) throw base::ConfigError(problems);
}

void Folder::check_own() const {
  const Descriptor folder = open_folder(path_.string());
  const std::optional<Marker> marker = folder.open() ? read_marker(folder) : std::nullopt;
  if (folder.open()) refuse_foreign(marker ? &*marker : nullptr);
}

/// Some places take no folder although their permissions say so, as /proc.
void Folder::check_can_be_made() const {
  std::error_code error;
  fs::path place = path_.parent_path();
  while (!fs::exists(place, error) && place.has_relative_path()) place = place.parent_path();
  std::string trial = (place / ".kiln-XXXXXX").string();
  if (::mkdtemp(trial.data()) == nullptr)
    refuse(fmt::format("no folder can be made in {}: {}; choose another one", place.string(),
                       std::strerror(errno)));
  ::rmdir(trial.c_str());
}

void Folder::check_replace() const {
  const Descriptor folder = open_folder(path_.string());
  if (!folder.open()) return check_can_be_made();
  const std::optional<Marker> marker = read_marker(folder);
  refuse_foreign(marker ? &*marker : nullptr);
  if (marker) refuse_edited(folder, *marker, {}, Earlier::removed);
}

void Folder::check_add(const std::vector<std::string>& names) const {
  const Descriptor folder = open_folder(path_.string());
  if (!folder.open()) return check_can_be_made();
  refuse_edited(folder, read_marker(folder).value_or(Marker{}), names, Earlier::kept);
}

void Folder::check_inputs(const std::vector<std::string>& inputs, const Files& known) const {
  const Descriptor folder = open_folder(path_.string());
  const std::optional<Marker> marker = folder.open() ? read_marker(folder) : std::nullopt;
  if (!marker) return;
  for (const std::string& input : inputs) {
    std::error_code error;
    const fs::path path = fs::canonical(input, error);
    const std::string name = path.filename().string();
    if (error || path.parent_path() != path_ || state_of(folder, *marker, name) == FileState::foreign)
      continue;
    const auto stays = known.find(name);
    if (stays != known.end() && has_hash(folder, name, base::content_hash(stays->second))) continue;
    throw base::ConfigError(
        {input, 0, 0}, option_,
        "is read here and would be replaced; copy it elsewhere, or choose another folder");
  }
}

void Folder::replace(const Files& files) const {
  write(files, Earlier::removed);
}

void Folder::add(const Files& files) const {
  write(files, Earlier::kept);
}

void Folder::write(const Files& files, Earlier earlier) const {
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const Descriptor folder = open_folder(path_.string());
    if (!folder.open()) {
      make_folders(path_.parent_path().string());
      if (create(files)) return;
      continue;
    }
    lock(folder, true);
    if (!names_same(path_.string(), folder)) continue;
    const std::optional<Marker> marker = read_marker(folder);
    const Marker old = settled(folder, marker.value_or(Marker{}));
    std::vector<std::string> names;
    for (const auto& file : files) names.push_back(file.first);
    if (earlier == Earlier::removed) refuse_foreign(marker ? &*marker : nullptr);
    refuse_edited(folder, old, names, earlier);
    if (earlier == Earlier::removed && swap(folder, old, files)) return;

    Placing placing{folder, path_.string(), old, marked(files, kind_), {}};
    if (earlier == Earlier::removed)
      for (const std::string& name : names_of_kind(old, kind_))
        if (files.count(name) == 0) placing.gone.push_back(name);
    Stage stage(path_, "");
    write_stage(stage, files, placing.files);
    place(placing, stage);
    return;
  }
  throw base::SimError(fmt::format("cannot write {}: others replace it all the time", path_.string()));
}

/// False when there is such a folder by now.
bool Folder::create(const Files& files) const {
  const std::string name = path_.filename().string();
  Stage stage(path_.parent_path(), name);
  write_whole(stage, files, marked(files, kind_));
  const Renamed renamed = rename_to_free(stage.parent(), stage.name(), stage.parent(), name);
  if (renamed == Renamed::exists) return false;
  if (renamed == Renamed::unsupported &&
      ::renameat(stage.parent().number(), stage.name().c_str(), stage.parent().number(), name.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) return false;
    fail_write(path_.string(), errno);
  }
  try {
    sync(stage.parent(), path_.parent_path().string());
  } catch (...) {
    ::renameat(stage.parent().number(), name.c_str(), stage.parent().number(), stage.name().c_str());
    throw;
  }
  stage.release();
  return true;
}

/// The whole folder in one instant. False when it has to stay the same folder, changed inside: for the user's
/// files in it, for a shell that stands in it, or for the file system.
bool Folder::swap(const Descriptor& folder, const Marker& old, const Files& files) const {
  if (!holds_only(path_, old, kind_) || is_current(path_)) return false;
  if (::access(path_.parent_path().c_str(), W_OK | X_OK) != 0) return false;
  const std::string name = path_.filename().string();
  Stage stage(path_.parent_path(), name);
  struct stat status = {};
  if (::fstat(folder.number(), &status) == 0) ::fchmod(stage.folder().number(), status.st_mode & 07777);
  write_whole(stage, files, marked(files, kind_));
  const auto exchange = [&] { return rename_exchange(stage.parent(), stage.name(), stage.parent(), name); };
  if (exchange() != Renamed::yes) return false;
  try {
    sync(stage.parent(), path_.parent_path().string());
  } catch (...) {
    exchange();
    throw;
  }
  // The earlier folder stands where the stage stood.
  if (!remove_own(stage.parent(), stage.name(), folder))
    carry_over(folder, path_.parent_path() / stage.name(), stage.folder());
  remove_own(stage.parent(), stage.name(), folder);
  stage.release();
  return true;
}

fs::path Folder::set_aside() const {
  const Descriptor parent = open_folder(path_.parent_path().string());
  const std::string name = path_.filename().string();
  for (int number = 1; number < kMostAttempts; ++number) {
    const std::string aside = fmt::format("{}.damaged-{}", name, number);
    if (rename_to_free(parent, name, parent, aside) == Renamed::yes) return path_.parent_path() / aside;
  }
  throw base::SimError(fmt::format("cannot move {} out of the way", path_.string()));
}

std::optional<std::string> Folder::read_own(const std::string& name) const {
  const Descriptor folder = open_folder(path_.string());
  const std::optional<Marker> marker = folder.open() ? read_marker(folder) : std::nullopt;
  if (!marker) return {};
  const auto file = marker->files.find(name);
  if (file == marker->files.end() || file->second.kind != kind_) return {};
  return read_if_hash(folder, name, file->second.hash);
}

bool Folder::holds_whole() const {
  const Descriptor folder = open_folder(path_.string());
  const std::optional<Marker> marker = folder.open() ? read_marker(folder) : std::nullopt;
  if (!marker || !marker->holds(kind_) || marker->unfinished || !marker->next.empty()) return false;
  return std::all_of(marker->files.begin(), marker->files.end(),
                     [&](const auto& file) { return has_hash(folder, file.first, file.second.hash); });
}

}  // namespace kiln::output
