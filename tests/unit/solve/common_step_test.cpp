// SPDX-License-Identifier: MIT
// The step that a question's runs share: where they may, and that it is theirs.
#include "solve/common_step.h"

#include "config/load.h"
#include "support/catch.h"

using namespace kiln;

namespace {

solve::Question question_of(const std::string& over, const std::string& each) {
  solve::Question question;
  question.file = "small.yaml";
  question.experiment = config::parse_yaml(
      question.file, fmt::format("name: small\nworkload: {0}/configs/workloads/lenet5_r28.yaml\n"
                                 "soc: {0}/configs/soc/edge_lpddr5.yaml\n",
                                 KILN_SOURCE_DIR));
  question.over = solve::parse_axes("--over", {over});
  question.each = solve::parse_axes("--each", {each});
  return question;
}

bool is_shared(const std::string& over, const std::string& each) {
  return solve::common_step(question_of(over, each), {}).has_value();
}

std::vector<std::int64_t> work_of(const lowering::LoweredStep& step) {
  std::vector<std::int64_t> work;
  for (const lowering::TileProgram& tile : step.tiles)
    for (const auto* transfers : {&tile.loads, &tile.stores})
      for (const lowering::Transfer& transfer : *transfers)
        work.push_back(static_cast<std::int64_t>(transfer.bytes));
  return work;
}

}  // namespace

TEST_CASE("a step is shared where no axis can change it") {
  CHECK(is_shared("run.rate=10..20", "environment.ambient={25 degC,30 degC}"));
  CHECK(is_shared("run.rate=10..20", "governor.policies={[],[{kind: powersave}]}"));
  CHECK_FALSE(is_shared("run.rate=10..20", "training.batch={1,2}"));
  CHECK_FALSE(is_shared("soc.npu.rows=16..32", "environment.ambient={25 degC,30 degC}"));
  CHECK_FALSE(is_shared("run.rate=10..20", "soc.package={a.yaml,b.yaml}"));
  CHECK_FALSE(is_shared("run.seed=1..20", "environment.ambient={25 degC,30 degC}"));
}

TEST_CASE("the shared step is what each of the runs would have prepared") {
  const solve::Question question = question_of("run.rate=10..20", "environment.ambient={25 degC,45 degC}");
  const auto shared = solve::common_step(question, {});
  REQUIRE(shared);
  config::Node tree = question.experiment;
  config::apply_override(tree, "run.rate=20");
  config::apply_override(tree, "environment.ambient=45 degC");
  const auto own =
      experiment::prepare(config::read_tree<experiment::ExperimentConfig>(tree, question.file).value);
  REQUIRE_FALSE(work_of(own.step).empty());
  CHECK(work_of(own.step) == work_of(shared->step));
  CHECK(own.beside_keys == shared->beside_keys);
  CHECK(own.plan.floorplan.blocks.size() == shared->plan.floorplan.blocks.size());
}

TEST_CASE("an experiment that cannot be prepared is left to its runs to tell") {
  solve::Question question = question_of("run.rate=10..20", "environment.ambient={25 degC,45 degC}");
  config::apply_override(question.experiment, "mapping.tiles=1000");
  CHECK_FALSE(solve::common_step(question, {}));
}
