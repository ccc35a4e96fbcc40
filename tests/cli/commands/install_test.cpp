// SPDX-License-Identifier: MIT
#include <filesystem>

#include "kiln.h"
#include "support/catch.h"

using namespace kiln::testing;
namespace fs = std::filesystem;

TEST_CASE("an installed Kiln runs a supplied experiment, far from its source") {
  const ScratchFolder scratch;
  const fs::path prefix = scratch.path() / "prefix";
  const fs::path build = fs::path(KILN_BINARY).parent_path().parent_path().parent_path();
  const ProcessResult installed =
      run_process({"cmake", "--install", build.string(), "--prefix", prefix.string()});
  INFO(installed.out << installed.err);
  REQUIRE(installed.exit_code == 0);
  CHECK(fs::file_size(prefix / "share/man/man1/kiln.1") > 1000);
  CHECK_THAT(scratch.read("prefix/share/bash-completion/completions/kiln"),
             contains("complete -o filenames"));
  ProcessOptions elsewhere;
  elsewhere.folder = scratch.path().string();
  const ProcessResult run = run_process({(prefix / "bin/kiln").string(), "run", "wearable_kws", "--quiet",
                                         "--out", "out", "--set", "run.horizon=steps", "run.steps=1"},
                                        elsewhere);
  INFO(run.err);
  CHECK(run.exit_code == 0);
  CHECK(fs::exists(scratch.path() / "out/summary.json"));
}
