// SPDX-License-Identifier: MIT
#include <cmath>

#include "check/verdict.h"
#include "config/load.h"
#include "support/catch.h"
#include "support/scratch_folder.h"

using namespace kiln;
using namespace kiln::testing;
using check::Verdict;

namespace {

batch::Outcome outcome_of(const std::map<std::string, double>& numbers, const std::string& validity = "ok") {
  batch::Outcome outcome;
  for (const auto& [key, value] : numbers) outcome.numbers[key] = {value, value, value};
  outcome.validity = validity;
  outcome.finding = "somewhere it got hot";
  return outcome;
}

check::Approved approved_of(const std::map<std::string, double>& numbers) {
  return {numbers, "ok"};
}

check::CheckConfig config_of(double relative, double absolute = 0) {
  check::CheckConfig config;
  config.tolerance.relative = relative;
  config.tolerance.absolute = absolute;
  return config;
}

/// As read from a file, with what stands behind `tolerances:` and `never:`.
check::CheckConfig read(const std::string& rest) {
  const ScratchFolder scratch;
  return config::load<check::CheckConfig>(
             scratch.write("check.yaml", "runs: [{from: " + std::string(KILN_SOURCE_DIR) +
                                             "/configs/experiments/quickstart.yaml}]\n" + rest))
      .value;
}

}  // namespace

TEST_CASE("a number may move by its tolerance and no further") {
  const auto approved = approved_of({{"step_time_s", 2.0}});
  const auto verdict = [&](const check::CheckConfig& config, double now) {
    return judge(config, "run", outcome_of({{"step_time_s", now}}), approved).verdict;
  };
  CHECK(verdict(config_of(0.01), 2.0199) == Verdict::as_approved);
  CHECK(verdict(config_of(0.01), 2.0201) == Verdict::differs);
  CHECK(verdict(config_of(0.01), 1.9799) == Verdict::differs);
  CHECK(verdict(config_of(0), 2.0) == Verdict::as_approved);
  CHECK(verdict(config_of(0.01, 0.5), 2.5) == Verdict::as_approved);  // the larger of both
  CHECK(verdict(config_of(0.01, 0.5), 2.51) == Verdict::differs);
  CHECK(verdict(config_of(0.01), std::nan("")) == Verdict::differs);
}

TEST_CASE("a number that is gone fails, a new one is told") {
  const auto judgement = judge(config_of(0.1), "run", outcome_of({{"energy_j", 1}, {"step_time_s", 1}}),
                               approved_of({{"energy_j", 1}, {"edp_js", 1}}));
  CHECK(judgement.verdict == Verdict::differs);
  CHECK(judgement.compared == 2);
  REQUIRE(judgement.deviations.size() == 1);
  CHECK(judgement.deviations[0].key == "edp_js");
  CHECK_FALSE(judgement.deviations[0].now);
  CHECK(judgement.news == std::vector<std::string>{"step_time_s"});
  CHECK(judge(config_of(0.1), "run", outcome_of({{"energy_j", 1}, {"step_time_s", 1}}),
              approved_of({{"energy_j", 1}}))
            .passed());
}

TEST_CASE("the widest deviation comes first, measured in tolerances") {
  const auto config = read("tolerances: {energy_j: {relative: 10 %}, step_time_s: {relative: 0.1 %}}\n");
  const auto judgement = judge(config, "run", outcome_of({{"energy_j", 1.3}, {"step_time_s", 1.1}}),
                               approved_of({{"energy_j", 1}, {"step_time_s", 1}}));
  REQUIRE(judgement.deviations.size() == 2);
  CHECK(judgement.deviations[0].key == "step_time_s");
}

