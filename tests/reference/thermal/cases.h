// SPDX-License-Identifier: MIT
// The reference cases: packages of configs/packages, their powers, and tables of published or computed temperatures.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/csv.h"
#include "base/file.h"
#include "config/load.h"
#include "thermal/thermal_model.h"

namespace kiln::test {

inline std::string source_path(const std::string& path) { return std::string(KILN_SOURCE_DIR) + "/" + path; }

inline std::unique_ptr<thermal::ThermalModel> case_model(const std::string& name, const std::vector<std::string>& overrides = {}) {
  const auto package = config::load<thermal::PackageConfig>(source_path("configs/packages/" + name + ".yaml"), overrides).value;
  const auto floorplan = thermal::read_flp(source_path("configs/packages/" + name + ".flp"), thermal::die_names(package));
  return std::make_unique<thermal::ThermalModel>(package, floorplan, package.ambient_c);
}

/// A table of tests/reference/thermal.
class Reference {
 public:
  explicit Reference(const std::string& file)
      : text_(base::read_file(source_path("tests/reference/thermal/" + file))), table_(file, text_) {}
  // A range itself, so that a loop over a temporary keeps it alive.
  const std::vector<base::CsvRow>& rows() const& { return table_.rows(); }
  auto begin() const { return table_.rows().begin(); }
  auto end() const { return table_.rows().end(); }

 private:
  std::string text_;
  base::CsvTable table_;
};

/// P5, P15 or P30 of the SoC floorplan, scaled.
inline std::vector<double> soc_power_w(const std::string& power, double scale = 1.0) {
  std::vector<double> watts;
  for (const auto& row : Reference("soc_powers.csv")) watts.push_back(scale * row.number(power + "_W"));
  return watts;
}

inline const std::vector<std::string>& soc_blocks() {
  static const std::vector<std::string> names{"NPU0", "NPU1", "NPU2", "NPU3", "NOC", "MEMC", "SRAM", "CPU"};
  return names;
}

/// The value called `quantity` of a case of analytic.csv.
inline double analytic(const std::string& name, const std::string& quantity) {
  for (const auto& row : Reference("analytic.csv"))
    if (row.text("case") == name && row.text("quantity") == quantity) return row.number("value");
  throw base::SimError("analytic.csv has no " + name + " " + quantity);
}

}  // namespace kiln::test
