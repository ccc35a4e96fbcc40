// SPDX-License-Identifier: MIT
#include "page/page.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/ceil_div.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "experiment/settings.h"
#include "output/encode.h"
#include "output/json.h"
#include "page/assets.h"
#include "page/kinds.h"
#include "report/glossary.h"

namespace kiln::page {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostSlices = 15'000, kMostRows = 1'500, kMostTableRows = 5'000, kMostSettings = 200;
constexpr std::size_t kMostTable = 800'000;  // bytes

const std::string* file(const Source& source, const char* name) {
  const auto found = source.files.find(name);
  return found == source.files.end() ? nullptr : &found->second;
}

/// The head and every so many rows, the last one among them.
std::string thinned(const std::string& csv, std::size_t most_rows, std::size_t most_bytes) {
  std::vector<std::string> lines = base::split(csv, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.size() < 2) return csv;
  const std::size_t rows = lines.size() - 1, per_row = csv.size() / lines.size() + 1;
  const std::size_t most = std::max<std::size_t>(2, std::min(most_rows, most_bytes / per_row));
  const std::size_t stride = base::ceil_div(rows, most);
  std::string text = lines.front() + "\n";
  for (std::size_t i = 1; i <= rows; ++i)
    if ((rows - i) % stride == 0) text += lines[i] + "\n";
  return text;
}

base::ConfigError nothing_to_show(const std::string& name) {
  std::string kinds = "run, train";
  for (const ResultKind& kind : result_kinds()) kinds += std::string(", ") + kind.kind;
  return {{name, 0, 0},
          "",
          fmt::format("holds no results that a report can show; name a folder of kiln {}", kinds)};
}

/// A run's or a training's.
bool is_run(const Source& source) {
  return result_kind_of(source.files) == nullptr && file(source, "summary.json") != nullptr;
}

Json parsed(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json::object() : json;
}

/// Without numbers of the host, in which two equal runs differ.
Json summary_of(const std::string& text) {
  Json summary = parsed(text);
  for (auto at = summary.begin(); at != summary.end();)
    at = report::depends_on_host(at.key()) ? summary.erase(at) : std::next(at);
  return summary;
}

struct Slice {
  int unit = 0;
  double start_us = 0, duration_us = 0;
  std::size_t name = 0;
};

/// Slices of the trace: unit, start and duration in us, index of the name; the longest where there are many.
Json timeline_of(const std::string& trace) {
  const Json json = parsed(trace);
  std::vector<std::string> units, names;
  std::map<std::string, std::size_t> index;
  std::vector<Slice> slices;
  if (!json.is_object() || !json.contains("traceEvents")) return nullptr;
  for (const Json& event : json["traceEvents"]) {
    const std::string kind = event.value("ph", "");
    if (kind == "M" && event.value("name", "") == "thread_name")
      units.push_back(event["args"].value("name", ""));
    if (kind != "X") continue;
    const auto [at, is_new] = index.emplace(event.value("name", ""), names.size());
    if (is_new) names.push_back(at->first);
    slices.push_back(
        {event.value("tid", 1) - 1, event.value("ts", 0.0), event.value("dur", 0.0), at->second});
  }
  const std::size_t all = slices.size();
  if (all > kMostSlices) {
    std::stable_sort(slices.begin(), slices.end(),
                     [](const Slice& a, const Slice& b) { return a.duration_us > b.duration_us; });
    slices.resize(kMostSlices);
  }
  Json list = Json::array();
  for (const Slice& slice : slices)
    list.push_back({slice.unit, std::round(slice.start_us * 1e3) / 1e3,
                    std::round(slice.duration_us * 1e3) / 1e3, slice.name});
  return {{"units", units}, {"names", names}, {"slices", std::move(list)}, {"left_out", all - slices.size()}};
}

Json run_json(const Source& source) {
  Json json{{"name", source.name}, {"kind", "run"}, {"summary", summary_of(*file(source, "summary.json"))}};
  if (const auto* layers = file(source, "layers.csv"))
    json["layers"] = thinned(*layers, kMostTableRows, kMostTable);
  if (const auto* series = file(source, "series.csv"))
    json["series"] = thinned(*series, kMostRows, kMostTable / 2);
  if (const auto* trace = file(source, "trace.json")) json["timeline"] = timeline_of(*trace);
  if (const auto* map = file(source, "temperature.svg"); map != nullptr && map->size() < kMostTable / 2)
    json["map"] = *map;
  json["limits"] = Json::array();
  if (const auto* heat = file(source, "package_heat.json"); heat != nullptr && heat->size() < kMostTable) {
    json["heat"] = parsed(*heat);
    json["limits"] = json["heat"].value("limits", Json::array());
  }
  if (const auto* learning = file(source, "learning.csv")) {
    json["kind"] = "train";
    // Outputs that are no classes have no accuracy.
    const bool has_classes = json["summary"].contains("accuracy");
    json["tables"].push_back({{"name", "learning.csv"},
                              {"csv", thinned(*learning, kMostRows, kMostTable / 2)},
                              {"drawn", true},
                              {"x", "epoch"},
                              {"y", has_classes ? "test_accuracy" : "test_loss"}});
  }
  if (const auto* manifest = file(source, "manifest.json"))
    json["settings"] = parsed(*manifest).value("settings", Json::array());
  return json;
}

/// Of a question for a front: one objective over the other.
void add_front_axes(const Source& source, Json& json) {
  const auto* answer = file(source, "answer.json");
  if (answer == nullptr) return;
  const Json objectives = parsed(*answer).value("objectives", Json::array());
  if (objectives.size() < 2) return;
  json["tables"][0].update({{"x", objectives[1]}, {"y", objectives[0]}});
}

/// Validity of the whole, or of each governor of a job and each plan of a pipeline by its name.
Json verdicts_of(const Json& record) {
  Json verdicts = Json::array();
  const auto add = [&](const std::string& name, const Json& part) {
    if (part.is_object() && part.contains("validity") && part["validity"].is_object())
      verdicts.push_back({{"name", name}, {"validity", part["validity"]}});
  };
  if (!record.is_object()) return verdicts;
  const Json governors = record.value("governors", Json::object()),
             plans = record.value("plans", Json::array());
  for (const auto& [name, part] : governors.items()) add(name, part);
  for (const Json& part : plans) add(part.value("name", ""), part);
  if (verdicts.empty()) add("", record);
  return verdicts;
}

/// Text, tables and pictures.
Json table_json(const Source& source) {
  const ResultKind* kind = result_kind_of(source.files);
  if (kind == nullptr) throw nothing_to_show(source.name);
  Json json{
      {"name", source.name}, {"kind", kind->kind}, {"tables", Json::array()}, {"pictures", Json::array()}};
  const std::size_t most = 2 * kMostTable / kind->tables.size();
  for (const ShownTable& table : kind->tables)
    if (const auto* csv = file(source, table.file)) {
      Json shown{{"name", table.file}, {"csv", thinned(*csv, kMostTableRows, most)}};
      shown["drawn"] = table.drawn != Drawn::never;
      if (table.drawn == Drawn::so) shown.update({{"x", table.x}, {"y", table.y}, {"colour", table.colour}});
      json["tables"].push_back(std::move(shown));
    }
  for (const char* name : kind->pictures)
    if (const auto* picture = file(source, name); picture != nullptr && picture->size() < kMostTable / 2)
      json["pictures"].push_back({{"name", name}, {"svg", *picture}});
  if (const auto* record = file(source, kind->record)) json["verdicts"] = verdicts_of(parsed(*record));
  if (const auto* answer = file(source, kind->text)) json["answer"] = answer->substr(0, kMostTable / 8);
  add_front_axes(source, json);
  return json;
}

Json glossary_json() {
  Json glossary = Json::object();
  for (const report::GlossaryEntry& entry : report::glossary())
    if (!report::depends_on_host(entry.key)) glossary[std::string(entry.key)] = {entry.unit, entry.meaning};
  return glossary;
}

/// Of what was configured, where the folder tells it.
std::string name_of(const Source& source) {
  if (const auto* manifest = file(source, "manifest.json"))
    return parsed(*manifest).value("name", source.name);
  const auto* config = file(source, "config.effective.yaml");
  if (config == nullptr) return source.name;
  const experiment::Settings settings(*config);
  const auto name = settings.all().find("name");
  return name == settings.all().end() ? source.name : name->second;
}

/// Runs side by side, and the settings in which they differ.
void add_differences(const std::vector<Source>& sources, Json& page) {
  std::vector<experiment::Settings> compared;
  page["compared"] = Json::array();
  for (const Source& source : sources) {
    const auto* config = file(source, "config.effective.yaml");
    if (sources.size() < 2 || config == nullptr || !is_run(source)) continue;
    compared.emplace_back(*config);
    page["compared"].push_back(source.name);
  }
  page["differences"] =
      compared.size() > 1 ? Json(experiment::differences(compared, kMostSettings)) : Json::array();
}

/// JSON inside a script: nothing in it may end the script or begin a comment.
std::string in_script(const Json& json) {
  std::string text;
  for (const char c : output::json_text(json)) text += c == '<' ? "\\u003c" : std::string(1, c);
  return text;
}

}  // namespace

