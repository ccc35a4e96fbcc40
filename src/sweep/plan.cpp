// SPDX-License-Identifier: MIT
#include "sweep/plan.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "config/load.h"
#include "output/folder.h"

namespace kiln::sweep {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kPlanFile = "plan.jsonl";
constexpr const char* kSweepFile = "sweep.effective.yaml";

void set_all(config::Node& tree, const Settings& settings) {
  for (const auto& [key, value] : settings) config::node_at(tree, key, value.place) = value;
}

/// Digits of `index` in the mixed radix of the axes' sizes, the last axis fastest.
std::vector<std::size_t> choices(const std::vector<AxisConfig>& axes, std::size_t index) {
  std::vector<std::size_t> chosen(axes.size());
  for (std::size_t axis = axes.size(); axis-- > 0;) {
    chosen[axis] = index % axes[axis].values.size();
    index /= axes[axis].values.size();
  }
  return chosen;
}

class Planner {
 public:
  Planner(Plan& plan, const Identity& identity)
      : plan_(plan), identity_(identity), base_(config::parse_yaml_file(plan.experiment_file)) {
    set_all(base_, plan.sweep.set);
  }

  void add_all() {
    std::size_t count = 1;
    for (const AxisConfig& axis : plan_.sweep.axes) count *= axis.values.size();
    for (std::size_t index = 0; index < count; ++index) add(choices(plan_.sweep.axes, index));
    if (!problems_.empty()) throw base::ConfigError(problems_);
  }

 private:
  void add(const std::vector<std::size_t>& chosen) {
    Point point;
    point.experiment = base_;
    try {
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        const AxisConfig& axis = plan_.sweep.axes[i];
        const AxisValueConfig& value = axis.values[chosen[i]];
        set_all(point.experiment, value.set);
        point.labels.emplace_back(axis.name, value.label);
      }
      for (const std::string& assignment : plan_.overrides)
        config::apply_override(point.experiment, assignment);
      point.hash = base::content_hash(identity_(point.experiment, plan_.experiment_file));
    } catch (const base::ConfigError& error) {
      note(error, point);
      return;
    }
    const auto [twin, is_new] = by_hash_.emplace(point.hash, plan_.points.size());
    if (!is_new) {
      base::Problem& problem = problems_.emplace_back();
      problem.place.file = plan_.file;
      problem.key = "axes";
      problem.message = fmt::format("two points are the same experiment: '{}' and '{}'",
                                    label_text(plan_.points[twin->second].labels), label_text(point.labels));
    }
    plan_.points.push_back(std::move(point));
  }

  /// The same mistake shows in many points; the first names the point it was met in.
  void note(const base::ConfigError& error, const Point& point) {
    for (base::Problem problem : error.problems()) {
      if (!seen_.insert(problem.text()).second) continue;
      problem.message += fmt::format(" (point '{}')", label_text(point.labels));
      problems_.push_back(std::move(problem));
    }
  }

  Plan& plan_;
  const Identity& identity_;
  config::Node base_;
  std::map<std::string, std::size_t> by_hash_;
  std::set<std::string> seen_;
  std::vector<base::Problem> problems_;
};

Json labels_json(const std::vector<std::pair<std::string, std::string>>& labels) {
  Json object = Json::object();
  for (const auto& [axis, label] : labels) object[axis] = label;
  return object;
}

Json parse_line(const fs::path& path, std::size_t line, const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    throw base::ConfigError({path.string(), static_cast<int>(line), 1}, "",
                            fmt::format("not a line of a plan ({}); plan the sweep again", error.what()));
  }
}

}  // namespace

std::string label_text(const std::vector<std::pair<std::string, std::string>>& labels) {
  std::vector<std::string> words;
  for (const auto& label : labels) words.push_back(label.second);
  return base::join(words, ", ");
}

Plan make_plan(const std::string& sweep_file, const std::vector<std::string>& overrides,
               const Identity& identity) {
  Plan plan;
  plan.file = sweep_file;
  plan.overrides = overrides;
  plan.sweep = config::load<SweepConfig>(sweep_file).value;
  plan.experiment_file =
      (fs::path(sweep_file).parent_path() / plan.sweep.experiment).lexically_normal().string();
  Planner(plan, identity).add_all();
  return plan;
}

StoredPlan stored_form(const Plan& plan) {
  StoredPlan stored{fs::absolute(plan.file).lexically_normal().string(), plan.overrides, {}};
  for (const Point& point : plan.points) stored.points.push_back({point.hash, point.labels});
  return stored;
}

void write_plan(const Plan& plan, const fs::path& folder) {
  const StoredPlan stored = stored_form(plan);
  std::string text = Json{{"sweep", stored.file}, {"set", stored.overrides}}.dump() + "\n";
  for (const StoredPlan::Entry& point : stored.points)
    text += Json{{"hash", point.hash}, {"labels", labels_json(point.labels)}}.dump() + "\n";
  output::Folder(folder.string(), kResultKind)
      .add({{kSweepFile, config::dump(plan.sweep)}, {kPlanFile, text}});
}

StoredPlan read_plan(const fs::path& folder) {
  const fs::path path = folder / kPlanFile;
  if (!fs::exists(path))
    throw base::ConfigError(
        {folder.string(), 0, 0}, "",
        "holds no plan of a sweep; make one with 'kiln sweep plan SWEEP.yaml --out FOLDER'");
  const std::vector<std::string> lines = base::split(base::read_file(path.string()), '\n');
  StoredPlan plan;
  try {
    const Json head = parse_line(path, 1, lines.front());
    plan.file = head.at("sweep").get<std::string>();
    plan.overrides = head.at("set").get<std::vector<std::string>>();
    for (std::size_t i = 1; i < lines.size(); ++i) {
      if (lines[i].empty()) continue;
      const Json line = parse_line(path, i + 1, lines[i]);
      StoredPlan::Entry entry{line.at("hash").get<std::string>(), {}};
      for (const auto& [axis, label] : line.at("labels").items())
        entry.labels.emplace_back(axis, label.get<std::string>());
      plan.points.push_back(std::move(entry));
    }
  } catch (const Json::exception& error) {
    throw base::ConfigError({path.string(), 0, 0}, "",
                            fmt::format("not the plan of a sweep ({}); plan it again", error.what()));
  }
  return plan;
}

SweepConfig read_effective_sweep(const fs::path& folder) {
  return config::load<SweepConfig>((folder / kSweepFile).string()).value;
}

}  // namespace kiln::sweep
