// SPDX-License-Identifier: MIT
// Runs and sweeps killed at random instants: no half folder, nothing of the user's lost, and the same command
// ends with what an undisturbed one gives.
#include <algorithm>
#include <filesystem>

#include "output/folder.h"
#include "report/glossary.h"
#include "support/catch.h"
#include "support/kills.h"
#include "support/long_tests.h"
#include "support/scratch_folder.h"
#include "sweep/results.h"

using namespace kiln;
using namespace kiln::testing;

namespace {

namespace fs = std::filesystem;

const std::string kShipped = std::string(KILN_SOURCE_DIR) + "/configs/";

std::vector<std::string> run_into(const std::string& folder) {
  return {KILN_BINARY, "run", kShipped + "experiments/wearable_kws.yaml", "--quiet", "--out", folder};
}

/// Whether every result in a folder is one that was written, of this run or of the one before.
bool all_whole(const fs::path& path) {
  const output::Descriptor folder = output::open_folder(path.string());
  const auto marker = output::read_marker(folder);
  if (!marker) return false;
  for (const auto* files : {&marker->files, &marker->next})
    for (const auto& [name, file] : *files)
      if (output::state_of(folder, *marker, name) == output::FileState::edited) return false;
  return true;
}

int hidden_in(const fs::path& folder) {
  return static_cast<int>(std::count_if(
      fs::directory_iterator(folder), fs::directory_iterator(),
      [](auto& e) { return e.is_directory() && e.path().filename().string().starts_with("."); }));
}

/// All results but what depends on the machine's load and on the command.
std::map<std::string, std::string> comparable(const fs::path& folder) {
  std::map<std::string, std::string> files = contents_of(folder.string());
  for (const char* name : {"manifest.json", "summary.json", "summary.txt", "stats.json", ".kiln.json"})
    files.erase(name);
  files["numbers"].clear();
  for (const auto& [key, value] : sweep::read_summary((folder / "summary.json").string()).numbers)
    if (!report::depends_on_host(key)) files["numbers"] += fmt::format("{}={}\n", key, value);
  return files;
}

}  // namespace

TEST_CASE("a run killed at random instants leaves the earlier results or the new ones") {
  const ScratchFolder scratch;
  const bool with_notes = GENERATE(false, true);
  const fs::path results = scratch.path() / "r";
  REQUIRE(run_process(run_into(results.string())).exit_code == 0);
  const auto expected = comparable(results);
  if (with_notes) scratch.write("r/notes.md", "mine");

  const int killed = kill_at_random({run_into(results.string()), "", count_of(12, 125), 7, [&](int) {
                                       CHECK(all_whole(results));
                                       if (with_notes) CHECK(scratch.read("r/notes.md") == "mine");
                                     }});
  CHECK(killed > 0);
  REQUIRE(run_process(run_into(results.string())).exit_code == 0);
  if (with_notes) fs::remove(results / "notes.md");
  CHECK(comparable(results) == expected);
  CHECK(hidden_in(scratch.path()) == 0);
  CHECK(hidden_in(results) == 0);
}

TEST_CASE("a first run that is killed leaves no half folder") {
  const ScratchFolder scratch;
  const fs::path results = scratch.path() / "r";
  kill_at_random({run_into(results.string()), "", count_of(6, 50), 11, [&](int) {
                    if (!fs::exists(results)) return;
                    CHECK(output::Folder(results.string(), "run").holds_whole());
                    fs::remove_all(results);
                  }});
}

TEST_CASE("a sweep killed at random instants goes on and ends with the same table") {
  const ScratchFolder scratch;
  const std::string sweep = scratch.write(
      "s.yaml",
      "# yaml-language-server: $schema=sweep.json\nname: s\nexperiment: " + kShipped +
          "experiments/wearable_kws.yaml\naxes:\n  - name: batch\n    values:\n" +
          "      - {label: a, set: {training.batch: 1}}\n      - {label: b, set: {training.batch: 2}}\n" +
          "      - {label: c, set: {training.batch: 3}}\n");
  const auto into = [&](const char* folder) {
    return std::vector<std::string>{
        KILN_BINARY, "sweep", "run", sweep, "--quiet", "--out", (scratch.path() / folder).string()};
  };
  REQUIRE(run_process(into("whole")).exit_code == 0);
  const std::string table = scratch.read("whole/sweep.csv");

  const fs::path results = scratch.path() / "killed";
  int round_of_removal = 0;
  kill_at_random({into("killed"), "", count_of(10, 200), 13, [&](int round) {
                    if (!fs::exists(results / "points")) return;
                    for (const auto& point : fs::directory_iterator(results / "points"))
                      if (point.is_directory() && !point.path().filename().string().starts_with("."))
                        CHECK(output::Folder(point.path().string(), "point").holds_whole());
                    if (++round_of_removal % 3 == 0 && round % 2 == 0) fs::remove_all(results);
                  }});
  REQUIRE(run_process(into("killed")).exit_code == 0);
  CHECK(scratch.read("killed/sweep.csv") == table);
  for (const auto& entry : contents_of(results.string()))
    CHECK(entry.first.find("damaged") == std::string::npos);
}
