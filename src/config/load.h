// SPDX-License-Identifier: MIT
// A file, its inclusions and the --set options, read into a checked struct.
#pragma once

#include <string>
#include <vector>

#include "config/emit.h"
#include "config/record.h"
#include "config/schema_line.h"

namespace kiln::config {

template <class T>
struct Loaded {
  T value;
  std::vector<std::string> files;  ///< every file that was read, in order
};

/// Reads `tree` as a T with a new reader. Throws ConfigError with all problems at once.
template <Described T>
Loaded<T> read_tree(const Node& tree, const std::string& file, Reader reader = {}) {
  if (!file.empty()) reader.note_root(file);
  Loaded<T> loaded{};
  describe(static_cast<const T*>(nullptr)).read(tree, loaded.value, reader);
  if (!reader.problems().empty()) throw base::ConfigError(reader.problems());
  loaded.files = reader.files();
  return loaded;
}

/// Throws ConfigError with all problems of all files at once. `overrides` are "key.key=value".
template <Described T>
Loaded<T> load(const std::string& path, const std::vector<std::string>& overrides = {}) {
  Node tree = parse_yaml_file(path);
  for (const std::string& assignment : overrides) apply_override(tree, assignment);
  return read_tree<T>(tree, path);
}

/// All keys and their values, in the order of the record.
template <Described T>
std::string keys_and_values(const T& value) {
  return to_yaml(describe(static_cast<const T*>(nullptr)).write(value));
}

/// What stands before them in a file of a T.
template <Described T>
std::string file_head() {
  return schema_line(describe(static_cast<const T*>(nullptr)).name()) + version_line();
}

/// The effective configuration as a file of its kind; reading it again gives the same struct.
template <Described T>
std::string dump(const T& value) {
  return file_head<T>() + keys_and_values(value);
}

}  // namespace kiln::config