std::string page_of(const std::vector<Source>& sources) {
  Json page;
  page["sources"] = Json::array();
  std::vector<std::string> names;
  for (const Source& source : sources) {
    page["sources"].push_back(is_run(source) ? run_json(source) : table_json(source));
    if (sources.size() == 1) page["sources"][0]["name"] = name_of(source);
    names.push_back(page["sources"].back()["name"]);
  }
  page["glossary"] = glossary_json();
  add_differences(sources, page);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width\">\n<title>Kiln: {}</title>\n<style>\n{}</style>\n</head>\n<body>\n"
      "<noscript>This report is drawn by its script; summary.txt has the answers as text.</noscript>\n"
      "<script type=\"application/json\" id=\"data\">{}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
      output::xml_text(base::join(names, ", ")), kStyle, in_script(page), kScript);
}

Source read_folder(const std::string& folder) {
  namespace fs = std::filesystem;
  Source source;
  source.name = fs::path(folder).lexically_normal().filename().string();
  if (source.name.empty())
    source.name = fs::path(folder).lexically_normal().parent_path().filename().string();
  std::error_code none;
  for (const std::string& name : files_read())
    if (const fs::path path = fs::path(folder) / name; fs::is_regular_file(path, none))
      source.files[name] = base::read_file(path.string());
  if (const ResultKind* kind = result_kind_of(source.files))
    source.kind = kind->kind;
  else if (is_run(source))
    source.kind = "run";
  else
    throw nothing_to_show(folder);
  return source;
}

}  // namespace kiln::page
