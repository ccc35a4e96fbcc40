// SPDX-License-Identifier: MIT
// What the step keeps in memory, by kind, while most is kept.
#pragma once

#include <string>

#include "report/findings.h"

namespace kiln::report {

/// Bytes of DRAM by kind at its fullest: "weights", "saved_activations", ...
Numbers memory_numbers(const Findings& findings);
/// A row for each kind in DRAM and gradient buffer, each at its own fullest: bytes, and the share of what the
/// memory holds then.
std::string memory_csv(const Findings& findings);
/// "3.21 GB of 8 GiB at most: weights 2.3 GiB, ..."; kinds below a hundredth of it are summed up.
std::string memory_text(const Findings& findings);

}  // namespace kiln::report
