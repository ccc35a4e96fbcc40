// SPDX-License-Identifier: MIT
// A code held against what it stands for: a ratio counts only if a decoder gets the gradient back.
#pragma once

#include <string_view>

#include "compression/codec.h"

namespace kiln::compression {

/// Decodes `encoded` and throws base::SimError, naming `whose` gradient it is and the element, unless every
/// element comes back as it was sent.
void check_round_trip(const Codec& codec, const Encoded& encoded, const Sent& sent, std::string_view whose);

}  // namespace kiln::compression
