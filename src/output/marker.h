// SPDX-License-Identifier: MIT
// How Kiln knows its own files again: a folder that it wrote into holds a list of them with their hashes. A
// file that is not listed, or is no longer what was written, is the user's and is left alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "output/system.h"

namespace kiln::output {

struct MarkedFile {
  std::string kind;  ///< of the command that wrote it: "run", "sweep", "log", ...
  std::string hash;  ///< base::content_hash of what was written
};

struct Marker {
  static constexpr const char* kName = ".kiln.json";
  static constexpr const char* kNextName = ".kiln.json.next";  ///< while it is written

  std::map<std::string, MarkedFile> files;
  /// What was being put in the place of `files` when the list was written: a process that is ended meanwhile
  /// leaves some of these and some of those.
  std::map<std::string, MarkedFile> next;
  /// The folder was never shown: all that is listed may go, whole or not.
  bool unfinished = false;

  bool holds(const std::string& kind) const;
};

/// Nothing when the folder has none, or one that is not well-formed: then all in it is the user's.
std::optional<Marker> read_marker(const Descriptor& folder);
/// The content of such a file.
std::optional<Marker> parse_marker(std::string_view text);
std::string to_text(const Marker& marker);

enum class FileState {
  absent,
  ours,     ///< as it was written
  edited,   ///< listed, and not what was written
  foreign,  ///< not listed
};

/// Of a name in an open folder; reads the file when it is listed.
FileState state_of(const Descriptor& folder, const Marker& marker, const std::string& name);
/// The list of what stands there, where a process was ended while it placed files.
Marker settled(const Descriptor& folder, Marker marker);
/// The content of a regular file that has this hash.
std::optional<std::string> read_if_hash(const Descriptor& folder, const std::string& name,
                                        const std::string& hash);
/// Whether the name is a regular file with this content hash.
bool has_hash(const Descriptor& folder, const std::string& name, const std::string& hash);

}  // namespace kiln::output
