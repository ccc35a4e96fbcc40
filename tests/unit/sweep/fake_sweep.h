// SPDX-License-Identifier: MIT
// A sweep of 3 x 2 points over an "experiment" of two numbers, and a runner that adds them.
#pragma once

#include <unistd.h>

#include <map>
#include <string>

#include "config/load.h"
#include "support/scratch_folder.h"
#include "sweep/plan.h"
#include "sweep/workers.h"

namespace kiln::testing {

inline constexpr const char* kFakeSweep = R"(name: fake
experiment: base.yaml
axes:
  - name: a
    values:
      - {label: one, set: {a: 1}}
      - {label: two, set: {a: 2}}
      - {label: three, set: {a: 3}}
  - name: b
    values:
      - {label: low, set: {inner.b: 10}}
      - {label: high, set: {inner.b: 20}}
plot:
  title: a picture
  x: b
  columns: a
  rows: [{metric: energy_j}, {metric: bound_by, relative: true}]
)";

/// Writes the sweep with its experiment and returns the sweep's path.
inline std::string write_fake_sweep(const ScratchFolder& scratch, const std::string& sweep = kFakeSweep) {
  scratch.write("configs/base.yaml", "a: 0\ninner: {b: 0}\n");
  return scratch.write("configs/sweep.yaml", sweep);
}

inline std::string fake_identity(const config::Node& tree, const std::string&, const config::ParsedFiles&) {
  return config::to_yaml(tree);
}

inline double number_at(const config::Node& tree, const std::string& key) {
  config::Node copy = tree;
  return std::stod(config::node_at(copy, key, {}).scalar);
}

inline std::map<std::string, std::string> fake_run(const sweep::Point& point, const base::Watch& watch) {
  watch.check();
  const double a = number_at(point.experiment(), "a"), b = number_at(point.experiment(), "inner.b");
  return {{"summary.json",
           fmt::format(R"({{"energy_j": {}, "bound_by": {{"a": {}, "b": {}}}, "wall_time_s": {}}})", a + b,
                       a / 3, b, static_cast<double>(::getpid()))},
          {"summary.txt", "done\n"}};
}

}  // namespace kiln::testing
