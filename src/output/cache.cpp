// SPDX-License-Identifier: MIT
#include "output/cache.h"

#include <fcntl.h>
#include <sys/file.h>
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

std::optional<std::string> read_all(const Descriptor& file) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got =
        ::pread(file.number(), text.data() + have, text.size() - have, static_cast<off_t>(have));
    if (got <= 0) return {};
    have += static_cast<std::size_t>(got);
  }
  return text;
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
  const Descriptor file = open_own(path);
  if (!file.open()) return {};
  std::optional<std::string> text = read_all(file);
  if (!text) return {};
  const std::size_t front = kHeader.size() + kHashLength;
  if (text->size() < front || base::content_hash(std::string_view(*text).substr(front)) !=
                                  text->substr(kHeader.size(), kHashLength)) {
    ::unlink(path.c_str());
    return {};
  }
  ::futimens(file.number(), nullptr);  // used now: what is not goes first
  return text->substr(front);
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
    if (gone || extension == ".turn") continue;
    if (!extension.empty()) {
      if (now - kept.used > kUnfinishedFor && open_own(kept.path).open()) ::unlink(kept.path.c_str());
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

Cache::Turn::~Turn() {
  if (file_.open()) ::unlink(path_.c_str());  // a late one that waits for it only computes once more
}

std::optional<Cache::Turn> Cache::try_turn(const std::string& key) const {
  if (!keeps()) return Turn();
  const fs::path path = file_of(key).replace_extension(".turn");
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file.open()) return Turn();
  if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0) return Turn(path, std::move(file));
  return {};
}

}  // namespace kiln::output
