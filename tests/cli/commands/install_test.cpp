// SPDX-License-Identifier: MIT
#include <filesystem>

#include "base/file.h"
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
  CHECK(scratch.read("prefix/share/zsh/vendor-completions/_kiln").starts_with("#compdef kiln\n"));
  ProcessOptions elsewhere;
  elsewhere.folder = scratch.path().string();
  const ProcessResult run = run_process({(prefix / "bin/kiln").string(), "run", "wearable_kws", "--quiet",
                                         "--out", "out", "--set", "run.horizon=steps", "run.steps=1"},
                                        elsewhere);
  INFO(run.err);
  CHECK(run.exit_code == 0);
  CHECK(fs::exists(scratch.path() / "out/summary.json"));
}

TEST_CASE("the Debian package holds a Kiln that runs, and the container is made of steps that there are") {
  const std::string steps = kiln::base::read_file(source("scripts/Containerfile"));
  for (const char* step : {"scripts/bootstrap --learning", "cmake --preset release", "CPackConfig.cmake",
                           "FROM debian:12 AS build", "CMD [\"run\", \"quickstart\"]"})
    CHECK_THAT(steps, contains(step));
  CHECK_THAT(kiln::base::read_file(source("scripts/bootstrap")), contains("--learning)"));
  CHECK_THAT(kiln::base::read_file(source("CMakePresets.json")), contains("\"name\": \"release\""));
  if (run_process({"sh", "-c", "command -v dpkg-deb && command -v dpkg-shlibdeps"}).exit_code != 0) {
    WARN("no dpkg-dev here: the package is not made");
    return;
  }
  const ScratchFolder scratch;
  ProcessOptions elsewhere;
  elsewhere.folder = scratch.path().string();
  const fs::path build = fs::path(KILN_BINARY).parent_path().parent_path().parent_path();
  const ProcessResult packed = run_process({"cpack", "--config", (build / "CPackConfig.cmake").string(), "-B",
                                            (scratch.path() / "package").string()});
  INFO(packed.out << packed.err);
  REQUIRE(packed.exit_code == 0);
  const ProcessResult opened = run_process(
      {"sh", "-c", "dpkg-deb -f package/*.deb Depends && dpkg-deb -x package/*.deb root"}, elsewhere);
  INFO(opened.err);
  REQUIRE(opened.exit_code == 0);
  CHECK_THAT(opened.out, contains("libsystemc") && contains("libyaml-cpp"));
  const ProcessResult run = run_process(
      {(scratch.path() / "root/usr/bin/kiln").string(), "run", "wearable_kws", "--quiet", "--out", "out"},
      elsewhere);
  INFO(run.err);
  CHECK(run.exit_code == 0);
}
