// SPDX-License-Identifier: MIT
#include "output/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace kiln::output {

FileLock::~FileLock() {
  if (file_.open()) ::unlink(path_.c_str());
}

std::optional<FileLock> FileLock::try_take(const std::filesystem::path& path) {
  for (;;) {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file.open()) fail_write(path.string(), errno);
    if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      throw base::SimError(fmt::format("cannot lock {}: {}", path.string(), std::strerror(errno)));
    }
    // Its last holder may have removed the file before this lock was had.
    if (names_same(path.string(), file)) return FileLock(path, std::move(file));
  }
}

bool FileLock::is_held(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file.open() && ::flock(file.number(), LOCK_SH | LOCK_NB) != 0;
}

}  // namespace kiln::output
