// SPDX-License-Identifier: MIT
#include "output/manifest.h"

#include "base/version.h"

namespace kiln::output {

Json manifest_of(const std::string& name, const std::string& config_hash, std::uint64_t seed) {
  return {{"tool", "kiln"},
          {"version", base::version()},
          {"name", name},
          {"config_hash", config_hash},
          {"seed", seed}};
}

}  // namespace kiln::output
