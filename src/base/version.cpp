// SPDX-License-Identifier: MIT
#include "base/version.h"

namespace kiln::base {

std::string_view version() {
  return KILN_VERSION;
}

}  // namespace kiln::base
