// SPDX-License-Identifier: MIT
#include "output/system.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/error.h"

namespace kiln::output {

namespace {

Renamed rename_with(unsigned flag, const Descriptor& from, const std::string& name, const Descriptor& to,
                    const std::string& new_name) {
  if (::renameat2(from.number(), name.c_str(), to.number(), new_name.c_str(), flag) == 0) return Renamed::yes;
  switch (errno) {
    case EEXIST:
    case ENOTEMPTY:
      return Renamed::exists;
    case EINVAL:  // not on this file system
    case ENOSYS:
    case EBUSY:  // a mount
    case EXDEV:
      return Renamed::unsupported;
    default:
      fail_write(new_name, errno);
  }
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  close();
  number_ = std::exchange(other.number_, -1);
  return *this;
}

void Descriptor::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

void fail_write(const std::string& path, int error) {
  throw base::SimError(fmt::format("cannot write {}: {}", path, std::strerror(error)));
}

Descriptor open_folder(const std::string& path) {
  Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.open() && errno != ENOENT) fail_write(path, errno);
  return folder;
}

Descriptor create_file(const Descriptor& folder, const std::string& name, const std::string& shown) {
  Descriptor file(
      ::openat(folder.number(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file.open()) fail_write(shown, errno);
  return file;
}

void write_all(const Descriptor& file, std::string_view text, const std::string& shown) {
  while (!text.empty()) {
    const ssize_t written = ::write(file.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_write(shown, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void sync(const Descriptor& file_or_folder, const std::string& shown) {
  while (::fsync(file_or_folder.number()) != 0)
    if (errno != EINTR) fail_write(shown, errno);
}

void make_folders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw base::SimError(fmt::format("cannot create {}: {}", path, error.message()));
}

Renamed rename_to_free(const Descriptor& from, const std::string& name, const Descriptor& to,
                       const std::string& new_name) {
  return rename_with(RENAME_NOREPLACE, from, name, to, new_name);
}

Renamed rename_exchange(const Descriptor& from, const std::string& name, const Descriptor& to,
                        const std::string& new_name) {
  return rename_with(RENAME_EXCHANGE, from, name, to, new_name);
}

bool lock(const Descriptor& folder, bool wait) {
  for (;;) {
    if (::flock(folder.number(), LOCK_EX | (wait ? 0 : LOCK_NB)) == 0) return true;
    if (errno == EINTR) continue;
    // Some network file systems know no locks; then whoever writes there is alone.
    return errno != EWOULDBLOCK;
  }
}

bool names_same(const std::string& path, const Descriptor& file_or_folder) {
  struct stat named = {}, open = {};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(file_or_folder.number(), &open) == 0 &&
         named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

}  // namespace kiln::output
