// SPDX-License-Identifier: MIT
#include "sim/kernel_time.h"

#include "base/error.h"

namespace kiln::sim {

void require_picosecond_resolution() {
  const sc_core::sc_time resolution = sc_core::sc_get_time_resolution();
  KILN_CHECK(resolution == sc_core::sc_time(1, sc_core::SC_PS),
             "SystemC time resolution is {}, 1 ps is needed", resolution.to_string());
}

}  // namespace kiln::sim
