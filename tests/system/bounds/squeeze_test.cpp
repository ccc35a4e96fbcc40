// SPDX-License-Identifier: MIT
// The promise of `validate` for the steps of a squeezing and its scenarios.
#include "config/load.h"
#include "squeeze/result.h"
#include "support/catch.h"
#include "sweep.h"

using namespace kiln;
using testing::Subject;

namespace {

const std::string kSqueezings = std::string(KILN_SOURCE_DIR) + "/tests/system/dead_knobs/";

squeeze::SqueezeConfig read_squeezing(const config::Node& tree) {
  return config::read_tree<squeeze::SqueezeConfig>(tree, kSqueezings + "squeeze.yaml").value;
}

/// Two steps on a tiny chip.
Subject squeezing_of() {
  const config::Node tree = config::parse_yaml(
      kSqueezings + "squeeze.yaml",
      "name: squeezing\nexperiment: tiny.yaml\nsamples: 8\nformats: false\n"
      "steps: {first: {prune: {pattern: n_of_m}, distil: {}, epochs: 1}, second: {quantise: {}}}\n"
      "chains: {chain: [first, second]}\n"
      "scenarios: {place: {link: ../../../configs/parts/link/lte_m.yaml}}\n");
  Subject subject;
  subject.record = config::Value<squeeze::SqueezeConfig>::record();
  subject.effective = config::Value<squeeze::SqueezeConfig>::write(read_squeezing(tree), {});
  subject.amounts_of_work = {"batch"};
  subject.validate = [](const config::Node& changed) { read_squeezing(changed); };
  subject.parts_meet_in_run = true;
  subject.run = [](const config::Node& changed) {
    return squeeze::numbers_of(squeeze::run_squeeze(read_squeezing(changed), {}));
  };
  return subject;
}

bool of_steps(const std::string& path) {
  if (path.find("teacher") != std::string::npos || path.find(".network") != std::string::npos) return false;
  return path.starts_with("steps.") || path.starts_with("scenarios.") || path == "batch" || path == "samples";
}

}  // namespace

TEST_CASE("keys of a squeezing keep the promise") {
  testing::sweep_keys(squeezing_of(), 12, of_steps);
}
