// SPDX-License-Identifier: MIT
// Samples made by seed.
#pragma once

#include "learning/data/dataset.h"

namespace kiln::learning {

/// `count` samples of the generator's classes. `purpose` tells sets apart that share a seed.
Dataset generate(const GeneratorConfig& config, const workload::Shape& shape, std::int64_t count,
                 std::uint64_t seed, std::string_view purpose);
/// Tokens of a chain in which each one has few successors: a language that can be learnt.
Dataset generate_tokens(const GeneratorConfig& config, std::int64_t entries, std::int64_t length,
                        std::int64_t count, std::uint64_t seed, std::string_view purpose);

}  // namespace kiln::learning
