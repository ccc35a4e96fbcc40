// SPDX-License-Identifier: MIT
// Settings by layer and constants with bands, from the file to the results.
#include "base/file.h"
#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

TEST_CASE("explain --layers says what applies to each layer and from which line") {
  const ScratchFolder scratch;
  const std::string file =
      scratch.write("e.yaml", tiny_text() +
                                  "compression: {enabled: true, codec: {selection: top_k},\n"
                                  "  layers: {\"f*\": {density: 0.5}}}\n");
  const std::string map = "training.layers={\"c*\": {precision: {weights: int8}}, c2: {freeze: true}}";
  const ProcessResult result = run_kiln({"explain", file, "--layers", "--set", map});
  CHECK(result.exit_code == 0);
  const auto block = [&](const std::string& name) {
    const std::size_t begin = result.out.find("\n" + name + "  ");
    return begin == std::string::npos ? ""
                                      : result.out.substr(begin, result.out.find("\np2  ", begin) - begin);
  };
  CHECK_THAT(result.out, contains("c1  conv of 6x28x28, 156 parameters\n  trained: in full"));
  CHECK_THAT(block("c2"),
             contains("trained: frozen") && contains("freeze: true  from training.layers.c2, --set"));
  CHECK_THAT(block("c2"), contains("precision.weights: int8  from training.layers.c*"));
  CHECK_THAT(result.out,
             contains("gradient: top_k fp32, density 0.5\n    density: 0.5  from compression.layers.f*, " +
                      file + ":7"));

  const ProcessResult wrong = run_kiln({"run", file, "--set", "compression.layers={g9: {density: 0.5}}"});
  CHECK(wrong.exit_code == 2);
  CHECK_THAT(wrong.err, contains("compression.layers.g9: fits no layer"));
}

TEST_CASE("a band changes nothing but the effective configuration") {
  const ScratchFolder scratch;
  const std::string file = write_tiny(scratch);
  const auto run = [&](const std::string& name, const std::string& ambient) {
    const std::string out = (scratch.path() / name).string();
    CHECK(run_kiln({"run", file, "--set", "environment.ambient=" + ambient, "--out", out}).exit_code == 0);
    return out;
  };
  const std::string plain = run("plain", "30degC");
  const std::string banded = run("banded", "{value: 30 degC, low: 20 degC, high: 40 degC, confidence: low}");
  CHECK(kiln::base::read_file(plain + "/stats.json") == kiln::base::read_file(banded + "/stats.json"));
  const std::string effective = kiln::base::read_file(banded + "/config.effective.yaml");
  CHECK_THAT(effective, contains("low: 20 degC") && contains("schema_version: 1"));
  CHECK(run_kiln({"validate", banded + "/config.effective.yaml"}).exit_code == 0);
}
