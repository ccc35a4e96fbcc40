// SPDX-License-Identifier: MIT
#include "changed_keys.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "config/load.h"
#include "experiment/experiment.h"
#include "support/config_leaves.h"

namespace kiln::testing {

namespace {

using experiment::ExperimentConfig;

/// Keys that only ask for more of the same work, that a horizon or a grid is, and what kiln run does not
/// read.
bool costs_only_time(const std::string& path) {
  static constexpr std::array kPrefixes = {
      "run.",     "workload.", "training.batch", "training.micro_batches", "soc.package.grid",
      "learning", "events",    "soc.units",      "soc.package.solver"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](const char* prefix) { return path.starts_with(prefix); }) ||
         path.find(".divisions") != std::string::npos || path.ends_with(".nx") || path.ends_with(".ny");
}

std::string moved_number(Draw& draw, const config::FieldInfo& field, const std::string& text) {
  const auto [written, spec, whole] = as_written(field, text);
  if (written.empty() || written == "~") return "";
  const double now = base::parse_quantity(written, spec.unit);
  double value = std::clamp(now * draw.magnitude(1 / 1.6, 1.6), spec.min, spec.max);
  if (whole || (value > 2 && now == std::round(now))) value = std::round(value);
  return whole && spec.unit == base::Dimension::none ? fmt::format("{:.0f}", value)
                                                     : base::format_quantity(value, spec.unit);
}

std::string moved(Draw& draw, const config::FieldInfo& field, const config::Node& node) {
  if (is_boolean(field)) return node.scalar == "true" ? "false" : "true";
  if (const std::vector<std::string> names = choices_of(field); !names.empty()) return draw.one_of(names);
  if (is_text(field) || is_list(field) || is_map(field) || !node.list.empty() || !node.map.empty()) return "";
  return moved_number(draw, field, node.scalar);
}

ExperimentConfig load(const std::string& file, const std::vector<std::string>& sets) {
  return config::load<ExperimentConfig>(std::string(KILN_SOURCE_DIR) + "/configs/experiments/" + file, sets)
      .value;
}

}  // namespace

std::vector<std::string> changed_keys(Draw& draw, const std::string& file,
                                      const std::vector<std::string>& sets, int most) {
  std::vector<std::string> all = sets;
  config::Node effective;
  try {
    effective = config::Value<ExperimentConfig>::write(load(file, sets), {});
  } catch (const base::ConfigError&) {
    return {};
  }
  const std::vector<Leaf> leaves = leaves_of(*config::Value<ExperimentConfig>::record(), effective);
  for (int i = 0; i < most; ++i) {
    const Leaf& leaf = draw.one_of(leaves);
    const std::string path = draw.one_of(leaf.places);
    const std::string value = moved(draw, *leaf.field, config::node_at(effective, path, {}));
    if (value.empty() || costs_only_time(path)) continue;
    all.push_back(path + "=" + value);
    try {
      load(file, all);
    } catch (const base::ConfigError&) {
      all.pop_back();
    }
  }
  return {all.begin() + static_cast<std::ptrdiff_t>(sets.size()), all.end()};
}

}  // namespace kiln::testing
