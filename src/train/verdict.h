// SPDX-License-Identifier: MIT
// Whether a training's numbers may be used, and what speaks against it.
#pragma once

#include "train/outcome.h"

namespace kiln::train {

/// Of all that is known of it; the worst first.
report::Validity judge(const Training& training);

}  // namespace kiln::train
