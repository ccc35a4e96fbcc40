// SPDX-License-Identifier: MIT
// The promise of `validate` for what a device does for days, and what feeds it.
#include "config/load.h"
#include "job/session.h"
#include "support/catch.h"
#include "support/scratch_folder.h"
#include "sweep.h"

using namespace kiln;
using testing::Subject;

namespace {

const std::string kJobs = std::string(KILN_SOURCE_DIR) + "/tests/system/dead_knobs/";

job::JobConfig read_job(const config::Node& tree) {
  return config::read_tree<job::JobConfig>(tree, kJobs + "job.yaml").value;
}

/// A few seconds of a tiny chip with this supply.
Subject job_with(const std::string& supply) {
  const config::Node tree = config::parse_yaml(
      kJobs + "job.yaml",
      "name: job\nexperiment: {name: tiny, workload: ../../../configs/workloads/lenet5_r28.yaml,\n"
      "  training: {batch: 2}, mapping: {parallel: layer_wise, cut: rows},\n"
      "  soc: ../../../configs/soc/wearable_lpddr4.yaml}\n"
      "data: {samples: 200, epochs: 2, validation: {samples: 20}}\n"
      "requests: {rate: 5}\ncheckpoints: {every: 1 s}\ndeadline: 1 min\ntime_limit: 10 s\n"
      "updates: [{at: 1 s, image: 100 kB}]\nwear: [{name: solder, source: a test}]\n"
      "ambient: [{at: 0 s, temperature: 20 degC}, {at: 5 s, temperature: 30 degC}]\nsupply: " +
          supply + "\n");
  Subject subject;
  subject.record = config::Value<job::JobConfig>::record();
  subject.effective = config::Value<job::JobConfig>::write(read_job(tree), {});
  subject.amounts_of_work = {"data.*", "requests.rate", "time_limit", "checkpoints.*", "updates.*.image"};
  subject.validate = [](const config::Node& changed) { job::validate_job(read_job(changed)); };
  subject.run = [](const config::Node& changed) { return job::run_job(read_job(changed), {}).numbers; };
  return subject;
}

bool of_job(const std::string& path) {
  return !path.starts_with("experiment") && !path.starts_with("governors");
}

bool of_supply(const std::string& path) {
  return path.starts_with("supply.");
}

}  // namespace

TEST_CASE("keys of a job keep the promise") {
  const testing::ScratchFolder scratch;
  const std::string sun = scratch.write("sun.csv", "time_s,irradiance_w_m2\n0,1000\n30,1000\n");
  testing::sweep_keys(job_with("{battery: {capacity: 20 mAh, internal_resistance: 1 Ohm}, reserve: 10 %,\n"
                               "  other_load: 10 mW, charge: [{begin: 2 s, end: 5 s, power: 1 W}]}"),
                      12, of_job);
  testing::sweep_keys(job_with("{capacitor: {capacitance: 1 F}, harvest: {trace: " + sun + ", area: 5 cm2}}"),
                      6, of_supply);
}
