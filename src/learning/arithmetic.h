// SPDX-License-Identifier: MIT
// How this process and its threads compute, so that the same build gives the same bits.
#pragma once

#include <string>

namespace kiln::learning {

/// Call on every thread that executes steps, before it does. The kernel library uses at most AVX2, whatever
/// the machine has, and one thread of its own: each number is then summed in one order. Numbers too small
/// for fp32's normal range become zero.
void prepare_thread();

/// The library, its version and the instructions in use: "oneDNN 2.6.3, AVX2".
std::string arithmetic_text();

}  // namespace kiln::learning
