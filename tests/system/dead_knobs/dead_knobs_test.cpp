// SPDX-License-Identifier: MIT
// Every key of an experiment does something: changed within its bounds it moves some metric, or it stands in
// knobs.yaml with the reason why it cannot.
#include <fnmatch.h>

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "base/text.h"
#include "config/load.h"
#include "experiment/identity.h"
#include "report/glossary.h"
#include "report/run_folder.h"
#include "support/catch.h"
#include "support/config_leaves.h"
#include "support/forked.h"
#include "support/scratch_folder.h"
#include "sweep/results.h"

using namespace kiln;
using testing::Leaf;

namespace {

const std::string kFolder = std::string(KILN_SOURCE_DIR) + "/tests/system/dead_knobs/";
constexpr std::size_t kPlaces = 3;  // where a key stands many times (blocks, layers), the first few

std::vector<std::string> numbers_near(const config::Spec& spec, bool whole, const std::string& written) {
  const bool absent = written.empty() || written == "~";
  const double now = absent ? 0 : base::parse_quantity(written, spec.unit);
  std::vector<double> values = {now * 1.5, now * 0.5, now * 4, now / 4, now + 1, now - 1};
  if (now == 0)
    values.insert(values.end(), {spec.min, std::sqrt(spec.min * spec.max), 1e-3, 10, 1e3, 1e6, 1e9});
  std::vector<std::string> texts;
  for (double value : values) {
    if (whole) value = std::round(value);
    if (!std::isfinite(value) || value < spec.min || value > spec.max || value == now) continue;
    texts.push_back(whole && spec.unit == base::Dimension::none ? fmt::format("{:.0f}", value)
                                                                : base::format_quantity(value, spec.unit));
  }
  return texts;
}

/// Other values of a key, likely ones first.
std::vector<std::string> other_values(const config::FieldInfo& field, const config::Node& node) {
  if (testing::is_boolean(field)) return {node.scalar == "true" ? "false" : "true"};
  if (std::vector<std::string> names = testing::choices_of(field); !names.empty()) {
    std::erase(names, node.scalar);
    return names;
  }
  if (testing::is_text(field) || testing::is_map(field)) return {};
  if (testing::is_list(field)) {
    std::vector<std::string> lists;
    for (std::size_t i = 0; i < node.list.size() && i < kPlaces; ++i) {
      if (field.type.starts_with("list of text")) break;
      for (const std::string& value :
           numbers_near(field.spec, testing::is_whole(field), node.list[i].scalar)) {
        config::Node changed = node;
        changed.list[i] = config::scalar_node(value);
        lists.push_back(config::flow_text(changed));
      }
    }
    return lists;
  }
  const testing::Written now = testing::as_written(field, node.scalar);
  std::vector<std::string> values = numbers_near(now.spec, now.whole, now.number);
  if (!now.whole)  // a quantity may have to be whole, too
    for (const std::string& value : numbers_near(now.spec, true, now.number)) values.push_back(value);
  return values;
}

/// What a run reports, as one hash; "refused" or "failed: ..." when there is none.
std::string outcome(const config::Node& tree, const output::Cache& cache) {
  try {
    const auto loaded = config::read_tree<experiment::ExperimentConfig>(tree, kFolder + "tiny.yaml");
    report::RunOptions options;
    options.cache = cache;
    const report::RunResult result = report::run_experiment(loaded.value, options);
    std::string text = result.files.at("stats.json");
    for (const auto& [key, value] : result.numbers)
      if (!report::depends_on_host(key)) text += fmt::format("{}={}\n", key, value);
    for (const report::ValidityFinding& finding : result.validity.findings)
      text += fmt::format("{} {} {}\n", finding.code, finding.where, finding.text);
    return base::content_hash(text);
  } catch (const base::ConfigError& error) {
    return "refused";
  } catch (const std::exception& error) {
    return fmt::format("failed: {}", error.what());
  }
}

std::string outcome_in_child(const config::Node& tree, const output::Cache& cache = {}) {
  const testing::Forked run =
      testing::in_child([&] { return outcome(tree, cache); });  // endless does something, too
  return run.signal != 0 ? fmt::format("signal {}", run.signal) : run.text;
}

/// What its steps are known by; empty if the experiment is refused.
std::string step_identity(const config::Node& tree) {
  try {
    return experiment::step_identity(
        config::read_tree<experiment::ExperimentConfig>(tree, kFolder + "tiny.yaml").value);
  } catch (const base::ConfigError&) {
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// Texts are labels, or names of what stands elsewhere: files, layers, bodies. There is no value near one.
bool names_something(const config::FieldInfo& field) {
  return testing::is_text(field) || field.type.starts_with("list of text");
}

bool matches(const config::Node& patterns, const std::string& path) {
  return std::any_of(patterns.list.begin(), patterns.list.end(), [&](const config::Node& pattern) {
    return ::fnmatch(pattern.scalar.c_str(), path.c_str(), 0) == 0;
  });
}

/// The tiny experiment in the setting in which a knob can act.
class Setting {
 public:
  explicit Setting(const config::Node& set) {
    config::Node tree = config::parse_yaml_file(kFolder + "tiny.yaml");
    for (const auto& [key, value] : set.map) config::node_at(tree, key, value.place) = value;
    auto loaded = config::read_tree<experiment::ExperimentConfig>(tree, kFolder + "tiny.yaml");
    loaded.value.bands.clear();  // a constant shall act by its value, not by the band that it loses
    effective_ = config::Value<experiment::ExperimentConfig>::write(loaded.value, {});
  }

  std::vector<Leaf> knobs() const {
    return testing::leaves_of(*config::Value<experiment::ExperimentConfig>::record(), effective_);
  }

  /// Whether some other value of the knob changes what the run reports. If steps of the setting are known by
  /// the same identity as with that value, the run must report the same whether it takes them or simulates.
  bool moves(const Leaf& knob) {
    if (base_outcome_.empty()) base_outcome_ = outcome_in_child(effective_, cache_);
    REQUIRE(base_outcome_.size() == 32);  // a hash: the setting itself runs
    for (std::size_t i = 0; i < std::min(kPlaces, knob.places.size()); ++i) {
      config::Node copy = effective_;
      for (const std::string& value : other_values(*knob.field, config::node_at(copy, knob.places[i], {}))) {
        config::Node changed = effective_;
        config::apply_override(changed, knob.places[i] + "=" + value);
        const std::string identity = step_identity(changed);
        if (identity.empty()) continue;  // refused
        const std::string result = outcome_in_child(changed);
        if (result == base_outcome_ || result == "refused") continue;
        if (identity == step_identity(effective_)) CHECK(outcome_in_child(changed, cache_) == result);
        return true;
      }
    }
    return false;
  }

 private:
  config::Node effective_;
  std::string base_outcome_;
  testing::ScratchFolder folder_;
  output::Cache cache_{folder_.path()};
};

/// Where the keys of each test begin.
const std::map<std::string, std::vector<std::string>> kGroups = {
    {"training", {"training", "workload", "topology"}},
    {"compression", {"mapping", "compression"}},
    {"run", {"run", "environment", "events", "name"}},
    {"supply", {"soc.rail", "soc.guard_band", "soc.delivery", "soc.adaptive_clock", "soc.battery"}},
    {"governor", {"governor"}},
    {"npu", {"soc.npu", "soc.dma", "soc.sparsity"}},
    {"network", {"soc.noc"}},
    {"memory", {"soc.memory", "soc.gradient_sram"}},
    {"technology", {"soc.tech", "soc.board", "soc.operating_points"}},
    {"package", {"soc.package", "soc.sensors"}},
    {"chip",
     {"soc.name", "soc.noc_clock_ratio", "soc.descriptor", "soc.descriptors_ahead", "soc.resident_share",
      "soc.start_stagger", "soc.host", "soc.io", "soc.units", "soc.area", "soc.domains", "soc.uncore"}}};

bool is_below(const std::vector<std::string>& prefixes, const std::string& path) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
    return path == prefix || path.starts_with(prefix + ".");
  });
}

