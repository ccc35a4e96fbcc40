// SPDX-License-Identifier: MIT
// kiln train: learning on the simulated chip.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/csv.h"
#include "config/load.h"
#include "config/node.h"
#include "dram/retention.h"
#include "kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

#if KILN_HAS_LEARNING

namespace {

const std::string kExperiment =
    "name: learner\n"
    "workload:\n"
    "  name: small\n"
    "  source: test\n"
    "  input: {channels: 1, height: 8, width: 8}\n"
    "  layers:\n"
    "    - {name: c, op: conv, out: 6, kernel: 3, act: relu}\n"
    "    - {name: p, op: max_pool, kernel: 2, stride: 2}\n"
    "    - {name: f, op: flatten}\n"
    "    - {name: z, op: linear, out: 4}\n"
    "training: {batch: 16, optimizer: {kind: momentum}}\n"
    "compression: {enabled: true, codec: {selection: top_k, density: 0.1, error_feedback: true}}\n"
    "soc: " +
    std::string(KILN_SOURCE_DIR) +
    "/configs/soc/edge_lpddr5.yaml\n"
    "learning:\n"
    "  data: {samples: 640, test_samples: 200, generator: {classes: 4}}\n"
    "  epochs: 3\n"
    "  seeds: 2\n"
    "  target_accuracy: 80%\n"
    "  rate: {initial: 0.05}\n";

struct Trained {
  ProcessResult result;
  nlohmann::json summary;
  std::string csv;
};

Trained train(const ScratchFolder& scratch, const std::string& out, std::vector<std::string> more = {},
              int exit_code = 0) {
  const std::string file = scratch.write("learner.yaml", kExperiment);
  std::vector<std::string> words = {"train",    file,  "--out", (scratch.path() / out).string(),
                                    "--format", "json"};
  words.insert(words.end(), more.begin(), more.end());
  Trained trained{run_kiln(words), {}, {}};
  INFO(trained.result.err);
  REQUIRE(trained.result.exit_code == exit_code);
  trained.summary = nlohmann::json::parse(trained.result.out);
  trained.csv = scratch.read(out + "/learning.csv");
  return trained;
}

}  // namespace

TEST_CASE("a training reaches its target and says what it cost") {
  const ScratchFolder scratch;
  const Trained trained = train(scratch, "a");
  CHECK(trained.summary.at("reached_share") == 1.0);
  CHECK(trained.summary.at("energy_to_accuracy_j").get<double>() > 0);
  CHECK(trained.summary.at("ratio_source").get<std::string>().starts_with("this training run"));
  CHECK(trained.summary.at("compression_ratio").get<double>() > 5);
  const kiln::base::CsvTable table("learning.csv", trained.csv);
  REQUIRE(table.rows().size() >= 2);
  double time_s = 0, energy_j = 0;
  for (const auto& row : table.rows()) {
    if (row.integer("seed") != 1) continue;
    time_s += row.number("time_s");
    energy_j += row.number("energy_j");
    CHECK_THAT(row.number("total_time_s"), Catch::Matchers::WithinRel(time_s, 1e-9));
    CHECK_THAT(row.number("total_energy_j"), Catch::Matchers::WithinRel(energy_j, 1e-9));
    CHECK(row.number("density") < 0.15);
    CHECK(row.integer("steps") == 40);
  }
  // The same seeds, the same bytes; other seeds, others.
  CHECK(train(scratch, "b").csv == trained.csv);
  CHECK(train(scratch, "c", {"--seed", "9"}).csv != trained.csv);
}

TEST_CASE(
    "a training that diverges is invalid and reaches nothing, though one class be most of the samples") {
  const ScratchFolder scratch;
  const Trained trained = train(
      scratch, "a",
      {"--set", "learning.rate.initial=1000", "compression.enabled=false", "learning.target_accuracy=10%"},
      3);
  CHECK(trained.summary.at("diverged_seeds") == 2);
  CHECK(trained.summary.at("reached_share") == 0.0);
  CHECK(trained.summary.at("accuracy") == 0.0);
  CHECK(trained.summary.at("validity").at("state") == "invalid");
  CHECK_THAT(trained.result.err, Catch::Matchers::Contains("diverged in epoch 1"));
  const nlohmann::json good = train(scratch, "b").summary;
  CHECK(good.at("diverged_seeds") == 0);
  CHECK(good.at("validity").at("state") != "invalid");
}

