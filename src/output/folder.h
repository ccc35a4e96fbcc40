// SPDX-License-Identifier: MIT
// A folder of results. It appears whole, or changes to another whole one in an instant; what Kiln did not
// write, or somebody changed since, is never replaced or removed.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "output/marker.h"
#include "output/stage.h"

namespace kiln::output {

/// Names and contents.
using Files = std::map<std::string, std::string>;

class Folder {
 public:
  /// `spelling` as the user wrote it: relative, with slashes at its end, through `..` and links. `kind` names
  /// the results ("run", "sweep"), `option` is named in errors. Throws ConfigError when the path cannot be a
  /// folder of results: a file, a device, a link to nowhere, a name too long, a place that cannot be written.
  Folder(const std::string& spelling, std::string kind, std::string option = "--out");

  /// Absolute, without links.
  const std::filesystem::path& path() const { return path_; }

  /// Throws ConfigError when replace() would have to touch what is not Kiln's or is not of this kind, with
  /// the names. Before a long simulation this tells what would fail after it.
  void check_replace() const;
  /// Throws ConfigError when the folder holds something and no results of this kind.
  void check_own() const;
  /// The same as check_replace() for add() of these names.
  void check_add(const std::vector<std::string>& names) const;
  /// Throws ConfigError when a file that is read is one that would be written; a name whose content is known
  /// to stay the same may be both.
  void check_inputs(const std::vector<std::string>& inputs, const Files& known = {}) const;

  /// Afterwards `files` are the results of this kind, and earlier ones of it are gone; the user's own files
  /// in the folder stay. Throws as check_replace() does, and SimError when the files cannot be written: then
  /// the folder is as it was.
  void replace(const Files& files) const;
  /// Writes files into the folder, in the place of earlier ones of Kiln's, beside all others.
  void add(const Files& files) const;

  /// Moves a folder with results that are not what was written out of the way, and says where to.
  std::filesystem::path set_aside() const;
  /// Whether the folder holds results of this kind, each as it was written.
  bool holds_whole() const;
  /// One result of this kind, if it is as it was written; the others are not looked at.
  std::optional<std::string> read_own(const std::string& name) const;

 private:
  enum class Earlier { removed, kept };

  void write(const Files& files, Earlier earlier) const;
  bool create(const Files& files) const;
  bool swap(const Descriptor& folder, const Marker& old, const Files& files) const;
  void check_can_be_made() const;
  void refuse_foreign(const Marker* marker) const;
  void refuse_edited(const Descriptor& folder, const Marker& marker, const std::vector<std::string>& names,
                     Earlier earlier) const;
  [[noreturn]] void refuse(const std::string& why) const;

  std::filesystem::path path_;
  std::string kind_;
  std::string option_;
};

}  // namespace kiln::output
