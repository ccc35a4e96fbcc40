// SPDX-License-Identifier: MIT
// Independent work on all processors.
#pragma once

#include <cstddef>
#include <functional>

namespace kiln::base {

/// Calls `work(i)` once for every i below `count`, in no particular order, the caller's thread taking part;
/// returns when all are done. Rethrows the first exception that a call threw, and begins no further ones.
void for_each_in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace kiln::base
