// SPDX-License-Identifier: MIT
// The promise of `validate` for the configurations of single parts: `kiln dram`, `noc`, `npu`, `link` and
// `thermal`.
#include <nlohmann/json.hpp>

#include "config/load.h"
#include "part/dram.h"
#include "part/link.h"
#include "part/noc.h"
#include "part/npu.h"
#include "part/thermal.h"
#include "support/catch.h"
#include "support/scratch_folder.h"
#include "sweep.h"
#include "thermal/package_config.h"

using namespace kiln;
using testing::Subject;

namespace {

const std::string kConfigs = std::string(KILN_SOURCE_DIR) + "/configs/";

bool all_keys(const std::string&) {
  return true;
}

/// A part's file as a subject that is validated by reading it; how it runs is for the caller to add.
template <class T>
Subject part(const std::string& file) {
  const auto read = [path = kConfigs + file](const config::Node& tree) {
    return config::read_tree<T>(tree, path);
  };
  Subject subject;
  subject.record = config::Value<T>::record();
  subject.effective = config::Value<T>::write(read(config::parse_yaml_file(kConfigs + file)).value, {});
  subject.validate = [read](const config::Node& tree) { read(tree); };
  return subject;
}

void add_numbers(const nlohmann::json& json, const std::string& prefix,
                 std::vector<std::pair<std::string, double>>& numbers) {
  for (const auto& [key, value] : json.items()) {
    const std::string path = prefix + key;
    if (value.is_structured()) add_numbers(value, path + ".", numbers);
    if (value.is_number()) numbers.emplace_back(path, value.get<double>());
    if (value.is_null()) numbers.emplace_back(path, std::nan(""));  // how JSON says NaN and infinity
  }
}

std::vector<std::pair<std::string, double>> numbers_of(const std::string& json) {
  std::vector<std::pair<std::string, double>> numbers;
  add_numbers(nlohmann::json::parse(json), "", numbers);
  return numbers;
}

Subject dram_part(const std::string& file, dram::Pattern pattern) {
  Subject subject = part<dram::StandaloneConfig>("parts/dram/" + file);
  subject.parts_meet_in_run = true;  // the pattern is no part of the configuration
  subject.run = [pattern](const config::Node& tree) {
    part::DramRun run;
    run.config = config::read_tree<dram::StandaloneConfig>(tree, "").value;
    run.pattern = pattern;
    run.requests = 2000;
    run.temperatures_c = {60};
    return numbers_of(part::to_json(part::run_dram(run)));
  };
  return subject;
}

Subject noc_part(const std::string& file) {
  Subject subject = part<noc::StandaloneConfig>("parts/noc/" + file);
  subject.run = [](const config::Node& tree) {
    const auto config = config::read_tree<noc::StandaloneConfig>(tree, "").value;
    part::NocLoadOptions options;
    options.traffic.packet_flits = config.packet_flits;
    options.loads = {0.1};
    return numbers_of(part::to_json(part::run_noc_loads(config, options)));
  };
  return subject;
}

Subject npu_part() {
  Subject subject = part<part::NpuPartConfig>("parts/npu/reference_32x32.yaml");
  subject.run = [](const config::Node& tree) {
    const auto config = config::read_tree<part::NpuPartConfig>(tree, "").value;
    const auto layers =
        part::parse_topology("layers.csv", "Layer, M, N, K,\nfirst, 64, 100, 30,\nsecond, 8, 9, 1,\n");
    using lowering::TrainingPhase;
    return numbers_of(part::to_json(part::run_npu(
        config, layers, {TrainingPhase::forward, TrainingPhase::dgrad, TrainingPhase::wgrad}, 10)));
  };
  return subject;
}

Subject link_part(const std::string& file) {
  Subject subject = part<link::LinkConfig>("parts/link/" + file);
  subject.run = [](const config::Node& tree) {
    part::LinkOptions options;
    options.config = config::read_tree<link::LinkConfig>(tree, "").value;
    options.bytes = {1, 100'000};
    return numbers_of(part::to_json(part::run_link(options)));
  };
  return subject;
}

/// A package with a floorplan of one block per die, under 2 W each.
class ThermalPart {
 public:
  explicit ThermalPart(const std::string& file)
      : subject_(part<thermal::StandaloneConfig>("packages/" + file)) {
    const auto package =
        config::read_tree<thermal::StandaloneConfig>(subject_.effective, kConfigs + "packages/x").value;
    std::string floorplan, names, watts;
    for (const std::string& die : thermal::die_names(package)) {
      floorplan += die + ".core 8e-3 8e-3 0 0\n";
      names += die + ".core\t";
      watts += "2\t";
    }
    const std::string flp = scratch_.write("part.flp", floorplan);
    const std::string power = scratch_.write("part.ptrace", names + "\n" + watts + "\n" + watts + "\n");
    subject_.parts_meet_in_run = true;  // the floorplan is no part of the package
    // Leakage is followed in steps of 5 ms, backward Euler in its own.
    subject_.amounts_of_work = {"trace.interval", "solver.step",    "grid.nx",
                                "grid.ny",        "bodies.*.n[xy]", "bodies.*.layers.*.divisions"};
    subject_.run = [this, flp, power](const config::Node& tree) {
      part::ThermalOptions options;
      options.config_path = scratch_.write("package.yaml", config::to_yaml(tree));
      options.floorplan_path = flp;
      options.power_path = power;
      return numbers_of(part::to_json(part::run_thermal(options)));
    };
  }
  const Subject& subject() const { return subject_; }

 private:
  testing::ScratchFolder scratch_;
  Subject subject_;
};

}  // namespace

TEST_CASE("keys of a DRAM part keep the promise") {
  for (const char* file : {"hbm2e_3600.yaml", "lpddr5_6400.yaml", "ddr4_3200.yaml"}) {
    testing::sweep_keys(dram_part(file, dram::Pattern::rand_mix21), 40, all_keys);
    testing::sweep_pairs(dram_part(file, dram::Pattern::mix21_same), 20);
  }
}

TEST_CASE("keys of a network keep the promise") {
  for (const char* file : {"mesh_12nm_qos.yaml", "reference_p1.yaml"}) {
    testing::sweep_keys(noc_part(file), 40, all_keys);
    testing::sweep_pairs(noc_part(file), 20);
  }
}

TEST_CASE("keys of an NPU keep the promise") {
  testing::sweep_keys(npu_part(), 60, all_keys);
  testing::sweep_pairs(npu_part(), 30);
}

TEST_CASE("keys of a link keep the promise") {
  for (const char* file : {"ieee802154_868.yaml", "5g_low_band.yaml", "pcie4_x4.yaml"}) {
    testing::sweep_keys(link_part(file), 60, all_keys);
    testing::sweep_pairs(link_part(file), 30);
  }
}

TEST_CASE("keys of a package keep the promise") {
  for (const char* file : {"hbm8.yaml", "wearable.yaml", "microchannel_hbm2e.yaml", "forced_air.yaml",
                           "liquid_loop_hbm2e.yaml", "hotspot_default.yaml"}) {
    const ThermalPart package(file);
    testing::sweep_keys(package.subject(), 10, all_keys);
    testing::sweep_pairs(package.subject(), 5);
  }
}
