// SPDX-License-Identifier: MIT
#include "base/version.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/mapped_file.h"

namespace kiln::base {

std::string_view version() {
  return KILN_VERSION;
}

const std::string& program_hash() {
  static const std::string hash = [] {
    try {
      return content_hash(MappedFile("/proc/self/exe").bytes());  // not copied: it is large
    } catch (const ConfigError&) {
      return std::string();
    }
  }();
  return hash;
}

}  // namespace kiln::base
