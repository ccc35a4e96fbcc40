// SPDX-License-Identifier: MIT
// Trials of a subject: every value of every key, and random pairs and triples of them.
#pragma once

#include <functional>
#include <string>

#include "subject.h"

namespace kiln::testing {

/// All trials when KILN_TEST_LONG is set, `sample` of them otherwise, drawn with a fixed seed.
/// Only keys that `wanted` accepts. Every broken promise fails the test.
void sweep_keys(const Subject& subject, std::size_t sample,
                const std::function<bool(const std::string& path)>& wanted);

/// `sample` random pairs and triples, a hundred times as many when KILN_TEST_LONG is set.
void sweep_pairs(const Subject& subject, std::size_t sample);

}  // namespace kiln::testing
