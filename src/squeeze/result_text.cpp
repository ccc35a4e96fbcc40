// SPDX-License-Identifier: MIT
// What chains come to, for people and for programs.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/quantity_text.h"
#include "output/encode.h"
#include "output/json.h"
#include "output/plotter.h"
#include "report/band_text.h"
#include "report/validity_json.h"
#include "squeeze/result.h"

namespace kiln::squeeze {

namespace {

using base::bytes_text;
using base::energy_text;
using base::time_text;
using Json = nlohmann::ordered_json;

std::string format_name(workload::Precision format) {
  return std::string(config::enum_name(format));
}

std::string accuracy_text(const SqueezedRow& row) {
  if (!row.accuracy) return "-";
  if (*row.accuracy_low == *row.accuracy_high) return fmt::format("{:.2f} %", 100 * *row.accuracy);
  return fmt::format("{:.2f} % [{:.2f}, {:.2f}]", 100 * *row.accuracy, 100 * *row.accuracy_low,
                     100 * *row.accuracy_high);
}

std::string rows_text(const Result& result) {
  const std::size_t width =
      std::max_element(result.rows.begin(), result.rows.end(), [](const auto& a, const auto& b) {
        return a.name.size() < b.name.size();
      })->name.size();
  std::string text = fmt::format("{:<{}} {:>10} {:>7} {:>11} {:>25} {:>7} {:>11} {:>22}\n", "network", width,
                                 "model", "of it", "inference", "energy", "of it", "squeezing", "accuracy");
  const SqueezedRow& plain = result.rows.front();
  for (const SqueezedRow& row : result.rows)
    text += fmt::format(
        "{:<{}} {:>10} {:>5.1f} % {:>11} {:>25} {:>5.1f} % {:>11} {:>22}\n", output::terminal_text(row.name),
        width, bytes_text(row.model_bytes), 100 * row.model_bytes / plain.model_bytes,
        time_text(row.inference.time_s),
        energy_text(row.inference.energy_j) + report::band_text(row.inference.band_j, row.inference.energy_j),
        100 * row.inference.energy_j / plain.inference.energy_j,
        row.steps.empty() ? "-" : energy_text(row.squeeze_j), accuracy_text(row));
  return text;
}

std::string how(const FormatSupport& support) {
  if (!support.possible) return "no format of the array holds its values";
  if (support.computed_as) return "computed as " + format_name(*support.computed_as);
  if (support.macs_per_pe_per_cycle < 1)
    return fmt::format("{:.3g} cycles a product", 1 / support.macs_per_pe_per_cycle);
  return "native";
}

std::string formats_text(const Result& result) {
  if (result.formats.empty()) return "";
  double best_s = 0, best_j = 0;
  for (const FormatRow& row : result.formats)
    if (row.inference) {
      best_s = best_s == 0 ? row.inference->time_s : std::min(best_s, row.inference->time_s);
      best_j = best_j == 0 ? row.inference->energy_j : std::min(best_j, row.inference->energy_j);
    }
  std::string text = fmt::format("\n{:<7} {:>15} {:>11} {:>8} {:>11} {:>8}  {}\n", "format", "MACs/PE/cycle",
                                 "inference", "of best", "energy", "of best", "how");
  for (const FormatRow& row : result.formats) {
    if (!row.inference) {
      text += fmt::format("{:<7} {:>15} {:>11} {:>8} {:>11} {:>8}  {}\n", format_name(row.support.format),
                          "-", "-", "-", "-", "-", how(row.support));
      continue;
    }
    text += fmt::format(
        "{:<7} {:>15.4g} {:>11} {:>7.3g}x {:>11} {:>7.3g}x  {}\n", format_name(row.support.format),
        row.support.macs_per_pe_per_cycle, time_text(row.inference->time_s), row.inference->time_s / best_s,
        energy_text(row.inference->energy_j), row.inference->energy_j / best_j, how(row.support));
  }
  return text;
}

/// Of a candidate: the network as it is, or the chain's name.
std::string candidate_name(const Result& result, std::size_t candidate) {
  return candidate == 0 ? "as it is" : result.chains[candidate - 1].first;
}

std::string scenario_text(const Result& result, const ScenarioRow& row) {
  std::string text =
      fmt::format("\n{}: least {} has {}{}\n", output::terminal_text(row.name),
                  row.minimise == Minimise::download ? "time to download" : "energy",
                  output::terminal_text(candidate_name(result, row.best)),
                  row.judged ? "" : "; accuracies are not known, none is left out for its own");
  for (std::size_t i = 0; i < row.candidates.size(); ++i) {
    const Candidate& c = row.candidates[i];
    text += fmt::format("  {:<20} download {:>9}, {:>9}; in all {:>9}",
                        output::terminal_text(candidate_name(result, i)), time_text(c.download_s),
                        energy_text(c.download_j), energy_text(c.energy_j));
    if (i > 0)
      text += c.pays_after ? fmt::format("; pays after {:.3g} inferences", *c.pays_after)
                           : std::string("; never pays in energy");
    text += c.allowed ? "\n" : "; loses too much accuracy\n";
  }
  return text;
}

Json json_of(const SqueezedRow& row) {
  Json json{{"steps", row.steps},
            {"model_bytes", row.model_bytes},
            {"inference_s", row.inference.time_s},
            {"inference_j", row.inference.energy_j},
            {"squeeze_s", row.squeeze_s},
            {"squeeze_j", row.squeeze_j},
            {"validity", row.inference.validity}};
  const auto add_band = [&](const char* key, const report::Interval& band, double value) {
    if (band.low != value || band.high != value) json["band"][key] = {{"low", band.low}, {"high", band.high}};
  };
  add_band("inference_j", row.inference.band_j, row.inference.energy_j);
  add_band("squeeze_j", row.squeeze_band_j, row.squeeze_j);
  if (row.accuracy) {
    json["accuracy"] = *row.accuracy;
    json["accuracy_of_seeds"] = {*row.accuracy_low, *row.accuracy_high};
    json["zero_share"] = row.zero_share;
  }
  return json;
}

void add_numbers(const std::string& prefix, const SqueezedRow& row,
                 std::vector<std::pair<std::string, double>>& all) {
  all.emplace_back(prefix + "model_bytes", row.model_bytes);
  all.emplace_back(prefix + "inference_s", row.inference.time_s);
  all.emplace_back(prefix + "inference_j", row.inference.energy_j);
  all.emplace_back(prefix + "squeeze_s", row.squeeze_s);
  all.emplace_back(prefix + "squeeze_j", row.squeeze_j);
  if (row.accuracy) all.emplace_back(prefix + "accuracy", *row.accuracy);
}

}  // namespace

std::vector<std::pair<std::string, double>> numbers_of(const Result& result) {
  std::vector<std::pair<std::string, double>> all;
  add_numbers("base.", result.rows.front(), all);
  for (const auto& [name, row] : result.chains) add_numbers("chains." + name + ".", result.rows[row], all);
  return all;
}

std::string result_text(const Result& result) {
  std::string text =
      fmt::format("{}: inference of {} sample{}{}\n\n", output::terminal_text(result.name), result.batch,
                  result.batch > 1 ? "s" : "",
                  result.data.empty() ? "" : "; accuracy on " + output::terminal_text(result.data));
  text += rows_text(result) + formats_text(result);
  for (const ScenarioRow& row : result.scenarios) text += scenario_text(result, row);
  for (const SqueezedRow& row : result.rows)
    if (row.inference.validity != "ok")
      text += fmt::format("{}: {}: {}\n", output::terminal_text(row.name), row.inference.validity,
                          row.inference.finding);
  return text;
}

std::string result_json(const Result& result) {
  Json json{{"name", result.name}, {"batch", result.batch}, {"base", json_of(result.rows.front())}};
  for (const auto& [name, row] : result.chains) json["chains"][name] = json_of(result.rows[row]);
  json["validity"] = report::to_json(result.validity());
  json["networks"] = Json::array();
  for (const SqueezedRow& row : result.rows) json["networks"].push_back(json_of(row));
  for (const FormatRow& row : result.formats) {
    Json format{{"macs_per_pe_per_cycle", row.support.macs_per_pe_per_cycle}, {"how", how(row.support)}};
    if (row.support.computed_as) format["computed_as"] = format_name(*row.support.computed_as);
    if (row.inference) {
      format["inference_s"] = row.inference->time_s;
      format["inference_j"] = row.inference->energy_j;
    }
    json["formats"][format_name(row.support.format)] = std::move(format);
  }
  for (const ScenarioRow& row : result.scenarios) {
    Json scenario{{"best", candidate_name(result, row.best)}, {"accuracy_known", row.judged}};
    for (std::size_t i = 0; i < row.candidates.size(); ++i) {
      const Candidate& c = row.candidates[i];
      scenario["candidates"][candidate_name(result, i)] = {
          {"download_s", c.download_s},
          {"download_j", c.download_j},
          {"energy_j", c.energy_j},
          {"pays_after", c.pays_after ? Json(*c.pays_after) : Json()},
          {"allowed", c.allowed}};
    }
    json["scenarios"][row.name] = std::move(scenario);
  }
  return output::json_text(json, 2) + "\n";
}

std::string chains_csv(const Result& result) {
  std::string text =
      "network,steps,model_bytes,inference_s,inference_j,squeeze_s,squeeze_j,accuracy,accuracy_low,accuracy_"
      "high,"
      "zero_share,validity\n";
  const auto cell = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.9g}", *value) : "";
  };
  for (const SqueezedRow& r : result.rows)
    text += fmt::format("{},{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{},{},{},{:.9g},{}\n",
                        output::csv_cell(r.name), r.steps.size(), r.model_bytes, r.inference.time_s,
                        r.inference.energy_j, r.squeeze_s, r.squeeze_j, cell(r.accuracy),
                        cell(r.accuracy_low), cell(r.accuracy_high), r.zero_share, r.inference.validity);
  return text;
}