TEST_CASE("a step of a training costs what the same step of a run costs, board included") {
  const ScratchFolder scratch;
  const std::vector<std::string> steady = {"--set", "compression.enabled=false",
                                           "learning.target_accuracy=0%", "learning.seeds=1",
                                           "learning.start=hot"};
  const Trained trained = train(scratch, "a", steady);
  std::vector<std::string> words = {"run",      (scratch.path() / "learner.yaml").string(),
                                    "--out",    (scratch.path() / "b").string(),
                                    "--format", "json"};
  words.insert(words.end(), steady.begin(), steady.end());
  const ProcessResult ran = run_kiln(words);
  REQUIRE(ran.exit_code == 0);
  const nlohmann::json run = nlohmann::json::parse(ran.out);
  const double steps = 3 * 40, energy_j = trained.summary.at("training_energy_j").get<double>() / steps,
               time_s = trained.summary.at("training_time_s").get<double>() / steps,
               board_j = trained.summary.at("board_energy_j").get<double>() / steps;
  CHECK_THAT(energy_j, Catch::Matchers::WithinRel(run.at("energy_j").get<double>(), 0.01));
  CHECK_THAT(time_s, Catch::Matchers::WithinRel(run.at("step_time_s").get<double>(), 0.01));
  CHECK_THAT(board_j,
             Catch::Matchers::WithinRel(run.at("energy_by_component_j").at("board").get<double>(), 0.01));
  CHECK(board_j > 0.01 * energy_j);
}

TEST_CASE("kept epochs change nothing, and more of them go on from the last") {
  const ScratchFolder scratch;
  const std::vector<std::string> all = {"--set", "learning.target_accuracy=100%",
                                        "learning.rate.schedule=constant"};
  const Trained without = train(scratch, "a", all);
  ProcessOptions kept;
  const std::string cache = (scratch.path() / "cache").string();
  ::setenv("KILN_CACHE", cache.c_str(), 1);
  const Trained first = train(scratch, "b", all), second = train(scratch, "c", all);
  ::setenv("KILN_CACHE", "off", 1);
  CHECK(first.csv == without.csv);
  CHECK(second.csv == without.csv);
}

namespace {

/// A row is refreshed every two seconds instead of 32 ms.
std::vector<std::string> relaxed_refresh(const std::string& ambient, std::vector<std::string> more) {
  std::vector<std::string> words = {"--set",
                                    "learning.target_accuracy=0%",
                                    "learning.seeds=1",
                                    "run.rate=20",
                                    "soc.memory.dram.refresh.rate=0.125",
                                    "governor.refresh={steps: [{above: -40 degC, rate: 0.125}]}",
                                    "environment.ambient=" + ambient};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::filesystem::path newest_file(const std::string& folder) {
  std::filesystem::path newest;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file() &&
        (newest.empty() || entry.last_write_time() > std::filesystem::last_write_time(newest)))
      newest = entry.path();
  return newest;
}

double largest(const std::string& csv, const char* column) {
  const kiln::base::CsvTable table("learning.csv", csv);
  double value = 0;
  for (const auto& row : table.rows()) value = std::max(value, row.number(column));
  return value;
}

}  // namespace

TEST_CASE("every result of a training is explained") {
  const ScratchFolder scratch;
  const nlohmann::json summary = train(scratch, "told", {"--set", "learning.faults={}"}).summary;
  const nlohmann::json all = nlohmann::json::parse(run_kiln({"explain", "--all"}).out);
  std::set<std::string> told;
  for (const nlohmann::json& result : all.at("results"))
    if (result.at("file") == "summary.json of a training") told.insert(result.at("key"));
  for (const auto& [key, value] : summary.items()) {
    if (!value.is_number()) continue;
    std::string name = key;
    for (const char* end : {"_low", "_high"})
      if (name.ends_with(end)) name.resize(name.size() - std::string(end).size());
    INFO(key);
    CHECK(told.contains(name));
  }
  CHECK_THAT(run_kiln({"explain", "reached_share"}).out, contains("summary.json of a training"));
}

