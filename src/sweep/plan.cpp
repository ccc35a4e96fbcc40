// SPDX-License-Identifier: MIT
#include "sweep/plan.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "config/load.h"
#include "output/folder.h"
#include "output/json.h"
#include "sweep/portable.h"

namespace kiln::sweep {

namespace {

namespace fs = std::filesystem;

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
  Planner(Plan& plan, const Identity& identity) : plan_(plan), identity_(identity) {
    auto recipe = std::make_shared<Recipe>();
    recipe->base = config::parse_yaml_file(plan.experiment_file);
    set_all(recipe->base, plan.sweep.set);
    recipe->axes = plan.sweep.axes;
    recipe->overrides = plan.overrides;
    recipe_ = std::move(recipe);
  }

  void add_all(const Slice& slice) {
    std::size_t count = 1;
    for (const AxisConfig& axis : plan_.sweep.axes) count *= axis.values.size();
    for (std::size_t index = slice.index; index < count; index += slice.count)
      add(choices(plan_.sweep.axes, index));
    if (!problems_.empty()) throw base::ConfigError(problems_);
  }

 private:
  void add(std::vector<std::size_t> chosen) {
    Point point{recipe_, std::move(chosen), {}};
    try {
      point.hash = base::content_hash(identity_(point.experiment(), plan_.experiment_file, plan_.parts));
    } catch (const base::ConfigError& error) {
      note(error, point);
      return;
    }
    const auto [twin, is_new] = by_hash_.emplace(point.hash, plan_.points.size());
    if (!is_new) {
      base::Problem& problem = problems_.emplace_back();
      problem.place.file = plan_.file;
      problem.key = "axes";
      problem.message =
          fmt::format("two points are the same experiment: '{}' and '{}'",
                      label_text(plan_.points[twin->second].labels()), label_text(point.labels()));
    }
    plan_.points.push_back(std::move(point));
  }

  /// The same mistake shows in many points; the first names the point it was met in.
  void note(const base::ConfigError& error, const Point& point) {
    for (base::Problem problem : error.problems()) {
      if (!seen_.insert(problem.text()).second) continue;
      problem.message += fmt::format(" (point '{}')", label_text(point.labels()));
      problems_.push_back(std::move(problem));
    }
  }

  Plan& plan_;
  const Identity& identity_;
  std::shared_ptr<const Recipe> recipe_;
  std::unordered_map<std::string, std::size_t> by_hash_;
  std::set<std::string> seen_;
  std::vector<base::Problem> problems_;
};

output::Json labels_json(const std::vector<std::pair<std::string, std::string>>& labels) {
  output::Json object = output::Json::object();
  for (const auto& [axis, label] : labels) object[axis] = label;
  return object;
}

/// One line of plan.jsonl; every error names it.
class PlanLine {
 public:
  PlanLine(const std::string& file, std::size_t line, const std::string& text)
      : place_{file, static_cast<int>(line), 1}, json_(output::parse_json(text, place_)) {
    if (!json_.is_object()) fail("not a line of a plan, or cut off");
  }

  std::string text(const char* key) const { return text_of(member(key), key); }
  std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> all;
    if (!member(key).is_array()) fail(fmt::format("'{}' is no list", key));
    for (const output::Json& item : member(key)) all.push_back(text_of(item, key));
    return all;
  }
  std::vector<std::pair<std::string, std::string>> labels(const char* key) const {
    std::vector<std::pair<std::string, std::string>> all;
    if (!member(key).is_object()) fail(fmt::format("'{}' is no map of axes and labels", key));
    for (const auto& [axis, label] : member(key).items()) all.emplace_back(axis, text_of(label, key));
    return all;
  }
  /// Names a folder of results, so it must be no path.
  std::string hash(const char* key) const {
    const std::string hash = text(key);
    if (hash.empty() ||
        !std::all_of(hash.begin(), hash.end(), [](unsigned char c) { return std::isalnum(c); }))
      fail(fmt::format("'{}' is no hash", key));
    return hash;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw base::ConfigError(place_, "", fmt::format("{}; plan the sweep again", what));
  }
  const output::Json& member(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) fail(fmt::format("'{}' is missing", key));
    return *found;
  }
  std::string text_of(const output::Json& value, const char* key) const {
    if (!value.is_string()) fail(fmt::format("'{}' is no text", key));
    return value.get<std::string>();
  }

  base::Place place_;
  output::Json json_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> Point::labels() const {
  std::vector<std::pair<std::string, std::string>> labels;
  for (std::size_t i = 0; i < choices.size(); ++i)
    labels.emplace_back(recipe->axes[i].name, recipe->axes[i].values[choices[i]].label);
  return labels;
}

config::Node Point::experiment() const {
  config::Node tree = recipe->base;
  for (std::size_t i = 0; i < choices.size(); ++i) set_all(tree, recipe->axes[i].values[choices[i]].set);
  for (const std::string& assignment : recipe->overrides) config::apply_override(tree, assignment);
  return tree;
}

std::string label_text(const std::vector<std::pair<std::string, std::string>>& labels) {
  std::vector<std::string> words;
  for (const auto& label : labels) words.push_back(label.second);
  return base::join(words, ", ");
}

Plan make_plan(const std::string& sweep_file, const std::vector<std::string>& overrides,
               const Identity& identity, const Slice& slice) {
  Plan plan;
  plan.file = sweep_file;
  plan.overrides = overrides;
  plan.sweep = written_out(config::load<SweepConfig>(sweep_file).value);
  plan.experiment_file =
      (fs::path(sweep_file).parent_path() / plan.sweep.experiment).lexically_normal().string();
  Planner(plan, identity).add_all(slice);
  return plan;
}

StoredPlan stored_form(const Plan& plan) {
  StoredPlan stored{fs::absolute(plan.file).lexically_normal().string(), plan.overrides, {}};
  for (const Point& point : plan.points) stored.points.push_back({point.hash, point.labels()});
  return stored;
}

void write_plan(const Plan& plan, const fs::path& folder) {
  const StoredPlan stored = stored_form(plan);
  std::string text =
      output::json_text(output::Json{{"sweep", stored.file}, {"set", stored.overrides}}) + "\n";
  for (const StoredPlan::Entry& point : stored.points)
    text +=
        output::json_text(output::Json{{"hash", point.hash}, {"labels", labels_json(point.labels)}}) + "\n";
  output::Folder(folder.string(), kResultKind)
      .add({{kSweepFile, config::dump(portable(plan.sweep, plan.experiment_file, plan.overrides))},
            {kPlanFile, text}});
}

StoredPlan read_plan(const fs::path& folder) {
  const fs::path path = folder / kPlanFile;
  if (!fs::exists(path))
    throw base::ConfigError(
        {folder.string(), 0, 0}, "",
        "holds no plan of a sweep; make one with 'kiln sweep plan SWEEP.yaml --out FOLDER'");
  return parse_plan(base::read_file(path.string()), path.string());
}

StoredPlan parse_plan(std::string_view text, const std::string& file) {
  const std::vector<std::string> lines = base::split(text, '\n');
  StoredPlan plan;
  const PlanLine head(file, 1, lines.front());
  plan.file = head.text("sweep");
  plan.overrides = head.texts("set");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const PlanLine line(file, i + 1, lines[i]);
    plan.points.push_back({line.hash("hash"), line.labels("labels")});
  }
  return plan;
}

SweepConfig read_effective_sweep(const fs::path& folder) {
  return config::load<SweepConfig>((folder / kSweepFile).string()).value;
}

}  // namespace kiln::sweep