std::string formats_csv(const Result& result) {
  std::string text = "format,macs_per_pe_per_cycle,how,inference_s,inference_j\n";
  for (const FormatRow& r : result.formats)
    text += fmt::format("{},{:.9g},{},{},{}\n", format_name(r.support.format),
                        r.support.macs_per_pe_per_cycle, output::csv_cell(how(r.support)),
                        r.inference ? fmt::format("{:.9g}", r.inference->time_s) : "",
                        r.inference ? fmt::format("{:.9g}", r.inference->energy_j) : "");
  return text;
}

std::string scenarios_csv(const Result& result) {
  std::string text = "scenario,network,download_s,download_j,energy_j,pays_after,allowed,best\n";
  for (const ScenarioRow& row : result.scenarios)
    for (std::size_t i = 0; i < row.candidates.size(); ++i) {
      const Candidate& c = row.candidates[i];
      text += fmt::format("{},{},{:.9g},{:.9g},{:.9g},{},{},{}\n", output::csv_cell(row.name),
                          output::csv_cell(candidate_name(result, i)), c.download_s, c.download_j, c.energy_j,
                          c.pays_after ? fmt::format("{:.9g}", *c.pays_after) : "", c.allowed ? "yes" : "no",
                          i == row.best ? "yes" : "no");
    }
  return text;
}

