// SPDX-License-Identifier: MIT
// Judgements for people, for programs and for continuous integration.
#include <algorithm>

#include "base/text.h"
#include "check/verdict.h"
#include "output/encode.h"
#include "output/json.h"
#include "report/glossary.h"

namespace kiln::check {

namespace {

std::string number_text(const std::optional<double>& number) {
  return number ? fmt::format("{:.7g}", *number) : "gone";
}

/// "step_time_s 0.004570 -> 0.004612 s (+0.92 %, 0.1 % allowed)"
std::string sentence(const Deviation& deviation) {
  const std::string unit = report::unit_of(deviation.key);
  std::string text = fmt::format("{} {} -> {}{}{}", deviation.key, number_text(deviation.approved),
                                 number_text(deviation.now), unit.empty() ? "" : " ", unit);
  if (!deviation.approved || !deviation.now) return text;
  const double approved = *deviation.approved, change = *deviation.now - approved;
  if (approved == 0) return text + fmt::format(" ({:.3g} allowed)", deviation.allowed);
  return text + fmt::format(" ({:+.3g} %, {:.3g} % allowed)", 100 * change / std::abs(approved),
                            100 * deviation.allowed / std::abs(approved));
}

std::vector<std::string> lines_of(const Judgement& judgement, std::size_t most) {
  std::vector<std::string> lines = judgement.reasons;
  const std::size_t shown = std::min(most, judgement.deviations.size());
  for (std::size_t i = 0; i < shown; ++i) lines.push_back(sentence(judgement.deviations[i]));
  if (const std::size_t left = judgement.deviations.size() - shown; left > 0)
    lines.push_back(fmt::format("and {} more numbers", left));
  if (!judgement.news.empty())
    lines.push_back(fmt::format("{} numbers are new: {}{}", judgement.news.size(), judgement.news.front(),
                                judgement.news.size() > 1 ? ", ..." : ""));
  return lines;
}

nlohmann::ordered_json json_of(const std::optional<double>& number) {
  return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
}

std::size_t passed(const std::vector<Judgement>& all) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [](const auto& j) { return j.passed(); }));
}

}  // namespace

std::string check_text(const std::vector<Judgement>& all, std::size_t most) {
  std::size_t widest = 0;
  for (const Judgement& judgement : all) widest = std::max(widest, judgement.run.size());
  std::string text;
  for (const Judgement& judgement : all) {
    text += fmt::format("{:<{}}  {:<12}  {} numbers compared, {} differ\n", judgement.run, widest,
                        name(judgement.verdict), judgement.compared, judgement.deviations.size());
    for (const std::string& line : lines_of(judgement, most)) text += "    " + line + "\n";
  }
  return text + fmt::format("{} of {} runs as approved\n", passed(all), all.size());
}

std::string check_json(const std::vector<Judgement>& all) {
  nlohmann::ordered_json runs = nlohmann::ordered_json::array();
  for (const Judgement& judgement : all) {
    nlohmann::ordered_json run{{"run", judgement.run},
                               {"verdict", name(judgement.verdict)},
                               {"compared", judgement.compared},
                               {"reasons", judgement.reasons},
                               {"new", judgement.news}};
    auto& deviations = run["deviations"] = nlohmann::ordered_json::array();
    for (const Deviation& deviation : judgement.deviations)
      deviations.push_back({{"key", deviation.key},
                            {"approved", json_of(deviation.approved)},
                            {"now", json_of(deviation.now)},
                            {"allowed", deviation.allowed}});
    runs.push_back(std::move(run));
  }
  return output::json_text(nlohmann::ordered_json{{"passed", passed(all)}, {"runs", runs}}, 2) + "\n";
}

std::string junit_xml(const std::vector<Judgement>& all, const std::string& suite) {
  const std::string name_of_suite = output::xml_text(suite);
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n", name_of_suite, all.size(),
                      all.size() - passed(all));
  for (const Judgement& judgement : all) {
    const std::string head = fmt::format("  <testcase classname=\"{}\" name=\"{}\"", name_of_suite,
                                         output::xml_text(judgement.run));
    if (judgement.passed()) {
      text += head + "/>\n";
      continue;
    }
    text += head + fmt::format(">\n    <failure message=\"{}\">", name(judgement.verdict));
    text += output::xml_text(base::join(lines_of(judgement, judgement.deviations.size()), "\n"));
    text += "</failure>\n  </testcase>\n";
  }
  return text + "</testsuite>\n";
}

}  // namespace kiln::check
