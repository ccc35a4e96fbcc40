// SPDX-License-Identifier: MIT
// The right to do something alone, among all processes that see a file system: a file that exists while it is
// held. The kernel gives it back when its holder ends, however that comes.
#pragma once

#include <filesystem>
#include <optional>
#include <utility>

#include "output/system.h"

namespace kiln::output {

class FileLock {
 public:
  /// Nothing while another process holds it. Throws SimError when the file cannot be made or locked.
  static std::optional<FileLock> try_take(const std::filesystem::path& path);
  /// Whether a process holds it now.
  static bool is_held(const std::filesystem::path& path);

  FileLock(FileLock&&) = default;
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    return *this;
  }
  /// Removes the file while the lock is held, then lets go.
  ~FileLock();

 private:
  FileLock(std::filesystem::path path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}
  std::filesystem::path path_;
  Descriptor file_;
};

}  // namespace kiln::output
