// SPDX-License-Identifier: MIT
// The energies of a chip's memory come from its DRAM part: per bit they must be those of the literature.
#include "config/load.h"
#include "device/chip_power.h"
#include "support/catch.h"

using namespace kiln;

namespace {

/// Array and interface, with the row's activate spread over `row_bits`.
double read_pj_per_bit(const std::string& chip, double row_bits) {
  const auto soc =
      config::load<soc::SocConfig>(std::string(KILN_SOURCE_DIR) + "/configs/soc/" + chip + ".yaml").value;
  const power::DramEnergy dram = device::tech_with_memory(soc).dram;
  CHECK(dram.self_refresh_share > 0);
  CHECK(dram.self_refresh_share < 1);
  return (dram.read_j_per_bit + dram.io_j_per_bit + dram.activate_j / row_bits) * 1e12;
}

}  // namespace

TEST_CASE("reads cost per bit what the literature says of each memory") {
  const double never = 1e300;
  const double hbm2e = read_pj_per_bit("edge_hbm2e", 8192);  // a whole 1 KB row per activate
  CHECK(hbm2e > 3.4);  // O'Connor et al., MICRO 2017: 3.9 pJ/bit for HBM2
  CHECK(hbm2e < 4.0);
  const double lpddr5x = read_pj_per_bit("edge_lpddr5", never);
  CHECK(lpddr5x > 3.9);  // usually quoted: 4 to 6 pJ/bit
  CHECK(lpddr5x < 6);
  const double lpddr4 = read_pj_per_bit("wearable_lpddr4", never);
  CHECK(lpddr4 > 4);
  CHECK(lpddr4 < 9);
}
