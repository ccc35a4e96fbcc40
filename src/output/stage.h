// SPDX-License-Identifier: MIT
// A hidden folder in which files are written whole before they are shown under their names.
#pragma once

#include <filesystem>
#include <string>

#include "output/marker.h"
#include "output/system.h"

namespace kiln::output {

/// Stands beside or inside what it is for, and goes away with all that is left in it when the object ends. A
/// process that is killed leaves its stage behind; the next one for the same name removes it.
class Stage {
 public:
  /// `name` is the file or folder that the stage is for.
  Stage(const std::filesystem::path& parent, const std::string& name);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage();

  const Descriptor& folder() const { return folder_; }
  /// The parent's open folder and the stage's name in it.
  const Descriptor& parent() const { return parent_; }
  const std::string& name() const { return name_; }
  /// Lists what will be written, so that whoever finds the stage knows what may go.
  void announce(const std::map<std::string, MarkedFile>& files);
  void write(const std::string& name, std::string_view text);
  /// The list as it shall be shown, in place of the announcement.
  void finish(const Marker& marker);
  /// Waits until the names of the stage stand on the medium.
  void sync_names() const;
  /// The stage became what it was for.
  void release() { released_ = true; }

 private:
  bool try_take(const std::string& name);
  std::string shown(const std::string& name) const;

  std::filesystem::path parent_path_;
  Descriptor parent_;
  std::string name_;
  Descriptor folder_;
  bool released_ = false;
};

/// Removes listed files of a folder that are what was written (or all of them if it was never shown), its
/// list and, when nothing else is in it, the folder itself. True when it is gone.
bool remove_own(const Descriptor& parent, const std::string& name, const Descriptor& folder);

}  // namespace kiln::output
