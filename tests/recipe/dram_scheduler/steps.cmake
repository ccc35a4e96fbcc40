# SPDX-License-Identifier: MIT
# The recipe "A scheduling policy of the exact DRAM controller" walked once: step(FILE BEHIND ADDED), all places that
# exist today; the class itself is strict_order.{h,cpp}.
step(models/dram/dram_config.h "enum class Arbitration {" "
  strict_order,  ///< the oldest request alone")
step(models/dram/dram_enums.cpp "EnumName<Arbitration>{Arbitration::round_robin, \"round_robin\"}" ",
                                    EnumName<Arbitration>{Arbitration::strict_order, \"strict_order\"}")
step(models/dram/exact/scheduler.cpp "#include \"dram/exact/round_robin.h\"" "
#include \"strict_order.h\"")
step(models/dram/exact/scheduler.cpp "      return std::make_unique<RoundRobin>(state);" "
    case Arbitration::strict_order:
      return std::make_unique<StrictOrder>(state);")
