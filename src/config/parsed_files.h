// SPDX-License-Identifier: MIT
// Files of a configuration that is read again and again with other settings, parsed once.
#pragma once

#include <map>
#include <string>

#include "config/node.h"

namespace kiln::config {

/// What is kept is the file as it was when it was first asked for. For one thread; processes forked later
/// have what was kept before.
class ParsedFiles {
 public:
  /// As parse_yaml_file, which throws ConfigError.
  const Node& of(const std::string& path) const;

 private:
  mutable std::map<std::string, Node> files_;
};

}  // namespace kiln::config
