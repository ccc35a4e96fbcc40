// SPDX-License-Identifier: MIT
// Who follows a run while it goes on, and may end it.
#pragma once

#include <functional>
#include <string_view>

#include "base/watch.h"

namespace kiln::run {

struct Monitor {
  base::Watch watch;  ///< asked all along; stops with base::Stopped
  std::function<void(double fraction, std::string_view what)> progress;  ///< may be empty

  void report(double fraction, std::string_view what) const {
    if (progress) progress(fraction, what);
  }
};

}  // namespace kiln::run