TEST_CASE("a network that gives values back is judged by its loss, and has no accuracy") {
  const ScratchFolder scratch;
  const Trained trained = train(scratch, "values",
                                {"--set",
                                 "workload={name: back, source: test, loss: mean_squared_error, input: "
                                 "{channels: 1, height: 8, width: 8}, "
                                 "layers: [{name: f, op: flatten}, {name: down, op: linear, out: 16, act: "
                                 "relu}, {name: up, op: linear, out: 64}]}",
                                 "learning.target_accuracy=0%", "learning.epochs=3"});
  CHECK_FALSE(trained.summary.contains("accuracy"));
  CHECK(trained.summary.at("test_loss") > 0);
  const kiln::base::CsvTable table("learning.csv", trained.csv);
  CHECK(table.rows().front().text("test_accuracy").empty());
  CHECK(table.rows()[2].number("test_loss") < table.rows().front().number("test_loss"));
  CHECK_THAT(scratch.read("values/summary.txt"), contains("test loss  ") && !contains("accuracy  "));
  CHECK_THAT(scratch.read("values/learning.gp"), contains("set ylabel 'test loss'"));
}

TEST_CASE("without faults nothing tells of them, and where retention is guaranteed nothing changes") {
  const ScratchFolder scratch;
  const std::string plain = train(scratch, "a").csv;
  CHECK(plain.substr(0, plain.find('\n')) ==
        "seed,epoch,steps,skipped,loss,test_loss,train_accuracy,test_accuracy,learning_rate,loss_scale,sent_"
        "bits,density,"
        "errors_saturated,errors_flushed,failing_cells,wrong_bits,corrected_bits,spoilt_words,guarded_values,"
        "missed_updates,time_s,energy_j,total_time_s,total_energy_j,hottest_c,memory_c,skin_c,frequency_hz,"
        "voltage_v,throttled_s");
  const std::string faultless = train(scratch, "b", {"--set", "learning.faults={}"}).csv;
  std::istringstream with(faultless), without(plain);
  for (std::string a, b; std::getline(without, a);) {
    REQUIRE(std::getline(with, b));
    CHECK(b.substr(0, a.size()) == a);
  }
}

TEST_CASE("a hotter memory that is refreshed rarely reads more bits wrong, until its code mends them") {
  const ScratchFolder scratch;
  const auto memory = kiln::config::load<kiln::dram::DramConfig>(std::string(KILN_SOURCE_DIR) +
                                                                 "/configs/parts/dram/lpddr5x_8533.yaml")
                          .value;
  const double interval_s = kiln::dram::refresh_interval_s(memory, 1.0 / 64);
  double cells = 0, bits = 0;
  for (const char* ambient : {"50 degC", "65 degC", "80 degC"}) {
    const Trained trained = train(scratch, "a", relaxed_refresh(ambient, {"learning.faults={guard: 4}"}));
    const double failing = largest(trained.csv, "failing_dram_cells"),
                 wrong = largest(trained.csv, "wrong_bits");
    CHECK(failing > cells);
    CHECK(wrong >= bits);
    // The retention model's, at the temperature that the epoch saw.
    CHECK_THAT(failing,
               Catch::Matchers::WithinRel(
                   kiln::dram::bit_error_rate(memory.retention, interval_s, largest(trained.csv, "memory_c")),
                   0.02));
    CHECK(largest(trained.csv, "failing_cells") == 0);
    cells = failing;
    bits = wrong;
  }
  CHECK(bits > 0);
  const Trained mended = train(
      scratch, "b", relaxed_refresh("80 degC", {"learning.faults={}", "soc.memory.dram.ecc.kind=side_band"}));
  CHECK(largest(mended.csv, "wrong_bits") == 0);
  CHECK(largest(mended.csv, "corrected_bits") > 0);
}

