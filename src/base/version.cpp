// SPDX-License-Identifier: MIT
#include "base/version.h"

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"

namespace kiln::base {

std::string_view version() {
  return KILN_VERSION;
}

const std::string& program_hash() {
  static const std::string hash = [] {
    try {
      return content_hash(read_file("/proc/self/exe"));
    } catch (const ConfigError&) {
      return std::string();
    }
  }();
  return hash;
}

}  // namespace kiln::base
