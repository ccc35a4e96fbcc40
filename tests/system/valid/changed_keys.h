// SPDX-License-Identifier: MIT
// Any key of an experiment moved away from what it is: what no list of choices would think of.
#pragma once

#include <string>
#include <vector>

#include "support/draw.h"

namespace kiln::testing {

/// Settings that move up to `most` keys of the experiment of `file` with `sets`: numbers by up to a factor of
/// 1.6, names and switches to another one. Each is read without complaint; what only shows when parts meet
/// may still refuse it. None where `sets` alone are refused.
std::vector<std::string> changed_keys(Draw& draw, const std::string& file,
                                      const std::vector<std::string>& sets, int most);

}  // namespace kiln::testing
