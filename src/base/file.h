// SPDX-License-Identifier: MIT
// Files are read whole and written whole: a reader never sees half a file.
#pragma once

#include <string>
#include <string_view>

namespace kiln::base {

/// Contents of a regular file. Throws ConfigError naming the path and the reason.
std::string read_file(const std::string& path);

/// For what is too long to be kept until it is whole: written piece by piece beside `target`, under whose
/// name it appears when it is published; gone if it never is. All throw SimError naming the path and the
/// reason.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view text);
  void publish();

 private:
  std::string target_, path_;
  int descriptor_;
  bool kept_ = false;
};

/// Writes beside the target, flushes and renames. Throws SimError naming the path and the reason.
void write_file_atomically(const std::string& path, std::string_view text);
/// Creates a directory and its parents. Throws SimError naming the path and the reason.
void make_directories(const std::string& path);

}  // namespace kiln::base
