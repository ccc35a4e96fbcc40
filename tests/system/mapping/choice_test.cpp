// SPDX-License-Identifier: MIT
// The choice of a mapping against every way that could have been asked for.
#include "output/cache.h"
#include "support/catch.h"
#include "support/child_run.h"
#include "support/scratch_folder.h"

using namespace kiln;
using testing::ChildRun;

namespace {

double chosen_time(const ChildRun& run) {
  return nlohmann::json::parse(run.files.at("summary.json")).at("step_time_s");
}

std::vector<std::string> with(std::vector<std::string> settings, const std::string& more) {
  settings.push_back(more);
  return settings;
}

}  // namespace

TEST_CASE("auto is as fast as the best of what it leaves open, and says what the others cost") {
  const std::vector<std::vector<std::string>> cases = {
      {testing::network("dscnn_kws_mlperf_tiny"), "training.batch=16"},
      {testing::network("resnet8_cifar_mlperf_tiny"), "training.batch=7"},
      {testing::network("lenet5_r28"), "training.batch=2"},
      {testing::network("tinylm_d128_l4_t128"), "training.batch=3"}};
  for (const std::vector<std::string>& settings : cases) {
    INFO(settings[0] << " " << settings[1]);
    const ChildRun automatic =
        testing::good_run("passive_edge.yaml", with(settings, "mapping.parallel=auto"));
    double best_s = 1e9;
    for (const char* parallel : {"data", "channel", "layer_wise"})
      for (const char* cut : {"rows", "samples"})
        best_s = std::min(
            best_s, chosen_time(testing::good_run(
                        "passive_edge.yaml", with(with(settings, std::string("mapping.parallel=") + parallel),
                                                  std::string("mapping.cut=") + cut))));
    CHECK(chosen_time(automatic) <= best_s * 1.01);
    const nlohmann::json said = nlohmann::json::parse(automatic.files.at("summary.json")).at("mapping");
    bool found = false;
    for (const nlohmann::json& way : said.at("tried")) {
      if (way.at("way") == said.at("way")) {
        found = true;
        CHECK_THAT(way.at("step_time_s").get<double>(),
                   Catch::Matchers::WithinRel(chosen_time(automatic), 1e-9));
      }
      const double least_s = way.contains("at_least_s") ? way.at("at_least_s").get<double>()
                                                        : way.at("step_time_s").get<double>();
      CHECK(least_s > chosen_time(automatic) / 1.01);
    }
    CHECK(found);
  }
}

TEST_CASE("seven samples on four tiles take no longer than eight, and six no longer than seven") {
  double more_s = 1e9;
  for (const char* batch : {"8", "7", "6", "5", "4"}) {
    const double time_s = chosen_time(testing::good_run(
        "passive_edge.yaml", {testing::network("resnet8_cifar_mlperf_tiny"), "mapping.parallel=data",
                              std::string("training.batch=") + batch}));
    CHECK(time_s <= more_s * 1.02);
    more_s = time_s;
  }
}

TEST_CASE("an objective of energy takes no more of it than one of time") {
  const auto energy_j = [](const std::string& objective) {
    const ChildRun run =
        testing::good_run("passive_edge.yaml", {testing::network("vit_micro_p8_r64"), "mapping.parallel=auto",
                                                "training.batch=4", "mapping.objective=" + objective});
    const nlohmann::json mapping = nlohmann::json::parse(run.files.at("summary.json")).at("mapping");
    CHECK(mapping.at("objective") == objective);
    double chosen = 0, least = 1e9;
    for (const nlohmann::json& way : mapping.at("tried")) {
      if (!way.contains("step_energy_j")) continue;
      if (way.at("way") == mapping.at("way")) chosen = way.at("step_energy_j");
      least = std::min(least, way.at("step_energy_j").get<double>());
    }
    return std::pair(chosen, least);
  };
  const auto [chosen, least] = energy_j("energy");
  CHECK(chosen <= least * 1.01);
  CHECK(chosen <= energy_j("time").first * 1.01);
}

TEST_CASE("a choice that was made before is not simulated again, and the results are the same bytes") {
  const testing::ScratchFolder folder;
  const auto run_with = [&](output::Cache cache, const std::string& setting) {
    const testing::Forked child = testing::in_child([&] {
      const auto loaded = config::load<experiment::ExperimentConfig>(
          std::string(KILN_SOURCE_DIR) + "/configs/experiments/passive_edge.yaml",
          {testing::network("resnet8_cifar_mlperf_tiny"), "training.batch=6", "mapping.parallel=auto",
           setting});
      report::RunOptions options;
      options.cache = std::move(cache);
      bool simulated = false;
      options.monitor.progress = [&](double, std::string_view what) {
        simulated |= what.find("simulating") != std::string_view::npos;
      };
      const report::RunResult result = report::run_experiment(loaded.value, options);
      std::string text = simulated ? "simulated\n" : "kept\n";
      for (const char* name : {"stats.json", "layers.csv", "trace.json", "series.csv"})
        text += result.files.at(name);
      nlohmann::json summary = nlohmann::json::parse(result.files.at("summary.json"));
      return text + summary.at("mapping").dump();
    });
    REQUIRE(child.signal == 0);
    return child.text;
  };
  const auto rest = [](const std::string& text) { return text.substr(text.find('\n') + 1); };
  const output::Cache cache(folder.path());
  const std::string cold = run_with({}, "name=a"), filling = run_with(cache, "name=a");
  const std::string warm = run_with(cache, "name=a");
  CHECK(cold.starts_with("simulated"));
  CHECK(filling.starts_with("simulated"));
  CHECK(warm.starts_with("kept"));
  CHECK(rest(cold) == rest(filling));
  CHECK(rest(cold) == rest(warm));
  // Steps of ways that were tried serve runs that ask for such a way.
  CHECK(run_with(cache, "mapping.parallel=data").starts_with("kept"));
  CHECK(run_with(cache, "environment.ambient=20degC").starts_with("kept"));
  CHECK(run_with(cache, "mapping.residency_horizon=0").starts_with("simulated"));
}

TEST_CASE("steps in the kernel begin on a fresh chip after other ways were tried on it") {
  const std::vector<std::string> settings = {testing::network("resnet8_cifar_mlperf_tiny"),
                                             "training.batch=7", "run.horizon=steps", "run.steps=2"};
  const ChildRun automatic = testing::good_run("passive_edge.yaml", with(settings, "mapping.parallel=data"));
  const nlohmann::json mapping = nlohmann::json::parse(automatic.files.at("summary.json")).at("mapping");
  REQUIRE(mapping.at("way") == "data, whole samples");
  const ChildRun plain = testing::good_run(
      "passive_edge.yaml", with(with(settings, "mapping.parallel=data"), "mapping.cut=samples"));
  for (const char* file : {"series.csv", "layers.csv", "windows.csv"})
    CHECK(automatic.files.at(file) == plain.files.at(file));
}