output::Files squeeze_plot(const Result& result) {
  std::vector<std::string> labels = {result.name};
  std::string rows, tics;
  const SqueezedRow& plain = result.rows.front();
  for (std::size_t i = 0; i < result.rows.size(); ++i) {
    const SqueezedRow& row = result.rows[i];
    labels.push_back(row.name);
    rows += fmt::format("{},{:.9g},{:.9g},{}\n", i, 100 * row.model_bytes / plain.model_bytes,
                        100 * row.inference.energy_j / plain.inference.energy_j,
                        row.accuracy ? fmt::format("{:.9g}", 100 * *row.accuracy) : "NaN");
    tics += fmt::format("set xtics add (label[{}] {})\n", i + 2, i);
  }
  const std::string accuracy =
      plain.accuracy ? ", \\\n  $r using 1:4 with points pt 7 lc rgb '#D55E00' title 'accuracy (%)'" : "";
  std::string text = output::head_of({"a squeezing of Kiln", kLabels, labels.size(), 820, 460, kImage});
  text += fmt::format(
      "$r << EOD\n{}EOD\nset title label[1]\nset grid lc rgb '#dddddd'\nset tics nomirror out\n"
      "set key outside right top\nset style fill solid 0.6\nset boxwidth 0.38\nset yrange [0:*]\n"
      "set ylabel '% of the network as it is'\nset xtics () rotate by -30\n{}set xrange [-0.6:{}.6]\n"
      "plot $r using ($1-0.2):2 with boxes lc rgb '#0072B2' title 'bytes', \\\n"
      "  $r using ($1+0.2):3 with boxes lc rgb '#009E73' title 'joules of an inference'{}\n",
      rows, tics, result.rows.size() - 1, accuracy);
  return {{kPlot, text}, {kLabels, output::label_file(labels)}};
}

}  // namespace kiln::squeeze
