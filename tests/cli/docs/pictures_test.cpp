// SPDX-License-Identifier: MIT
// The pictures of the top README: each is there, small, and made by a command that still works.
#include <filesystem>
#include <regex>
#include <set>

#include "base/file.h"
#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;
namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMostBytes = 150'000;

/// Files of .github/pictures that the README shows.
std::set<std::string> shown() {
  const std::string page = kiln::base::read_file(source("README.md"));
  const std::regex picture(R"(\]\(\.github/pictures/([\w.]+)\))");
  std::set<std::string> names;
  for (std::sregex_iterator at(page.begin(), page.end(), picture), end; at != end; ++at)
    names.insert((*at)[1].str());
  return names;
}

}  // namespace

TEST_CASE("the README shows the pictures that there are, each small and whole") {
  std::set<std::string> there;
  for (const fs::directory_entry& entry : fs::directory_iterator(source(".github/pictures"))) {
    there.insert(entry.path().filename().string());
    CHECK(entry.file_size() <= kMostBytes);
    const std::string text = kiln::base::read_file(entry.path().string());
    CHECK_THAT(text, contains("<svg") && contains("</svg>") && !contains("<script"));
  }
  CHECK(shown() == there);
}

TEST_CASE("scripts/pictures draws the report and the package anew, and names what it cannot draw") {
  const bool can =
      run_process({"sh", "-c",
                   "command -v python3 && { command -v chromium || command -v chromium-browser || "
                   "command -v google-chrome; }"})
          .exit_code == 0;
  if (!can) {
    WARN("no python3 or no chromium here (scripts/bootstrap --browser): pictures are not drawn");
    return;
  }
  const ScratchFolder scratch;
  const std::string out = (scratch.path() / "pictures").string();
  const ProcessResult result =
      run_process({source("scripts/pictures"), "--kiln", KILN_BINARY, "--out", out, "report", "package"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK_THAT(scratch.read("pictures/report.svg"),
             contains("quickstart") && contains("mac_array") && contains("<rect"));
  const std::string package = scratch.read("pictures/package.svg");
  CHECK_THAT(package, contains("passive_edge") && contains("lpddr") && contains("degC"));
  const ProcessResult unknown = run_process({source("scripts/pictures"), "--kiln", KILN_BINARY, "dog"});
  CHECK(unknown.exit_code == 1);
  CHECK_THAT(unknown.err, contains("pictures: there is no picture 'dog'"));
}
