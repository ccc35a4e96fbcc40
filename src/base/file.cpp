// SPDX-License-Identifier: MIT
#include "base/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace kiln::base {

namespace {

[[noreturn]] void fail_write(const std::string& path, int error) {
  throw SimError(fmt::format("cannot write {}: {}", path, std::strerror(error)));
}

}  // namespace

TemporaryFile::TemporaryFile(const std::string& target)
    : target_(target),
      path_(fmt::format("{}.tmp.{}", target, ::getpid())),
      descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) fail_write(target, errno);
}

TemporaryFile::~TemporaryFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!kept_) ::unlink(path_.c_str());
}

void TemporaryFile::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_write(path_, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void TemporaryFile::publish() {
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail_write(path_, errno);
  if (::rename(path_.c_str(), target_.c_str()) != 0) fail_write(target_, errno);
  kept_ = true;
}

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

void write_file_atomically(const std::string& path, std::string_view text) {
  TemporaryFile file(path);
  file.write(text);
  file.publish();
}

void make_directories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw SimError(fmt::format("cannot create {}: {}", path, error.message()));
}

}  // namespace kiln::base
