// SPDX-License-Identifier: MIT
// What a network gives out, beside what data have for it.
#pragma once

#include <cstdint>

#include "workload/network.h"

namespace kiln::learning {

/// The classes that a network tells apart; 0: it learns values.
std::int64_t classes_of(const workload::Network& network);
/// Does it begin with a table of tokens?
bool reads_tokens(const workload::Network& network);
/// Throws ConfigError where the loss has no target for each output, or where it would form a softmax of one.
/// `made`: data made by seed, of which tokens have a class for each.
void check_outputs(const workload::Network& network, bool made);

}  // namespace kiln::learning
