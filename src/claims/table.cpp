// SPDX-License-Identifier: MIT
#include <map>

#include "base/text.h"
#include "claims/judge.h"
#include "output/encode.h"
#include "output/json.h"

namespace kiln::claims {

namespace {

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.3g}", *value) : "-";
}

std::optional<double> value_of(const std::optional<batch::Estimate>& estimate) {
  return estimate ? std::optional(estimate->value) : std::nullopt;
}

const char* sign(Promise says) {
  return says == Promise::at_most ? "<=" : says == Promise::at_least ? ">=" : "=";
}

std::string line(const Judgement& j) {
  const ClaimConfig& claim = *j.claim;
  std::string text =
      fmt::format("  {:<26} {:<16} {:>2} {:>9} {:>10} {:>10} {:<12} {:>9}  {}\n", claim.name, name(j.verdict),
                  sign(claim.says), number(claim.claimed), number(j.bound), number(value_of(j.simulated)),
                  claim.unit, number(j.factor), claim.mechanism);
  if (!j.why.empty()) text += fmt::format("  {:<26} {}\n", "", j.why);
  return text;
}

nlohmann::ordered_json json_of(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json band_of(const std::optional<batch::Estimate>& estimate) {
  if (!estimate) return nullptr;
  return {estimate->low, estimate->high};
}

}  // namespace

std::string claims_text(const ClaimsConfig& config, const std::vector<batch::Outcome>& outcomes) {
  const std::vector<Judgement> all = judge(config, outcomes);
  std::string text =
      fmt::format("  {:<26} {:<16} {:>2} {:>9} {:>10} {:>10} {:<12} {:>9}  {}\n", "claim", "verdict", "",
                  "claimed", "bound", "simulated", "unit", "factor", "mechanism");
  std::map<Verdict, int> count;
  for (const Judgement& j : all) {
    text += line(j);
    ++count[j.verdict];
  }
  std::vector<std::string> words;
  for (const auto& [verdict, many] : count) words.push_back(fmt::format("{} {}", many, name(verdict)));
  text += fmt::format("{} claims: {}\n", all.size(), base::join(words, ", "));
  text += fmt::format("\ntargets of {}\n", config.runs.front().name);
  for (const Score& score : scoreboard(config, outcomes))
    text +=
        fmt::format("  {:<34} {:>2} {:<8g} {:<6} {:>10}  {}\n", score.target->what, sign(score.target->says),
                    score.target->value, score.target->unit, number(value_of(score.simulated)),
                    !score.why.empty() ? score.why
                    : score.reached    ? "reached"
                                       : "missed");
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (outcomes[i].failed() || outcomes[i].validity != "ok")
      text += fmt::format("run {}: {}: {}\n", config.runs[i].name,
                          outcomes[i].failed() ? "failed" : outcomes[i].validity,
                          outcomes[i].failed() ? outcomes[i].failure : outcomes[i].finding);
  return text;
}

std::string claims_csv(const std::vector<Judgement>& all) {
  std::string text =
      "claim,article,section,text,says,claimed,unit,bound,mechanism,simulated,simulated_low,simulated_high,"
      "run,factor,verdict,comment\n";
  const auto cell = [](const std::optional<double>& value) { return value ? fmt::format("{}", *value) : ""; };
  for (const Judgement& j : all) {
    const ClaimConfig& c = *j.claim;
    std::vector<std::string> cells;
    for (const std::string& word :
         {c.name, c.article, c.section, c.claim, std::string(config::enum_name(c.says))})
      cells.push_back(output::csv_cell(word));
    cells.push_back(cell(c.claimed));
    cells.push_back(output::csv_cell(c.unit));
    cells.push_back(cell(j.bound));
    cells.push_back(output::csv_cell(c.mechanism));
    cells.push_back(cell(value_of(j.simulated)));
    cells.push_back(j.simulated ? fmt::format("{}", j.simulated->low) : "");
    cells.push_back(j.simulated ? fmt::format("{}", j.simulated->high) : "");
    cells.push_back(output::csv_cell(c.run));
    cells.push_back(cell(j.factor));
    cells.emplace_back(name(j.verdict));
    cells.push_back(output::csv_cell(c.comment));
    text += base::join(cells, ",") + "\n";
  }
  return text;
}

std::string claims_json(const std::vector<Judgement>& all, const std::vector<Score>& scores) {
  nlohmann::ordered_json json;
  json["claims"] = nlohmann::ordered_json::array();
  for (const Judgement& j : all)
    json["claims"].push_back({{"claim", j.claim->name},
                              {"text", j.claim->claim},
                              {"article", j.claim->article},
                              {"section", j.claim->section},
                              {"says", config::enum_name(j.claim->says)},
                              {"claimed", json_of(j.claim->claimed)},
                              {"unit", j.claim->unit},
                              {"bound", json_of(j.bound)},
                              {"mechanism", j.claim->mechanism},
                              {"simulated", json_of(value_of(j.simulated))},
                              {"band", band_of(j.simulated)},
                              {"run", j.claim->run},
                              {"factor", json_of(j.factor)},
                              {"verdict", name(j.verdict)},
                              {"why", j.why}});
  json["targets"] = nlohmann::ordered_json::array();
  for (const Score& score : scores)
    json["targets"].push_back({{"what", score.target->what},
                               {"target", score.target->value},
                               {"unit", score.target->unit},
                               {"simulated", json_of(value_of(score.simulated))},
                               {"band", band_of(score.simulated)},
                               {"reached", score.reached},
                               {"why", score.why}});
  return output::json_text(json, 2) + "\n";
}

}  // namespace kiln::claims
