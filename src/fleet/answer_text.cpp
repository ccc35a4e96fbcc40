// SPDX-License-Identifier: MIT
// The comparison for people and for programs.
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "fleet/answer.h"
#include "output/encode.h"
#include "output/json.h"

namespace kiln::fleet {

namespace {

using base::Dimension;
using base::display_quantity;
using Json = nlohmann::ordered_json;

std::string quantity(double value, Dimension dimension) {
  return display_quantity(value, dimension);
}

std::string steps_text(const Candidate& c) {
  if (!c.work) return c.no_work;
  return fmt::format("{:.3g} [{:.3g}, {:.3g}]", c.work->steps, c.work->low, c.work->high);
}

std::string pays(const std::optional<double>& value, const std::string& word, Dimension dimension,
                 const char* side) {
  if (!value) return word.empty() ? "-" : word;
  return fmt::format("{} {}", side, quantity(*value, dimension));
}

std::string candidates_text(const Comparison& all) {
  std::string text =
      fmt::format("{:<22} {:>10} {:>8} {:>19} {:>11} {:>11} {:>24} {:>20}\n", "codec", "gradient", "ratio",
                  "steps for one", "round alone", "J alone", "pays in energy", "pays in time");
  for (std::size_t i = 0; i < all.candidates.size(); ++i) {
    const Candidate& c = all.candidates[i];
    const BreakEven& at = all.break_evens[i];
    text += fmt::format("{:<22} {:>10} {:>8.4g} {:>19} {:>11} {:>11} {:>24} {:>20}\n",
                        output::terminal_text(c.name), quantity(c.gradient_bytes, Dimension::bytes), c.ratio,
                        i == 0 ? "1" : steps_text(c), quantity(c.alone_s, Dimension::time),
                        quantity(c.alone_j, Dimension::energy),
                        i == 0 ? "" : pays(at.j_per_bit, at.energy, Dimension::energy_per_bit, "above"),
                        i == 0 ? "" : pays(at.bytes_per_s, at.time, Dimension::bandwidth, "below"));
  }
  return text;
}

std::string pairs_text(const Comparison& all) {
  std::string text = fmt::format("\n{:<28} {:<22} {:>11} {:>11} {:>11} {:>8}\n", "link", "codec", "a round",
                                 "J a device", "of it link", "validity");
  for (std::size_t l = 0; l < all.links.size(); ++l)
    for (const Pair& pair : all.pairs)
      if (pair.link == l)
        text += fmt::format(
            "{:<28} {:<22} {:>11} {:>11} {:>10.0f} % {:>8}\n", output::terminal_text(all.links[l].name),
            output::terminal_text(all.candidates[pair.candidate].name),
            quantity(pair.time_s, Dimension::time), quantity(pair.energy_j, Dimension::energy),
            pair.round_j > 0 ? 100 * pair.link_j / pair.round_j : 0, pair.validity);
  return text;
}

bool lacks_curve(const Comparison& all) {
  for (std::size_t i = 1; i < all.candidates.size(); ++i)
    if (!all.candidates[i].work) return true;
  return false;
}

std::string answers_text(const Comparison& all) {
  std::string text = "\n";
  for (std::size_t l = 0; l < all.links.size(); ++l) {
    const Pair& energy = all.best(l, &Pair::energy_j, false);
    const Pair& time = all.best(l, &Pair::time_s, false);
    text += fmt::format("over {}: least energy {}, least time {}", output::terminal_text(all.links[l].name),
                        output::terminal_text(all.candidates[energy.candidate].name),
                        output::terminal_text(all.candidates[time.candidate].name));
    if (lacks_curve(all)) {
      const Pair& any = all.best(l, &Pair::energy_j, true);
      text += fmt::format("; step by step {}", output::terminal_text(all.candidates[any.candidate].name));
    }
    text += fmt::format(" (useful {}, {})\n", quantity(all.links[l].bytes_per_s, Dimension::bandwidth),
                        quantity(all.links[l].j_per_bit, Dimension::energy_per_bit));
  }
  if (lacks_curve(all))
    text +=
        "codecs without a curve of steps to an accuracy are counted step by step and are no answer at equal "
        "accuracy\n";
  return text;
}

Json json_of(const std::optional<double>& value, const std::string& word) {
  if (value) return *value;
  return word;
}

}  // namespace

std::string comparison_text(const Comparison& all) {
  return fmt::format("{}: which compression over which link, for what a plain round teaches\n\n",
                     output::terminal_text(all.name)) +
         candidates_text(all) + pairs_text(all) + answers_text(all);
}

std::string comparison_json(const Comparison& all) {
  Json candidates = Json::array(), links = Json::array(), pairs = Json::array();
  for (std::size_t i = 0; i < all.candidates.size(); ++i) {
    const Candidate& c = all.candidates[i];
    const BreakEven& at = all.break_evens[i];
    Json json{{"name", c.name},
              {"compression_ratio", c.ratio},
              {"gradient_bytes", c.gradient_bytes},
              {"equal_accuracy", i == 0 || c.work.has_value()},
              {"steps_for_one", c.steps()}};
    if (i > 0 && !c.work) json["no_equal_accuracy"] = c.no_work;
    if (c.work) json["steps_for_one_band"] = {c.work->low, c.work->high};
    json["alone_s"] = c.alone_s;
    json["alone_j"] = c.alone_j;
    json["sent_bytes"] = c.sent_bytes;
    json["path_bytes"] = c.path_bytes;
    if (i > 0) {
      json["break_even_j_per_bit"] = json_of(at.j_per_bit, at.energy);
      json["break_even_bytes_per_s"] = json_of(at.bytes_per_s, at.time);
    }
    candidates.push_back(std::move(json));
  }
  for (std::size_t l = 0; l < all.links.size(); ++l)
    links.push_back(
        {{"name", all.links[l].name},
         {"j_per_bit", all.links[l].j_per_bit},
         {"bytes_per_s", all.links[l].bytes_per_s},
         {"least_energy", all.candidates[all.best(l, &Pair::energy_j, false).candidate].name},
         {"least_time", all.candidates[all.best(l, &Pair::time_s, false).candidate].name},
         {"least_energy_step_by_step", all.candidates[all.best(l, &Pair::energy_j, true).candidate].name}});
  for (const Pair& pair : all.pairs)
    pairs.push_back({{"link", all.links[pair.link].name},
                     {"codec", all.candidates[pair.candidate].name},
                     {"round_time_s", pair.round_s},
                     {"round_energy_j", pair.round_j},
                     {"link_energy_j", pair.link_j},
                     {"time_s", pair.time_s},
                     {"energy_j", pair.energy_j},
                     {"validity", pair.validity}});
  return output::json_text(Json{{"name", all.name},
                                {"candidates", std::move(candidates)},
                                {"links", std::move(links)},
                                {"pairs", std::move(pairs)}},
                           2) +
         "\n";
}

std::string comparison_csv(const Comparison& all) {
  std::string text =
      "link,codec,compression_ratio,equal_accuracy,steps_for_one,round_time_s,round_energy_j,link_energy_j,"
      "time_s,energy_j,validity\n";
  for (const Pair& pair : all.pairs) {
    const Candidate& c = all.candidates[pair.candidate];
    text += fmt::format("{},{},{:.9g},{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{}\n",
                        output::csv_cell(all.links[pair.link].name), output::csv_cell(c.name), c.ratio,
                        pair.candidate == 0 || c.work ? "yes" : "no", c.steps(), pair.round_s, pair.round_j,
                        pair.link_j, pair.time_s, pair.energy_j, pair.validity);
  }
  return text;
}

}  // namespace kiln::fleet
