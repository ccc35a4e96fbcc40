// SPDX-License-Identifier: MIT
// Input that must be refused.
#pragma once

#include <string>

#include "base/error.h"
#include "support/catch.h"

namespace kiln::testing {

/// `read` throws a ConfigError whose text has `part`.
template <class Read>
void check_refused(Read read, const std::string& part) {
  std::string error = "accepted";
  try {
    read();
  } catch (const base::ConfigError& refusal) {
    error = refusal.what();
  }
  INFO(error << "\n  lacks: " << part);
  CHECK(error.find(part) != std::string::npos);
}

}  // namespace kiln::testing
