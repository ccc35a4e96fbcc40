// SPDX-License-Identifier: MIT
#include "output/placing.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace kiln::output {

namespace {

bool exists(const Descriptor& folder, const std::string& name) {
  struct stat status = {};
  return ::fstatat(folder.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/// The way back of every file that was placed, until all are.
class Undo {
 public:
  Undo(const Placing& placing, Stage& stage) : placing_(placing), stage_(stage) {}
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo() {
    for (auto name = exchanged_.rbegin(); name != exchanged_.rend(); ++name)
      ::renameat2(stage_.folder().number(), name->c_str(), placing_.folder.number(), name->c_str(),
                  RENAME_EXCHANGE);
    for (auto name = added_.rbegin(); name != added_.rend(); ++name)
      ::renameat(placing_.folder.number(), name->c_str(), stage_.folder().number(), name->c_str());
  }

  void exchanged(const std::string& name) { exchanged_.push_back(name); }
  void added(const std::string& name) { added_.push_back(name); }
  void keep_all() {
    exchanged_.clear();
    added_.clear();
  }

 private:
  const Placing& placing_;
  Stage& stage_;
  std::vector<std::string> exchanged_, added_;
};

void replace(const Placing& placing, const std::string& name, Stage& stage, Undo& undo) {
  if (rename_exchange(stage.folder(), name, placing.folder, name) == Renamed::yes) {
    undo.exchanged(name);  // the earlier one goes with the stage
  } else if (::renameat(stage.folder().number(), name.c_str(), placing.folder.number(), name.c_str()) != 0) {
    fail_write(placing.shown + "/" + name, errno);
  }
}

void add(const Placing& placing, const std::string& name, Stage& stage, Undo& undo) {
  switch (rename_to_free(stage.folder(), name, placing.folder, name)) {
    case Renamed::yes:
      undo.added(name);
      return;
    case Renamed::exists:
      throw base::SimError(
          fmt::format("cannot write {}/{}: somebody made it meanwhile", placing.shown, name));
    case Renamed::unsupported:
      replace(placing, name, stage, undo);
  }
}

/// Both lists in one, for as long as files of both may stand there.
void show_list(const Placing& placing, const Marker& marker, Stage& stage) {
  stage.write(Marker::kNextName, to_text(marker));
  if (::renameat(stage.folder().number(), Marker::kNextName, placing.folder.number(), Marker::kName) != 0)
    fail_write(placing.shown + "/" + Marker::kName, errno);
}

/// The list when all stand; what has no successor goes.
Marker after(const Placing& placing) {
  Marker marker = placing.old;
  marker.next.clear();
  for (const std::string& name : placing.gone) {
    ::unlinkat(placing.folder.number(), name.c_str(), 0);
    marker.files.erase(name);
  }
  for (const auto& [name, file] : placing.files) marker.files[name] = file;
  return marker;
}

}  // namespace

void place(const Placing& placing, Stage& stage) {
  Marker both = placing.old;
  both.next.insert(placing.files.begin(), placing.files.end());
  show_list(placing, both, stage);
  Undo undo(placing, stage);
  for (const auto& [name, file] : placing.files)
    exists(placing.folder, name) ? replace(placing, name, stage, undo) : add(placing, name, stage, undo);
  sync(placing.folder, placing.shown);
  undo.keep_all();

  try {
    show_list(placing, after(placing), stage);
  } catch (const base::SimError&) {
    // The files stand, and the list of both is as good: it only says more.
  }
}

}  // namespace kiln::output
