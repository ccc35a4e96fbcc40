// SPDX-License-Identifier: MIT
// What codecs, formats and failing cells do to LeNet-5 on Fashion-MNIST, against accuracies of an independent
// program: README.md says which. Seeds are others than those behind the figures.
#include <nlohmann/json.hpp>

#include "base/csv.h"
#include "base/file.h"
#include "base/text.h"
#include "support/catch.h"
#include "support/long_tests.h"
#include "support/process.h"
#include "support/scratch_folder.h"

using namespace kiln;

namespace {

struct Setting {
  std::string name;
  std::vector<std::string> assignments;
  double low = 0, high = 1;
  bool quick = false;
};

std::vector<Setting> settings() {
  const std::string file = std::string(KILN_SOURCE_DIR) + "/tests/reference/learning/accuracies.csv";
  std::vector<Setting> all;
  const base::CsvTable table(file, base::read_file(file));
  for (const base::CsvRow& row : table.rows()) {
    Setting setting{row.text("name"), base::split(row.text("settings"), '|'), row.number("low") / 100,
                    row.number("high") / 100, row.text("quick") == "yes"};
    if (testing::long_tests() || setting.quick) all.push_back(std::move(setting));
  }
  return all;
}

/// Test accuracy behind three epochs; nothing where the
/// data are not installed.
std::optional<double> accuracy(const Setting& setting, int seed) {
  const testing::ScratchFolder scratch;
  std::vector<std::string> words = {KILN_BINARY,
                                    "train",
                                    std::string(KILN_SOURCE_DIR) + "/configs/experiments/fashion_lenet.yaml",
                                    "--out",
                                    (scratch.path() / "run").string(),
                                    "--seed",
                                    std::to_string(seed),
                                    "--format",
                                    "json",
                                    "--set",
                                    "learning.seeds=1",
                                    "learning.target_accuracy=0"};
  words.insert(words.end(), setting.assignments.begin(), setting.assignments.end());
  const testing::ProcessResult result = testing::run_process(words);
  if (result.err.find("dataset-fashion-mnist") != std::string::npos) return {};
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return nlohmann::json::parse(result.out).at("accuracy").get<double>();
}

}  // namespace

TEST_CASE("LeNet-5 learns without gradients, slowly") {
  const Setting setting{
      "zeroth order",
      {"training.kind=zeroth_order", "training.optimizer={kind: sgd, master_weights: false}",
       "compression.enabled=false", "learning.rate={initial: 0.001, schedule: constant}"}};
  const std::optional<double> reached = accuracy(setting, 12);
  if (!reached) return;   // the case below says so
  CHECK(*reached > 0.3);  // 10 % at first
}

TEST_CASE("five epochs end where those of libtorch end") {
  constexpr double kLibtorch = 0.903;  // mean of three seeds; README.md
  if (!testing::long_tests()) return;  // a minute of processor time
  const Setting setting{"five epochs", {"compression.enabled=false", "learning.epochs=5"}};
  double sum = 0;
  for (int seed = 11; seed <= 13; ++seed) {
    const std::optional<double> reached = accuracy(setting, seed);
    if (!reached) return;  // the case below says so
    sum += *reached;
  }
  CHECK(sum / 3 == Approx(kLibtorch).margin(0.005));
}

TEST_CASE("accuracies under codecs, formats and failing cells are those of an independent program") {
  for (const Setting& setting : settings())
    for (int seed = 11; seed <= (testing::long_tests() ? 12 : 11); ++seed) {
      const std::optional<double> reached = accuracy(setting, seed);
      if (!reached) {
        WARN("Fashion-MNIST is not installed: scripts/bootstrap --learning");
        return;
      }
      INFO(setting.name << ", seed " << seed);
      CHECK(*reached >= setting.low);
      CHECK(*reached <= setting.high);
    }
}
