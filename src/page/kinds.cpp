// SPDX-License-Identifier: MIT
#include "page/kinds.h"

#include <algorithm>

namespace kiln::page {

std::span<const ResultKind> result_kinds() {
  using enum Drawn;
  static const std::vector<ResultKind> kKinds = {
      {"sweep", "sweep.txt", {{"sweep.csv"}}, {}},
      {"solve", "answer.txt", {{"solve.csv"}}, {}},
      {"claims", "claims.txt", {{"claims.csv", never}}, {}},
      {"sensitivity", "sensitivity.txt", {{"sensitivity.csv", never}}, {"sensitivity.svg"}},
      {"job",
       "summary.txt",
       {{"epochs.csv", so, "epoch", "energy_j", "governor"},
        {"wear.csv", never},
        {"series.csv", so, "time_s", "hottest_c", "governor"}},
       {"job.svg"},
       "summary.json"},
      {"fleet",
       "fleet.txt",
       {{"rounds.csv", so, "round", "end_s"},
        {"devices.csv", so, "device", "device_j"},
        {"dies.csv", so, "time_s", "hottest_c", "die"},
        {"compare.csv", so, "compression_ratio", "round_energy_j", "link"}},
       {"fleet.svg", "compare.svg"},
       "fleet.json"},
      {"pipeline",
       "pipeline.txt",
       {{"stages.csv", never}, {"devices.csv", never}, {"links.csv", never}},
       {"pipeline.svg"},
       "pipeline.json"},
      {"squeeze",
       "squeeze.txt",
       {{"chains.csv", so, "model_bytes", "inference_j", "network"},
        {"scenarios.csv", never},
        {"formats.csv", never}},
       {"squeeze.svg"},
       "squeeze.json"}};
  return kKinds;
}

const ResultKind* result_kind_of(const output::Files& files) {
  const std::span<const ResultKind> kinds = result_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const ResultKind& kind) {
    return files.contains(kind.tables.front().file);
  });
  return found == kinds.end() ? nullptr : &*found;
}

std::vector<std::string> files_read() {
  std::vector<std::string> names = {
      "summary.json",    "learning.csv",          "layers.csv",        "series.csv",    "trace.json",
      "temperature.svg", "config.effective.yaml", "package_heat.json", "manifest.json", "answer.json"};
  for (const ResultKind& kind : result_kinds()) {
    names.emplace_back(kind.text);
    for (const ShownTable& table : kind.tables) names.emplace_back(table.file);
    names.insert(names.end(), kind.pictures.begin(), kind.pictures.end());
    if (*kind.record != '\0') names.emplace_back(kind.record);
  }
  return names;
}

}  // namespace kiln::page
