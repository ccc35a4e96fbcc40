// SPDX-License-Identifier: MIT
#include "output/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/error.h"
#include "output/folder.h"
#include "output/placing.h"

namespace kiln::output {

namespace fs = std::filesystem;

namespace {

/// An open end of ours that a path stands for: writing there is what is asked for.
Descriptor own_end(const std::string& path) {
  const std::string plain = fs::path(path).lexically_normal().string();
  if (plain == "/dev/null") return Descriptor(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (plain == "/dev/stdout") return Descriptor(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  if (plain == "/dev/stderr") return Descriptor(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
  for (const std::string_view ends : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!plain.starts_with(ends)) continue;
    int number = -1;
    const char* first = plain.data() + ends.size();
    const char* last = plain.data() + plain.size();
    if (std::from_chars(first, last, number).ptr == last)
      return Descriptor(::fcntl(number, F_DUPFD_CLOEXEC, 0));
  }
  return {};
}

}  // namespace

File::File(const std::string& spelling, std::string kind, std::string option,
           const std::vector<std::string>& inputs)
    : spelling_(spelling), kind_(std::move(kind)), option_(std::move(option)), file_(own_end(spelling)) {
  if (file_.open()) return;
  const fs::path path = fs::absolute(spelling);
  name_ = path.filename().string();
  if (name_.empty() || name_ == "." || name_ == "..") refuse("is a folder, a file is needed");
  std::error_code error;
  folder_path_ = fs::canonical(path.parent_path(), error);
  if (error || !fs::is_directory(folder_path_))
    refuse(fmt::format("{} is not a folder", path.parent_path().string()));
  check_place(inputs);
  try {
    stage_.emplace(folder_path_, name_);
  } catch (const base::SimError&) {
    refuse("cannot be written; choose another place");
  }
  stage_->announce({{name_, {kind_, ""}}});
  file_ = create_file(stage_->folder(), name_, spelling_);
}

void File::refuse(const std::string& why) const {
  throw base::ConfigError({spelling_, 0, 0}, option_, why);
}

void File::check_place(const std::vector<std::string>& inputs) const {
  const fs::path path = folder_path_ / name_;
  struct stat there = {};
  if (::lstat(path.c_str(), &there) != 0) {
    if (errno != ENOENT) refuse(std::strerror(errno));
    return;
  }
  if (S_ISLNK(there.st_mode)) refuse("is a link; name the file itself");
  if (S_ISDIR(there.st_mode)) refuse("is a folder, a file is needed");
  if (!S_ISREG(there.st_mode)) refuse("is a device or a pipe; name a file, /dev/stdout or /dev/null");
  for (const std::string& input : inputs) {
    struct stat read = {};
    if (::stat(input.c_str(), &read) == 0 && read.st_ino == there.st_ino && read.st_dev == there.st_dev)
      refuse("is read by this command and would be replaced; choose another file");
  }
  Folder(folder_path_.string(), kind_, option_).check_add({name_});
}

void File::write(std::string_view text) {
  write_all(file_, text, spelling_);
  if (stage_) hasher_.add(text);
}

void File::publish() {
  if (!stage_) return;
  sync(file_, spelling_);
  file_.close();
  const Descriptor folder = open_folder(folder_path_.string());
  if (!folder.open()) fail_write(spelling_, ENOENT);
  lock(folder, true);
  Folder(folder_path_.string(), kind_, option_).check_add({name_});
  const Marker old = settled(folder, read_marker(folder).value_or(Marker{}));
  place({folder, folder_path_.string(), old, {{name_, {kind_, hasher_.hash()}}}, {}}, *stage_);
  stage_.reset();
}

}  // namespace kiln::output
