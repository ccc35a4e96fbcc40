// SPDX-License-Identifier: MIT
#include "config/parsed_files.h"

namespace kiln::config {

const Node& ParsedFiles::of(const std::string& path) const {
  const auto found = files_.find(path);
  return found != files_.end() ? found->second : files_.emplace(path, parse_yaml_file(path)).first->second;
}

}  // namespace kiln::config
