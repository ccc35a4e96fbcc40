// SPDX-License-Identifier: MIT
#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/file.h"

namespace kiln::base {

MappedFile::MappedFile(const std::string& path) {
  const auto fail = [&](const std::string& why) { throw ConfigError({path, 0, 0}, "", why); };
  if (const std::string why = why_unreadable(path); !why.empty()) fail(why);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) fail(fmt::format("cannot be read: {}", std::strerror(errno)));
  struct stat about = {};
  const bool regular = ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
  size_ = regular ? static_cast<std::size_t>(about.st_size) : 0;
  void* pages = size_ == 0 ? nullptr : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int error = errno;
  ::close(descriptor);
  if (!regular) fail("is a device or a pipe, a file is needed");
  if (pages == MAP_FAILED) fail(fmt::format("cannot be read: {}", std::strerror(error)));
  data_ = static_cast<const char*>(pages);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), size_);
}

}  // namespace kiln::base
