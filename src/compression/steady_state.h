// SPDX-License-Identifier: MIT
// What a codec produces in the middle of training, from one gradient.
#pragma once

#include <span>

#include "compression/codec.h"

namespace kiln::compression {

// Encodes `gradient` past DGC's warm-up and, for the previous-step selector, with the threshold its first
// step found. The residual is empty: its effect on which elements are largest is left out.
Encoded encode_in_steady_state(const Codec& codec, std::span<const float> gradient, base::Rng& rng,
                               Sent* sent = nullptr);

}  // namespace kiln::compression
