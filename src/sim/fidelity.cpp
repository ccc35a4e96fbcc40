// SPDX-License-Identifier: MIT
#include "sim/fidelity.h"

namespace kiln::sim {

std::span<const config::EnumName<Fidelity>> enum_names(const Fidelity*) {
  static constexpr config::EnumName<Fidelity> kNames[] = {{Fidelity::bulk, "bulk"},
                                                          {Fidelity::exact, "exact"}};
  return kNames;
}

const config::Record<Fidelities>& describe(const Fidelities*) {
  static const auto record =
      config::Record<Fidelities>(
          "fidelity", "How closely memory and network of the step are simulated; one word sets both")
          .field("memory", &Fidelities::memory,
                 {.doc = "bulk: streams share channels in closed form, audited; exact: every command",
                  .source = "bulk: some twenty times as fast"})
          .field("network", &Fidelities::network,
                 {.doc = "bulk: trains share links in closed form, audited; exact: every flit",
                  .source = "bulk: some twenty times as fast"})
          .one_word<Fidelity>();
  return record;
}

}  // namespace kiln::sim
