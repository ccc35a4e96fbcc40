// SPDX-License-Identifier: MIT
// libFuzzer's entry: the parser that KILN_FUZZ_PARSER names, under the same contract as the mutants.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/parsers/table.h"

using namespace kiln;

namespace {

const fuzz::Parser& chosen() {
  const char* name = std::getenv("KILN_FUZZ_PARSER");
  for (const fuzz::Parser& parser : fuzz::parsers())
    if (name != nullptr && parser.name == name) return parser;
  std::fprintf(stderr, "set KILN_FUZZ_PARSER to one of:");
  for (const fuzz::Parser& parser : fuzz::parsers()) std::fprintf(stderr, " %s", parser.name.c_str());
  std::fprintf(stderr, "\n");
  std::exit(2);
}

}  // namespace

// SystemC's library asks for it; libFuzzer owns main().
extern "C" int sc_main(int, char**) {
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Parser& parser = chosen();
  // Names of included files are relative to the corpus.
  static const std::string path =
      std::string(KILN_SOURCE_DIR) + "/tests/fuzz/corpus/" + parser.corpora.front() + "/input";
  const fuzz::Outcome outcome = fuzz::judge(parser.parse, {reinterpret_cast<const char*>(data), size}, path);
  if (outcome.verdict != fuzz::Verdict::broken) return 0;
  std::fprintf(stderr, "%s: %s\n", parser.name.c_str(), outcome.fault.c_str());
  std::abort();
}
