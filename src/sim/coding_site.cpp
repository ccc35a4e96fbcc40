// SPDX-License-Identifier: MIT
#include "sim/coding_site.h"

#include <array>

namespace kiln::sim {

std::span<const config::EnumName<CodingSite>> enum_names(const CodingSite*) {
  static constexpr std::array<config::EnumName<CodingSite>, 4> names{{{CodingSite::none, "none"},
                                                                      {CodingSite::mac_output, "mac_output"},
                                                                      {CodingSite::ni, "ni"},
                                                                      {CodingSite::router, "router"}}};
  return names;
}

}  // namespace kiln::sim
