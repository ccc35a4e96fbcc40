// SPDX-License-Identifier: MIT
// The one place where Kiln's picoseconds meet sc_time.
#pragma once

#include <systemc>

#include "base/time.h"

namespace kiln::sim {

inline sc_core::sc_time to_sc_time(base::TimePs time) {
  return sc_core::sc_time::from_value(static_cast<sc_dt::uint64>(time));
}
inline base::TimePs to_ps(const sc_core::sc_time& time) {
  return static_cast<base::TimePs>(time.value());
}
inline base::TimePs now() {
  return to_ps(sc_core::sc_time_stamp());
}

/// Throws SimError unless the kernel resolves exactly 1 ps (the contract behind to_sc_time).
void require_picosecond_resolution();

}  // namespace kiln::sim
