// SPDX-License-Identifier: MIT
#include "output/stage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/hash.h"

namespace kiln::output {

namespace {

constexpr int kMostStages = 1000;  // processes that write the same folder at once

Descriptor open_below(const Descriptor& parent, const std::string& name) {
  return Descriptor(::openat(parent.number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

}  // namespace

Stage::Stage(const std::filesystem::path& parent, const std::string& name)
    : parent_path_(parent), parent_(open_folder(parent.string())) {
  if (!parent_.open()) fail_write(parent.string(), ENOENT);
  const std::string stem = ".kiln-" + base::content_hash(name).substr(0, 8) + "-";
  for (int number = 0; number < kMostStages; ++number)
    if (try_take(stem + std::to_string(number))) return;
  throw base::SimError(fmt::format("cannot write {}: {} unfinished folders {}* stand in the way",
                                   (parent / name).string(), kMostStages, stem));
}

/// A stage of that name that nobody holds is removed; one that somebody holds, or that has become something
/// else, is left.
bool Stage::try_take(const std::string& name) {
  for (;;) {
    const bool made = ::mkdirat(parent_.number(), name.c_str(), 0777) == 0;
    if (!made && errno != EEXIST) fail_write((parent_path_ / name).string(), errno);
    Descriptor folder = open_below(parent_, name);
    if (!folder.open() || !lock(folder, false)) return false;
    if (!names_same((parent_path_ / name).string(), folder)) continue;  // removed before it was ours
    if (made) {
      name_ = name;
      folder_ = std::move(folder);
      return true;
    }
    if (!remove_own(parent_, name, folder)) return false;
  }
}

Stage::~Stage() {
  if (!released_) remove_own(parent_, name_, folder_);
}

std::string Stage::shown(const std::string& name) const {
  return (parent_path_ / name_ / name).string();
}

void Stage::announce(const std::map<std::string, MarkedFile>& files) {
  write(Marker::kName, to_text({files, {}, true}));
}

void Stage::write(const std::string& name, std::string_view text) {
  const Descriptor file = create_file(folder_, name, shown(name));
  write_all(file, text, shown(name));
  sync(file, shown(name));
}

void Stage::finish(const Marker& marker) {
  write(Marker::kNextName, to_text(marker));
  if (::renameat(folder_.number(), Marker::kNextName, folder_.number(), Marker::kName) != 0)
    fail_write(shown(Marker::kName), errno);
}

void Stage::sync_names() const {
  sync(folder_, (parent_path_ / name_).string());
}

bool remove_own(const Descriptor& parent, const std::string& name, const Descriptor& folder) {
  const Marker marker = read_marker(folder).value_or(Marker{});
  for (const auto* files : {&marker.files, &marker.next})
    for (const auto& [file, about] : *files)
      if (marker.unfinished || has_hash(folder, file, about.hash))
        ::unlinkat(folder.number(), file.c_str(), 0);
  for (const char* list : {Marker::kNextName, Marker::kName}) ::unlinkat(folder.number(), list, 0);
  return ::unlinkat(parent.number(), name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT;
}

}  // namespace kiln::output
