// SPDX-License-Identifier: MIT
// How a command refuses what it is given.
#pragma once

#include "kiln.h"
#include "support/catch.h"

namespace kiln::testing {

/// Exit code 2, nothing on standard output, a short message of Kiln's own that holds `part`.
inline void check_refusal(const ProcessResult& result, const std::string& part) {
  INFO(result.err);
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK(only_our_lines(result.err));
  CHECK(result.err.size() < 300);
  CHECK_THAT(result.err, contains(part));
}

}  // namespace kiln::testing
