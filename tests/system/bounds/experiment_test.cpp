// SPDX-License-Identifier: MIT
// `validate` is a promise: an experiment that it accepts runs to a result or to a physical verdict, whatever
// values its keys have.
#include <fnmatch.h>

#include <algorithm>
#include <cmath>

#include "config/load.h"
#include "report/run_folder.h"
#include "run/validate.h"
#include "support/catch.h"
#include "sweep.h"

using namespace kiln;
using testing::Subject;

namespace {

const std::string kFolder = std::string(KILN_SOURCE_DIR) + "/tests/system/dead_knobs/";

experiment::ExperimentConfig read(const config::Node& tree) {
  return config::read_tree<experiment::ExperimentConfig>(tree, kFolder + "tiny.yaml").value;
}

/// The tiny experiment with `set` changed, as in the settings of knobs.yaml.
Subject tiny_with(const config::Node& set) {
  config::Node tree = config::parse_yaml_file(kFolder + "tiny.yaml");
  for (const auto& [key, value] : set.map) config::node_at(tree, key, value.place) = value;
  Subject subject;
  subject.record = config::Value<experiment::ExperimentConfig>::record();
  subject.effective = config::Value<experiment::ExperimentConfig>::write(read(tree), {});
  subject.amounts_of_work = {"run.duration",
                             "run.steps",
                             "training.batch",
                             "training.micro_batches",
                             "soc.package.grid.nx",
                             "soc.package.grid.ny",
                             "soc.package.bodies.*.n[xy]",
                             "soc.package.bodies.*.layers.*.divisions"};
  subject.validate = [](const config::Node& changed) { run::validate_experiment(read(changed)); };
  subject.run = [](const config::Node& changed) { return report::run_experiment(read(changed), {}).numbers; };
  return subject;
}

struct Setting {
  config::Node keys, set;
  bool names(const std::string& path) const {
    return std::any_of(keys.list.begin(), keys.list.end(), [&](const config::Node& pattern) {
      return ::fnmatch(pattern.scalar.c_str(), path.c_str(), 0) == 0;
    });
  }
};

/// Where each key can act; the last one has everything at the defaults.
std::vector<Setting> settings() {
  const config::Node rules = config::parse_yaml_file(kFolder + "knobs.yaml");
  std::vector<Setting> all;
  for (const config::Node& rule : rules.find("settings")->list)
    all.push_back({*rule.find("keys"), *rule.find("set")});
  return all;
}

/// Keys under `prefix` at the tiny experiment's defaults.
void sweep_part(const std::string& prefix, std::size_t sample) {
  testing::sweep_keys(tiny_with(settings().back().set), sample, [&](const std::string& path) {
    return path == prefix || path.starts_with(prefix + ".");
  });
}

}  // namespace

TEST_CASE("every number of an experiment has a lowest and a highest value") {
  for (const Setting& setting : settings()) {
    const Subject subject = tiny_with(setting.set);
    for (const testing::Leaf& leaf : testing::leaves_of(*subject.record, subject.effective)) {
      if (!testing::is_number(*leaf.field)) continue;
      INFO(leaf.places.front());
      CHECK(std::isfinite(leaf.field->spec.min));
      CHECK(std::isfinite(leaf.field->spec.max));
    }
  }
}

TEST_CASE("workload and training keys keep the promise") {
  sweep_part("workload", 12);
  sweep_part("training", 12);
}
TEST_CASE("mapping and compression keys keep the promise") {
  sweep_part("mapping", 4);
  sweep_part("compression", 12);
}
TEST_CASE("run, environment and governor keys keep the promise") {
  for (const char* part : {"run", "environment", "governor"}) sweep_part(part, 8);
}
TEST_CASE("keys of tiles, buffers and units keep the promise") {
  for (const char* part :
       {"soc.npu", "soc.dma", "soc.sparsity", "soc.gradient_sram", "soc.host", "soc.io", "soc.units",
        "soc.area", "soc.noc_clock_ratio", "soc.descriptor", "soc.descriptors_ahead", "soc.resident_share"})
    sweep_part(part, 2);
}
TEST_CASE("memory keys keep the promise") {
  sweep_part("soc.memory", 24);
}
TEST_CASE("network keys keep the promise") {
  sweep_part("soc.noc", 24);
}
TEST_CASE("technology, board and operating point keys keep the promise") {
  for (const char* part : {"soc.tech", "soc.board", "soc.operating_points"}) sweep_part(part, 8);
}
TEST_CASE("package and sensor keys keep the promise") {
  sweep_part("soc.package", 20);
  sweep_part("soc.sensors", 4);
}

TEST_CASE("keys that act in a setting of their own keep the promise there") {
  for (const Setting& setting : settings())
    if (!setting.set.map.empty())
      testing::sweep_keys(tiny_with(setting.set), 1,
                          [&](const std::string& path) { return setting.names(path); });
}

TEST_CASE("pairs and triples of keys keep the promise") {
  const std::vector<Setting> all = settings();
  for (const Setting& setting : all)
    testing::sweep_pairs(tiny_with(setting.set), &setting == &all.back() ? 10 : 1);
}
