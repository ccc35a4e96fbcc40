// SPDX-License-Identifier: MIT
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace kiln::base {

namespace {

constexpr std::size_t kSmallestChunk = 1 << 12, kLargestChunk = 1 << 20;

/// What a small file fits into at once with its end: memory beyond it would be touched for nothing. Pipes and
/// files of the kernel have no size.
std::size_t first_chunk(const std::string& path) {
  std::error_code unknown;
  const std::uintmax_t size = std::filesystem::file_size(path, unknown);
  if (unknown) return kLargestChunk;
  return std::clamp<std::size_t>(static_cast<std::size_t>(size) + 1, kSmallestChunk, kLargestChunk);
}

}  // namespace

std::string why_unreadable(const std::string& path) {
  struct stat about = {};
  if (::stat(path.c_str(), &about) != 0)
    return errno == ENOENT || errno == ENOTDIR ? "no such file"
                                               : fmt::format("cannot be read: {}", std::strerror(errno));
  if (S_ISDIR(about.st_mode)) return "is a directory, a file is needed";
  const bool descriptor = path.starts_with("/dev/") || path.starts_with("/proc/");
  if (!S_ISREG(about.st_mode) && !(S_ISFIFO(about.st_mode) && descriptor))
    return "is a device or a pipe, a file is needed";
  if (::access(path.c_str(), R_OK) != 0) return fmt::format("cannot be read: {}", std::strerror(errno));
  return "";
}

std::string read_file(const std::string& path, std::size_t most) {
  if (const std::string why = why_unreadable(path); !why.empty()) throw ConfigError({path, 0, 0}, "", why);
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw ConfigError({path, 0, 0}, "", fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string text;
  while (stream) {
    if (text.size() > most)
      throw ConfigError({path, 0, 0}, "", fmt::format("is longer than {} MiB", most >> 20));
    const std::size_t before = text.size(), chunk = before == 0 ? first_chunk(path) : kLargestChunk;
    text.resize(before + chunk);
    stream.read(text.data() + before, static_cast<std::streamsize>(chunk));
    text.resize(before + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) throw ConfigError({path, 0, 0}, "", "read error");
  return text;
}

}  // namespace kiln::base
