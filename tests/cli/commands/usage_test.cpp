// SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/text.h"
#include "kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

TEST_CASE("help and version go to stdout with exit code 0") {
  const ProcessResult help = run_kiln({"--help"});
  CHECK(help.exit_code == 0);
  for (const char* command : {"run", "validate", "sweep", "compare", "list", "explain", "schema"})
    CHECK_THAT(help.out, contains(command));
  CHECK(help.err.empty());
  const ProcessResult version = run_kiln({"--version"});
  CHECK(version.exit_code == 0);
  CHECK_FALSE(version.out.empty());
}

TEST_CASE("usage errors are one line on stderr with exit code 2") {
  const auto check = [](std::vector<std::string> arguments, const std::string& part) {
    const ProcessResult result = run_kiln(std::move(arguments));
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(result.err.starts_with("kiln: error: "));
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    CHECK_THAT(result.err, contains(part));
  };
  check({}, "subcommand");
  check({"rnu", "x.yaml"}, "unknown command 'rnu'; did you mean 'run'?");
  check({"sweep", "stauts", "x"}, "unknown command 'stauts'; did you mean 'status'?");
  check({"run"}, "experiment");
  check({"run", "x.yaml", "--oout", "y"}, "did you mean '--out'?");
  check({"run", "x.yaml", "--format", "xml"}, "--format");
  check({"run", "x.yaml", "--seed", "many"}, "--seed");
  check({"run", "x.yaml", "--fail-on", "step_time_s"}, "expected KEY>VALUE");
  check({"run", "x.yaml", "--fail-on", "step_time_s>long"}, "plain number");
  check({"explain", "virtual_chanels"}, "did you mean 'virtual_channels'?");
  check({"schema", "experimant"}, "did you mean 'experiment'?");
  check({"list", "--configs", "/nowhere/at/all"}, "no such folder");
}

TEST_CASE("a full standard output is an error") {
  ProcessOptions full;
  full.out_path = "/dev/full";
  const ProcessResult result = run_kiln({"schema", "experiment"}, full);
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.err, contains("cannot write the standard output"));
}

TEST_CASE("list knows every kind of file") {
  const ProcessResult all = run_kiln({"list", "--configs", source("configs")});
  CHECK(all.exit_code == 0);
  CHECK_THAT(all.out, contains("\n  quickstart ") && contains("\n  mobilenet_v2_w1.0_r224 "));
  // A sentence that goes on in the file's next line is whole, in lines of its own.
  CHECK_THAT(all.out, contains("\n  cold_start ") && contains("-4 degC.\n"));
  for (const std::string& line : kiln::base::split(all.out, '\n'))
    CHECK((line.starts_with(" in ") || line.size() <= 110));
  const ProcessResult networks =
      run_kiln({"list", "network", "--format", "json", "--configs", source("configs")});
  CHECK_THAT(networks.out, contains("\"kind\": \"network\""));
  CHECK(networks.out.find("\"kind\": \"soc\"") == std::string::npos);
  // The words of `kiln new`.
  const auto listed = [&](const std::string& kind) {
    const ProcessResult result = run_kiln({"list", kind, "--configs", source("configs")});
    CHECK(result.exit_code == 0);
    return result.out;
  };
  CHECK(listed("chip") == listed("soc"));
  CHECK(listed("net") == listed("network"));
  CHECK(run_kiln({"schema", "chip"}).out == run_kiln({"schema", "soc"}).out);
}

TEST_CASE("explain tells unit, bounds, default and source of a key, and the meaning of a number") {
  const ProcessResult key = run_kiln({"explain", "soc.noc.virtual_channels"});
  CHECK(key.exit_code == 0);
  for (const char* part :
       {"soc.noc.virtual_channels", "Virtual channels per input port", "at least 1", "default: 4", "source:"})
    CHECK_THAT(key.out, contains(part));
  CHECK_THAT(run_kiln({"explain", "ambient"}).out, contains("environment.ambient"));
  CHECK_THAT(run_kiln({"explain", "phase_time_s.forward"}).out, contains("unit:    s"));
}

TEST_CASE("one --set serves several settings and never takes a file") {
  const auto cols = [](std::vector<std::string> words) {
    words.insert(words.begin(), "validate");
    words.emplace_back("--show");
    return run_kiln(std::move(words));
  };
  const std::string file = source("configs/experiments/wearable_kws.yaml");
  const ProcessResult together = cols({"--set", "training.batch=2", "soc.npu.cols=8", file});
  const ProcessResult apart = cols({file, "--set", "training.batch=2", "--set", "soc.npu.cols=8"});
  REQUIRE(together.exit_code == 0);
  CHECK(together.out == apart.out);
  CHECK(together.out != cols({file}).out);
  CHECK(cols({file, "soc.npu.cols=8"}).exit_code == 2);
}
