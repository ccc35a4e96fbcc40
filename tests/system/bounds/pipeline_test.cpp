// SPDX-License-Identifier: MIT
// The promise of `validate` for stages, their devices' sites and their links.
#include "config/load.h"
#include "pipeline/run.h"
#include "support/catch.h"
#include "sweep.h"

using namespace kiln;
using testing::Subject;

namespace {

const std::string kPipelines = std::string(KILN_SOURCE_DIR) + "/tests/system/dead_knobs/";

pipeline::PipelineConfig read_pipeline(const config::Node& tree) {
  return config::read_tree<pipeline::PipelineConfig>(tree, kPipelines + "pipeline.yaml").value;
}

/// Ten samples over a radio to a tiny chip, which learns from them.
Subject pipeline_of() {
  const config::Node tree = config::parse_yaml(
      kPipelines + "pipeline.yaml",
      "name: pipeline\ndevices: [{name: sensor, experiment: tiny.yaml}, {name: chip, experiment: "
      "tiny.yaml}]\n"
      "links: {radio: {link: ../../../configs/parts/link/wifi6_20mhz.yaml}}\n"
      "plans: [{name: plan, labelled: labeler, stages: [\n"
      "  {name: frames, on: sensor, source: {rate: 10}, samples: 10, bytes: 1 kB},\n"
      "  {name: labeler, on: chip, from: [frames], via: radio, network: {}},\n"
      "  {name: training, on: chip, from: [labeler], takes: 10, network: {task: train}},\n"
      "  {name: quantisation, on: chip, from: [training], network: {}, quantise: {samples: 4}},\n"
      "  {name: deployment, on: sensor, from: [quantisation], via: radio, store: {}}]}]\n");
  Subject subject;
  subject.record = config::Value<pipeline::PipelineConfig>::record();
  subject.effective = config::Value<pipeline::PipelineConfig>::write(read_pipeline(tree), {});
  subject.amounts_of_work = {"plans.*.stages.*.samples", "plans.*.stages.*.network.passes",
                             "plans.*.stages.*.quantise.samples", "plans.*.stages.*.makes",
                             "devices.*.count"};
  subject.validate = [](const config::Node& changed) { read_pipeline(changed); };
  subject.parts_meet_in_run = true;
  subject.run = [](const config::Node& changed) {
    return pipeline::numbers_of(pipeline::run_pipeline(read_pipeline(changed), {}));
  };
  return subject;
}

bool of_stages(const std::string& path) {
  if (path.find(".workload") != std::string::npos || path.find(".training") != std::string::npos ||
      path.find("experiment") != std::string::npos)
    return false;
  return path.starts_with("plans.") || path.starts_with("links.") ||
         path.find(".site.") != std::string::npos || path == "seed" || path == "time_limit";
}

}  // namespace

TEST_CASE("keys of a pipeline keep the promise") {
  testing::sweep_keys(pipeline_of(), 12, of_stages);
}
