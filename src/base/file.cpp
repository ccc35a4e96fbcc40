// SPDX-License-Identifier: MIT
#include "base/file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace kiln::base {

std::string read_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw ConfigError({path, 0, 0}, "", "no such file");
  if (std::filesystem::is_directory(status))
    throw ConfigError({path, 0, 0}, "", "is a directory, a file is needed");
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw ConfigError({path, 0, 0}, "", fmt::format("cannot be read: {}", std::strerror(errno)));
  constexpr std::size_t kChunk = 1 << 20, kMostBytes = std::size_t{1} << 30;
  std::string text;
  while (stream) {
    if (text.size() >= kMostBytes) throw ConfigError({path, 0, 0}, "", "is longer than 1 GiB");
    const std::size_t before = text.size();
    text.resize(before + kChunk);
    stream.read(text.data() + before, kChunk);
    text.resize(before + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) throw ConfigError({path, 0, 0}, "", "read error");
  return text;
}

}  // namespace kiln::base