TEST_CASE("learning feels a rail that droops too far, of the chip and of its memory") {
  const ScratchFolder scratch;
  const auto with = [&](const char* out, std::vector<std::string> sets) {
    std::vector<std::string> words;
    sets.emplace_back("learning.faults={guard: 4}");
    for (std::string& set : sets) words.insert(words.end(), {"--set", std::move(set)});
    return train(scratch, out, words);
  };
  const std::string weak =
      "soc.rail={noise_limit: 0.1 %, stages: [{name: die, inductance: 20 pH, resistance: 20 mOhm, "
      "capacitance: 20 nF}]}";
  const Trained sound = with("a", {"soc.rail={}"}), late = with("b", {weak});
  CHECK(largest(sound.csv, "wrong_bits") == 0);
  CHECK_FALSE(sound.summary.contains("late_bits"));
  CHECK(late.summary.at("late_bits").get<double>() > 0);
  CHECK(largest(late.csv, "wrong_bits") > 0);
  CHECK(largest(late.csv, "failing_cells") == 0);
  const Trained banded = with("c", {weak, "soc.guard_band={}"});
  CHECK(largest(banded.csv, "wrong_bits") == 0);
  CHECK(largest(banded.csv, "voltage_v") > largest(late.csv, "voltage_v"));

  const Trained moved = with("d", {"soc.memory.rail={eye: {drift: 300 ps}}"});
  CHECK(moved.summary.at("wrong_moved_bits").get<double>() > 0);
  CHECK(largest(moved.csv, "wrong_bits") > 0);
  const Trained slower = with("e", {"soc.memory.rail={answer: slower_clock, eye: {drift: 300 ps}}"});
  CHECK(largest(slower.csv, "wrong_bits") == 0);
  CHECK(largest(slower.csv, "time_s") > largest(moved.csv, "time_s"));
}

TEST_CASE("a training that goes back is the same with kept epochs, and says what going back cost") {
  const ScratchFolder scratch;
  const auto words = [&](const char* epochs) {
    return relaxed_refresh(
        "92 degC",
        {"learning.faults={recover: rollback, checkpoint_steps: 5}", "soc.memory.dram.ecc.kind=side_band",
         "soc.memory.dram.refresh.limit=120 degC", std::string("learning.epochs=") + epochs,
         "learning.rate.schedule=constant", "learning.workers=1", "compression.enabled=false"});
  };
  const Trained whole = train(scratch, "a", words("3"));
  CHECK(whole.summary.at("rolled_back_steps").get<double>() > 0);
  CHECK(largest(whole.csv, "recovery_energy_j") > 0);
  const double good = whole.summary.at("training_energy_j").get<double>() /
                      whole.summary.at("energy_per_good_sample_j").get<double>();
  CHECK(good < 3 * 640);
  const std::string cache = (scratch.path() / "cache").string();
  ::setenv("KILN_CACHE", cache.c_str(), 1);
  train(scratch, "b", words("3"));
  // What was kept behind the last epoch is lost, as if the training had been killed in it.
  std::filesystem::remove(newest_file(cache));
  const Trained again = train(scratch, "c", words("3"));
  ::setenv("KILN_CACHE", "off", 1);
  CHECK(again.csv == whole.csv);
}

TEST_CASE("kept epochs take as much place as there are, and are a chain that may lose its end") {
  const ScratchFolder scratch;
  const std::string cache = (scratch.path() / "cache").string();
  const auto bytes = [&] {
    std::uintmax_t sum = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(cache))
      if (entry.is_regular_file()) sum += entry.file_size();
    return sum;
  };
  ::setenv("KILN_CACHE", cache.c_str(), 1);
  train(scratch, "a",
        {"--set", "learning.epochs=1500", "learning.steps_per_epoch=1", "learning.seeds=1",
         "learning.target_accuracy=0%", "learning.data.test_samples=16"});
  CHECK(bytes() < 10'000'000);  // an entry behind each epoch with all before it: 40 MB and more
  const std::vector<std::string> long_epochs = {"--set", "learning.seeds=1", "learning.target_accuracy=0%",
                                                "learning.data.samples=16000"};
  const std::string whole = train(scratch, "b", long_epochs).csv;
  std::filesystem::remove(newest_file(cache));
  CHECK(train(scratch, "c", long_epochs).csv == whole);
  ::setenv("KILN_CACHE", "off", 1);
  CHECK(train(scratch, "d", long_epochs).csv == whole);
}