class KnobTest {
 public:
  KnobTest() : rules_(config::parse_yaml_file(kFolder + "knobs.yaml")) {}

  /// Tries every knob of a group, in every setting of knobs.yaml that names it.
  void check(const std::string& group) {
    std::size_t tried = 0;
    for (const config::Node& rule : rules_.find("settings")->list) {
      Setting setting(*rule.find("set"));
      for (const Leaf& knob : setting.knobs()) {
        const std::string& path = knob.places.front();
        if (!is_below(kGroups.at(group), path) || names_something(*knob.field) ||
            !matches(*rule.find("keys"), path) || allowed(path))
          continue;
        if (std::find(done_.begin(), done_.end(), knob.field) != done_.end()) continue;
        done_.push_back(knob.field);
        ++tried;
        INFO(path);
        CHECK(setting.moves(knob));
      }
    }
    CHECK(tried > 0);
  }

  bool allowed(const std::string& path) const {
    const auto& list = rules_.find("allowed")->list;
    return std::any_of(list.begin(), list.end(),
                       [&](const config::Node& entry) { return matches(*entry.find("keys"), path); });
  }
  const config::Node& rules() const { return rules_; }

 private:
  config::Node rules_;
  std::vector<const config::FieldInfo*> done_;
};

}  // namespace

TEST_CASE("training keys act") {
  KnobTest().check("training");
}
TEST_CASE("mapping and compression keys act") {
  KnobTest().check("compression");
}
TEST_CASE("run and environment keys act") {
  KnobTest().check("run");
}
TEST_CASE("supply and battery keys act") {
  KnobTest().check("supply");
}
TEST_CASE("governor keys act") {
  KnobTest().check("governor");
}
TEST_CASE("NPU keys act") {
  KnobTest().check("npu");
}
TEST_CASE("network keys act") {
  KnobTest().check("network");
}
TEST_CASE("memory keys act") {
  KnobTest().check("memory");
}
TEST_CASE("technology and board keys act") {
  KnobTest().check("technology");
}
TEST_CASE("package keys act") {
  KnobTest().check("package");
}
TEST_CASE("other chip keys act") {
  KnobTest().check("chip");
}

TEST_CASE("no key is left out") {
  const KnobTest test;
  for (const config::Node& rule : test.rules().find("settings")->list)
    for (const Leaf& knob : Setting(*rule.find("set")).knobs()) {
      const std::string& path = knob.places.front();
      INFO(path);
      CHECK((test.allowed(path) || std::any_of(kGroups.begin(), kGroups.end(), [&](const auto& group) {
               return is_below(group.second, path);
             })));
    }
}

TEST_CASE("every exception has a reason") {
  const KnobTest test;
  for (const config::Node& entry : test.rules().find("allowed")->list) {
    INFO(config::flow_text(entry));
    REQUIRE(entry.find("reason") != nullptr);
    CHECK(entry.find("reason")->scalar.size() > 10);
  }
}
