// SPDX-License-Identifier: MIT
// Work in a process of its own: SystemC allows one simulation per process, and what crashes, hangs or eats
// all memory must not take the test with it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace kiln::testing {

struct ForkLimits {
  int wall_s = 20;                             ///< then SIGALRM
  std::optional<int> cpu_s = {};               ///< then SIGXCPU; for a machine that others use, too
  std::optional<std::size_t> heap_bytes = {};  ///< more is std::bad_alloc; not under a sanitizer
};

struct Forked {
  std::string text;  ///< what the work returned
  int signal = 0;    ///< that ended it; 0: it returned
};

/// What `work` returns in a forked child. It must not throw.
Forked in_child(const std::function<std::string()>& work, const ForkLimits& limits = {});

}  // namespace kiln::testing