TEST_CASE("packets that are sent again take time and joules of the step, silent flips take none") {
  const ScratchFolder scratch;
  const auto with = [&](const char* out, const std::string& links) {
    return train(scratch, out,
                 {"--set", "learning.target_accuracy=0%", "learning.seeds=1", "compression.enabled=false",
                  "mapping.parallel=data", "learning.faults={" + links + "}"});
  };
  const Trained none = with("a", ""), silent = with("b", "guard: 1, links: {bit_error_rate: 1e-5}"),
                checked = with("c", "links: {bit_error_rate: 2e-4, check: crc}");
  CHECK(largest(silent.csv, "wrong_link_bits") > 0);
  CHECK(silent.summary.at("link_overhead") == 1.0);
  CHECK(silent.summary.at("training_energy_j") == none.summary.at("training_energy_j"));
  CHECK(!none.summary.contains("link_overhead"));
  const double p = 1 - std::pow(1 - 2e-4, 8 * 256 + 16);
  CHECK_THAT(checked.summary.at("link_overhead").get<double>(),
             Catch::Matchers::WithinRel((1 + 16 / 2048.0) / (1 - p), 1e-9));
  CHECK(largest(checked.csv, "packets_sent_again") > 0);
  CHECK(largest(checked.csv, "wrong_link_bits") == 0);
  CHECK(checked.summary.at("test_loss") == none.summary.at("test_loss"));
  CHECK(checked.summary.at("training_energy_j").get<double>() >
        none.summary.at("training_energy_j").get<double>());
}

TEST_CASE("synthetic samples that fail their gate are told of, and not learnt from") {
  const ScratchFolder scratch;
  const auto drifted = [&](const char* out, const std::string& failure) {
    const std::string file = scratch.write("learner.yaml", kExperiment);
    return run_kiln({"train", file, "--out", (scratch.path() / out).string(), "--format", "json", "--set",
                     "learning.target_accuracy=0%", "learning.seeds=1",
                     "learning.data.synthetic={generator: {classes: 4, drift: 0.6}, gate: {precision: 80%, "
                     "failure: " +
                         failure + "}}"});
  };
  const ProcessResult stopped = drifted("a", "stop");
  CHECK(stopped.exit_code == 2);
  CHECK_THAT(stopped.err, contains("learning.data.synthetic.gate") && contains("a precision of"));
  const ProcessResult real = drifted("b", "real");
  REQUIRE(real.exit_code == 0);
  const nlohmann::json summary = nlohmann::json::parse(real.out);
  CHECK(summary.at("validity").at("state") == "warn");
  CHECK(summary.at("synthetic_precision").get<double>() < 0.8);
  CHECK_THAT(scratch.read("b/summary.txt"), contains("  synthetic  ") && contains("did not pass their gate"));
}

TEST_CASE("a target out of reach is said to be, with how far it came") {
  const ScratchFolder scratch;
  const Trained trained =
      train(scratch, "a", {"--set", "learning.target_accuracy=100%", "learning.epochs=1"});
  CHECK(trained.summary.at("reached_share") < 1.0);
  CHECK(!trained.summary.contains("energy_to_accuracy_j"));
  CHECK_THAT(scratch.read("a/summary.txt"), contains("not reached by"));
}