TEST_CASE("tolerances go by pattern, later entries win, and one that fits nothing is an error") {
  const auto config = read(
      "tolerance: {relative: 0}\n"
      "tolerances:\n  energy_j.*: {relative: 10 %}\n  energy_j.dram: {relative: 1 %}\n  edp_js: {ignore: "
      "true}\n");
  const std::map<std::string, double> before{{"energy_j.dram", 1}, {"energy_j.noc", 1}, {"edp_js", 1}};
  const auto verdict = [&](double dram, double noc) {
    return judge(config, "run", outcome_of({{"energy_j.dram", dram}, {"energy_j.noc", noc}, {"edp_js", 9}}),
                 approved_of(before))
        .verdict;
  };
  CHECK(verdict(1.009, 1.09) == Verdict::as_approved);
  CHECK(verdict(1.02, 1.09) == Verdict::differs);
  CHECK(verdict(1.009, 1.11) == Verdict::differs);
  CHECK_NOTHROW(require_known_patterns(config, {outcome_of(before)}));
  CHECK_THROWS_WITH(require_known_patterns(config, {outcome_of({{"energy_j.noc", 1}, {"edp_js", 1}})}),
                    contains("check.yaml") && contains("energy_j.dram"));
}

TEST_CASE("what must never be fails a run whatever was approved") {
  const auto config = read("never: [throttled_time_s>0]\n");
  const std::map<std::string, double> hot{{"throttled_time_s", 2}};
  const auto judgement = judge(config, "run", outcome_of(hot), approved_of(hot));
  CHECK(judgement.verdict == Verdict::forbidden);
  CHECK_THAT(judgement.reasons.front(), contains("throttled_time_s>0") && contains("2"));
  const std::map<std::string, double> cool{{"throttled_time_s", 0}};
  CHECK(judge(config, "run", outcome_of(cool), approved_of(cool)).passed());
  CHECK_THROWS_WITH(read("never: [throtled_time_s>0]\n"), contains("did you mean 'throttled_time_s'"));
}

TEST_CASE("a less valid result, a failed run and a run without approval do not pass") {
  const std::map<std::string, double> numbers{{"energy_j", 1}};
  const auto config = config_of(0.1);
  CHECK(judge(config, "run", outcome_of(numbers, "warn"), approved_of(numbers)).verdict == Verdict::differs);
  CHECK(judge(config, "run", outcome_of(numbers, "ok"), check::Approved{numbers, "warn"}).passed());
  CHECK(judge(config, "run", outcome_of(numbers), std::nullopt).verdict == Verdict::not_approved);
  batch::Outcome failed;
  failed.failure = "no power";
  const auto judgement = judge(config, "run", failed, approved_of(numbers));
  CHECK(judgement.verdict == Verdict::failed);
  CHECK(judgement.reasons == std::vector<std::string>{"no power"});
}

TEST_CASE("approved numbers read back as they were written, and so does a summary") {
  check::Approved approved{{{"energy_j.dram", 0.1}, {"step_time_s", 1.0 / 3}}, "warn"};
  const check::Approved again = check::parse_approved(to_json(approved), "a.json");
  CHECK(again.numbers == approved.numbers);
  CHECK(again.validity == "warn");
  CHECK(
      check::parse_approved(R"({"energy_j": {"dram": 2}, "validity": {"state": "ok"}})", "s.json").numbers ==
      std::map<std::string, double>{{"energy_j.dram", 2}});
  CHECK_THROWS_WITH(check::parse_approved("[1]", "a.json"), contains("a.json"));
}

TEST_CASE("JUnit text counts and escapes") {
  const auto bad = judge(config_of(0), "a<b", outcome_of({{"energy_j", 2}}), approved_of({{"energy_j", 1}}));
  const auto good =
      judge(config_of(0), "fine", outcome_of({{"energy_j", 1}}), approved_of({{"energy_j", 1}}));
  const std::string xml = check::junit_xml({bad, good}, "suite & more");
  CHECK_THAT(xml, contains("tests=\"2\" failures=\"1\"") && contains("suite &amp; more") &&
                      contains("a&lt;b") && contains("<failure message=\"differs\">") &&
                      contains("name=\"fine\"/>"));
}
