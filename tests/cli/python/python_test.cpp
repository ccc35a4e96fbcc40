// SPDX-License-Identifier: MIT
// The Python package and its tutorials, as a reader would run them.
#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

/// Python with the package and the program under test, in a folder of its own.
ProcessResult python(const std::string& interpreter, const ScratchFolder& scratch,
                     std::vector<std::string> arguments) {
  std::vector<std::string> command = {"env",
                                      "PYTHONPATH=" + source("src/python"),
                                      "PYTHONDONTWRITEBYTECODE=1",
                                      std::string("KILN_PROGRAM=") + KILN_BINARY,
                                      "KILN_CONFIGS=" + source("configs"),
                                      "TMPDIR=" + scratch.path().string(),
                                      interpreter};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ProcessOptions options;
  options.folder = scratch.path().string();
  return run_process(command, options);
}

}  // namespace

TEST_CASE("kiln.run gives the numbers of a run, and the program's message for a mistake") {
  const std::string interpreter = python_with("sys");
  if (interpreter.empty()) {
    WARN("no python3 here: the package is not tried");
    return;
  }
  const ScratchFolder scratch;
  const std::string tiny = write_tiny(scratch);
  const ProcessResult good = python(
      interpreter, scratch,
      {"-c",
       "import kiln, sys\nr = kiln.run(sys.argv[1], {'training.batch': 1}, out='a folder')\n"
       "print(r.state, r['step_time_s'] > 0, r.summary['step_time_s'] == r['step_time_s'], r.folder)\n",
       tiny});
  INFO(good.err);
  CHECK(good.exit_code == 0);
  CHECK_THAT(good.out, contains("True True a folder"));
  const ProcessResult bad = python(interpreter, scratch,
                                   {"-c",
                                    "import kiln, sys\ntry:\n  kiln.run(sys.argv[1], {'training.btch': 1})\n"
                                    "except kiln.KilnError as e:\n  print(e.exit_code, e)\n",
                                    tiny});
  CHECK_THAT(bad.out, contains("2 kiln: error: ") && contains("did you mean 'batch'"));
}

TEST_CASE("the tutorials of the Python package run") {
  const std::string interpreter = python_with("pandas");
  if (interpreter.empty()) {
    WARN("no pandas here (apt-get install python3-pandas): the tutorials are not run");
    return;
  }
  const std::string tutorial =
      GENERATE(as<std::string>(), "own_net", "own_chip", "compression_against_temperature");
  const ScratchFolder scratch;
  const ProcessResult result =
      python(interpreter, scratch, {source("src/python/tutorials/" + tutorial + ".py")});
  INFO(tutorial << ": " << result.out << result.err);
  CHECK(result.exit_code == 0);
}
