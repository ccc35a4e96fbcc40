// SPDX-License-Identifier: MIT
// A file as memory that the system pages in when it is read: models of gigabytes cost what is looked at.
#pragma once

#include <string>
#include <string_view>

namespace kiln::base {

class MappedFile {
 public:
  /// Throws ConfigError naming the path and the reason. Pipes and devices have no pages and are refused.
  explicit MappedFile(const std::string& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::string_view bytes() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace kiln::base
