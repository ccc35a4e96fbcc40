// SPDX-License-Identifier: MIT
#include "output/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"

namespace kiln::output {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kHeader = "kiln cache 1\n";
constexpr std::size_t kHashLength = 32;
constexpr const char* kTurn = ".turn";
constexpr std::uint64_t kStoredPerTrim = 16 << 20;
constexpr std::chrono::hours kUnfinishedFor{1};  // then its writer was killed

/// The file if it is one of the cache's, else not open.
Descriptor open_own(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  char head[kHeader.size()];
  if (!file.open() || ::pread(file.number(), head, sizeof head, 0) != static_cast<ssize_t>(sizeof head) ||
      std::string_view(head, sizeof head) != kHeader)
    return {};
  return file;
}

}  // namespace

Cache Cache::of_user() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const std::string asked = variable("KILN_CACHE"); !asked.empty())
    return asked == "off" ? Cache() : Cache(asked);
  if (const std::string xdg = variable("XDG_CACHE_HOME"); !xdg.empty() && fs::path(xdg).is_absolute())
    return Cache(fs::path(xdg) / "kiln");
  const std::string home = variable("HOME");
  return home.empty() ? Cache() : Cache(fs::path(home) / ".cache" / "kiln");
}

fs::path Cache::file_of(const std::string& key) const {
  return folder_ / key.substr(0, 2) / key;
}

std::optional<std::string> Cache::find(const std::string& key) const {
  if (!keeps()) return {};
  const fs::path path = file_of(key);
  if (!open_own(path).open()) return {};
  std::string text;
  try {
    text = base::read_file(path.string());
  } catch (const base::ConfigError&) {
    return {};  // another process removed it
  }
  const std::size_t front = kHeader.size() + kHashLength;
  if (text.size() < front ||
      base::content_hash(std::string_view(text).substr(front)) != text.substr(kHeader.size(), kHashLength)) {
    ::unlink(path.c_str());
    return {};
  }
  ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);  // used now: what is not goes first
  return text.substr(front);
}

void Cache::store(const std::string& key, std::string_view bytes) {
  if (!keeps()) return;
  const fs::path path = file_of(key);
  try {
    make_folders(path.parent_path().string());
    const Descriptor folder = open_folder(path.parent_path().string());
    if (!folder.open()) return;
    const std::string aside = fmt::format("{}.{}", key, ::getpid());
    const std::string shown = (path.parent_path() / aside).string();
    ::unlinkat(folder.number(), aside.c_str(), 0);  // of an earlier process of this number
    const Descriptor file = create_file(folder, aside, shown);
    const std::string front = std::string(kHeader) + base::content_hash(bytes);
    try {
      write_all(file, front, shown);
      write_all(file, bytes, shown);
      if (rename_to_free(folder, aside, folder, key) != Renamed::yes)
        ::unlinkat(folder.number(), aside.c_str(), 0);  // another process was first
    } catch (const base::SimError&) {
      ::unlinkat(folder.number(), aside.c_str(), 0);
      throw;
    }
    const bool look = stored_since_trim_ > kStoredPerTrim;
    stored_since_trim_ = look ? 0 : stored_since_trim_ + bytes.size();
    if (look) trim();
  } catch (const std::exception&) {
    // Full, read-only or gone: the next run computes it again.
  }
}

void Cache::trim() const {
  struct Kept {
    fs::path path;
    std::uint64_t bytes;
    fs::file_time_type used;
  };
  std::vector<Kept> files;
  std::uint64_t all = 0;
  const auto now = fs::file_time_type::clock::now();
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_)) {
    std::error_code gone;  // another process trims, too
    if (!entry.is_regular_file(gone) || gone) continue;
    const Kept kept{entry.path(), entry.file_size(gone), entry.last_write_time(gone)};
    const std::string extension = kept.path.extension().string();
    if (gone) continue;
    if (!extension.empty()) {
      const bool left_behind = now - kept.used > kUnfinishedFor;
      if (left_behind && extension == kTurn && kept.bytes == 0)
        FileLock::try_take(kept.path);  // goes with the lock, unless somebody has it
      else if (left_behind && open_own(kept.path).open())
        ::unlink(kept.path.c_str());
      continue;
    }
    all += kept.bytes;
    files.push_back(kept);
  }
  std::sort(files.begin(), files.end(), [](const Kept& a, const Kept& b) { return a.used < b.used; });
  for (const Kept& kept : files) {
    if (all <= most_bytes_) return;
    if (!open_own(kept.path).open()) continue;
    ::unlink(kept.path.c_str());
    all -= kept.bytes;
  }
}

std::optional<Cache::Turn> Cache::try_turn(const std::string& key) const {
  if (!keeps()) return Turn();
  const fs::path path = file_of(key).replace_extension(kTurn);
  try {
    make_folders(path.parent_path().string());
    std::optional<FileLock> lock = FileLock::try_take(path);
    if (!lock) return {};
    return Turn{std::move(lock)};
  } catch (const base::SimError&) {
    return Turn();
  }
}

}  // namespace kiln::output
