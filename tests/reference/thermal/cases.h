// SPDX-License-Identifier: MIT
// The reference cases: packages of configs/packages, their powers, and tables of published or computed
// temperatures.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/csv.h"
#include "base/file.h"
#include "config/load.h"
#include "thermal/thermal_model.h"

namespace kiln::test {

inline std::string source_path(const std::string& path) {
  return std::string(KILN_SOURCE_DIR) + "/" + path;
}

inline std::unique_ptr<thermal::ThermalModel> case_model(const std::string& name,
                                                         const std::vector<std::string>& overrides = {}) {
  const auto package =
      config::load<thermal::StandaloneConfig>(source_path("configs/packages/" + name + ".yaml"), overrides)
          .value;
  const auto floorplan =
      thermal::read_flp(source_path("configs/packages/" + name + ".flp"), thermal::die_names(package));
  return std::make_unique<thermal::ThermalModel>(package, floorplan, package.ambient_c);
}

/// Rows of a table of tests/reference/thermal; they live as long as the test.
inline const std::vector<base::CsvRow>& rows_of(const std::string& file) {
  static std::map<std::string, std::unique_ptr<base::CsvTable>> tables;
  auto& table = tables[file];
  if (!table)
    table = std::make_unique<base::CsvTable>(file,
                                             base::read_file(source_path("tests/reference/thermal/" + file)));
  return table->rows();
}

/// P5, P15 or P30 of the SoC floorplan, scaled.
inline std::vector<double> soc_power_w(const std::string& power, double scale = 1.0) {
  std::vector<double> watts;
  for (const auto& row : rows_of("soc_powers.csv")) watts.push_back(scale * row.number(power + "_W"));
  return watts;
}

inline const std::vector<std::string>& soc_blocks() {
  static const std::vector<std::string> names{"NPU0", "NPU1", "NPU2", "NPU3", "NOC", "MEMC", "SRAM", "CPU"};
  return names;
}

/// The value called `quantity` of a case of analytic.csv.
inline double analytic(const std::string& name, const std::string& quantity) {
  for (const auto& row : rows_of("analytic.csv"))
    if (row.text("case") == name && row.text("quantity") == quantity) return row.number("value");
  throw base::SimError("analytic.csv has no " + name + " " + quantity);
}

}  // namespace kiln::test
