// SPDX-License-Identifier: MIT
// Every kind of file that stands in configs/ of its own: its record and how to check one.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace kiln::cli {

struct FileKind {
  const config::RecordBase* record;
  /// Checks a tree that was read from `file` and returns its effective text. Throws ConfigError.
  std::function<std::string(const config::Node& tree, const std::string& file)> effective;

  const std::string& name() const { return record->name(); }
};

/// Experiments first, parts last.
std::span<const FileKind> file_kinds();
/// Throws ConfigError with the nearest name.
const FileKind& file_kind(std::string_view name);
/// The same, also by the words of `kiln new`: chip, net.
const FileKind& file_kind_called(std::string_view word);
std::vector<std::string> file_kind_names();

/// Reads a file of the kind with --set overrides and returns its effective text. Throws ConfigError.
std::string effective_text(const FileKind& kind, const std::string& path,
                           const std::vector<std::string>& overrides);

/// The kind that the first line of a file names (`# yaml-language-server: $schema=.../<kind>.json`). Throws
/// ConfigError when the file cannot be read or names none, then with the line of the kind that its keys are
/// of.
const FileKind& kind_of_file(const std::string& path);

struct ConfigFile {
  std::filesystem::path path;
  std::string kind;
  std::string about;  ///< first sentence of the comment behind the schema line
};

/// The YAML files under `folder`, sorted by path; files in schema/ are none.
std::vector<ConfigFile> config_files(const std::filesystem::path& folder);

/// A path as the file `target` tells it: from its own folder if both lie below `common`, else whole.
std::string told_from(const std::filesystem::path& target, const std::filesystem::path& file,
                      const std::filesystem::path& common);
/// The first line of a file of the kind that will stand at `target`, with a schema that editors find: from
/// its own folder where it stands beside or below the configurations, else whole; the bare name where no
/// configurations are found.
std::string schema_line_at(const std::filesystem::path& target, const FileKind& kind);

/// $KILN_CONFIGS, else `configs` here or in a folder above, beside the executable's source tree, or where it
/// was installed. Throws ConfigError if there is none.
std::filesystem::path find_configs();

}  // namespace kiln::cli