TEST_CASE("a curve of steps to an accuracy grows point by point, and experiments take it") {
  const ScratchFolder scratch;
  const std::string curve = (scratch.path() / "curve.yaml").string();
  const auto at_density = [&](const char* density) {
    return train(scratch, "a",
                 {"--curve", curve, "--set", "learning.steps_per_epoch=2", "learning.epochs=160",
                  std::string("compression.codec.density=") + density});
  };
  at_density("0.1");
  at_density("0.02");
  const auto points = kiln::config::parse_yaml_file(curve).find("curve")->list;
  REQUIRE(points.size() == 3);
  const auto number = [&](std::size_t i, const char* key) { return std::stod(points[i].find(key)->scalar); };
  CHECK(number(0, "ratio") == 1);
  CHECK(number(0, "steps") == 1);
  CHECK(number(1, "ratio") < 0.5 * number(2, "ratio"));
  CHECK(number(1, "low") <= number(1, "steps"));
  CHECK(number(1, "steps") <= number(1, "high"));
  CHECK(number(2, "steps") > 0.5);

  const auto run = [&](const std::string& codec) {
    const ProcessResult result = run_kiln({"run", scratch.write("learner.yaml", kExperiment), "--out",
                                           (scratch.path() / "run").string(), "--format", "json", "--set",
                                           "compression.work_to_accuracy=" + curve, codec});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return nlohmann::json::parse(result.out);
  };
  const auto same = run("compression.codec.density=0.1");
  CHECK_THAT(same.at("work_to_accuracy").get<double>(), Catch::Matchers::WithinRel(number(1, "steps"), 0.1));
  CHECK_THAT(same.dump(), !contains("accuracy_of_another_codec"));
  CHECK_THAT(run("compression.codec.values=int4").dump(), contains("accuracy_of_another_codec"));
  CHECK_THAT(run("compression.codec.density=0.001").dump(), contains("accuracy_extrapolated"));
}

TEST_CASE("no curve comes of seeds that reach the target in the first stretch") {
  const ScratchFolder scratch;
  const std::string curve = (scratch.path() / "curve.yaml").string();
  const ProcessResult result =
      run_kiln({"train", scratch.write("learner.yaml", kExperiment), "--out", (scratch.path() / "x").string(),
                "--curve", curve, "--set", "learning.target_accuracy=30%"});
  CHECK(result.exit_code != 0);
  CHECK_THAT(result.err, contains("first stretch of 40 steps"));
  CHECK_THAT(result.err, contains("learning.steps_per_epoch"));
  CHECK(!std::filesystem::exists(curve));
}

TEST_CASE("a curve of another task, without a target or a codec is refused before anything runs") {
  const ScratchFolder scratch;
  const auto refused = [&](const std::string& set, const std::string& why) {
    const ProcessResult result = run_kiln({"train", scratch.write("learner.yaml", kExperiment), "--out",
                                           (scratch.path() / "x").string(), "--curve",
                                           (scratch.path() / "curve.yaml").string(), "--set", set});
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, contains(why));
    CHECK(!std::filesystem::exists(scratch.path() / "x"));
  };
  refused("learning.target_accuracy=0", "learning.target_accuracy");
  refused("compression.enabled=false", "compression.enabled");
  scratch.write("curve.yaml", "a user's own\n");
  refused("learning.seeds=2", "--curve");
  CHECK(scratch.read("curve.yaml") == "a user's own\n");
}

TEST_CASE("what cannot be trained is refused before anything runs") {
  const ScratchFolder scratch;
  const std::string file = scratch.write("learner.yaml", kExperiment);
  const auto refused = [&](const std::string& set, const std::string& why) {
    const ProcessResult result =
        run_kiln({"train", file, "--out", (scratch.path() / "x").string(), "--set", set});
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, contains(why));
    CHECK(!std::filesystem::exists(scratch.path() / "x"));
  };
  refused("learning.data.kind=idx", "values is missing");
  refused("learning.data.kind=nonsense", "fashion_mnist");
  refused("learning.workers=99", "training.batch");
  refused("training.kind=none", "training.kind");
  refused("learning.loss_scale.initial=64", "training.loss_scaling.kind");
  const ProcessResult none =
      run_kiln({"train", write_tiny(scratch), "--out", (scratch.path() / "x").string()});
  CHECK(none.exit_code == 2);
  CHECK_THAT(none.err, contains("learning: is missing"));
}

#endif
