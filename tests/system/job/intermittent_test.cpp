// SPDX-License-Identifier: MIT
// Jobs on what is harvested: duty cycle, brown-outs, checkpoints, updates.
#include "base/csv.h"
#include "small_job.h"
#include "support/scratch_folder.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using testing::bad_job;
using testing::ChildRun;
using testing::contains;
using testing::good_job;
using testing::ScratchFolder;

namespace {

/// A capacitor that holds some ten seconds of training, and a constant harvest.
std::vector<std::string> harvesting(const ScratchFolder& scratch, double watts,
                                    std::vector<std::string> more = {}) {
  const std::string trace =
      scratch.write("trace.csv", fmt::format("time_s,power_w\n0,{0}\n100000,{0}\n", watts));
  std::vector<std::string> settings = {"supply.capacitor={capacitance: 1 F, resistance: 0 Ohm}",
                                       fmt::format("supply.harvest={{trace: {}}}", trace),
                                       "experiment.environment.state_of_charge=70 %",
                                       "supply.reserve=70 %",
                                       "supply.hysteresis=25 %",
                                       "supply.restart=75 %",
                                       "supply.start_up=0 s",
                                       "checkpoints.at_reserve=true",
                                       "data.epochs=1000000"};
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

}  // namespace

TEST_CASE("with less harvested than training draws, its share of the time is that of the energy") {
  const ScratchFolder scratch;
  const ChildRun fed = good_job({"time_limit=20 s", "data.epochs=1000000"});
  const double working_w = fed["drawn_j"] / fed["time_s"];
  const ChildRun idle = good_job({"time_limit=20 s", "data.epochs=0", "requests={rate: 1e-6}"});
  const double idle_w = idle["drawn_j"] / idle["time_s"];
  const double harvest_w = 0.5 * (working_w + idle_w);
  const ChildRun job = good_job(harvesting(scratch, harvest_w, {"time_limit=20 min"}));
  CHECK(job["time_in.off_s"] == 0);
  CHECK(job["checkpoints"] > 10);
  // Whatever is harvested is drawn: working a share x of the time, x P_work + (1 - x) P_idle.
  const double share = (harvest_w - idle_w) / (working_w - idle_w);
  CHECK_THAT(job["time_in.train_s"] / job["time_s"], WithinRel(share, 0.05));
  CHECK_THAT(job["harvested_j"], WithinRel(harvest_w * job["time_s"], 0.01));
}

TEST_CASE("a device that is off while it waits trains more on the same harvest") {
  const ScratchFolder scratch;
  const ChildRun idle = good_job(harvesting(scratch, 0.2, {"time_limit=30 min"}));
  const ChildRun off = good_job(harvesting(scratch, 0.2, {"time_limit=30 min", "supply.waiting=off"}));
  CHECK(off["time_in.off_s"] > 0);
  CHECK(off["starts"] > 0);
  CHECK(off["steps_lost"] == 0);
  CHECK(off["steps"] > idle["steps"]);
}

TEST_CASE("without a checkpoint at the warning a brown-out takes all back") {
  const ScratchFolder scratch;
  const std::vector<std::string> bare = {"checkpoints.at_reserve=false", "supply.reserve=0 %",
                                         "supply.hysteresis=0 %", "time_limit=10 min"};
  const ChildRun lost = good_job(harvesting(scratch, 0.15, bare));
  const ChildRun kept = good_job(harvesting(scratch, 0.15, {"time_limit=10 min", "supply.waiting=off"}));
  CHECK(lost["starts"] > 1);
  CHECK(lost["steps_lost"] > 0);
  CHECK(kept["steps_lost"] == 0);
  CHECK(kept["steps"] > lost["steps"]);
}

TEST_CASE("an update keeps what was learnt, and costs its downtime") {
  const std::vector<std::string> without = {"data.epochs=40", "supply.start_up=1 s"};
  std::vector<std::string> with = without;
  with.emplace_back("updates=[{at: 1 s, image: 1 MB, rate: 1 MB/s, link_power: 0.5 W}]");
  const ChildRun plain = good_job(without), updated = good_job(with);
  CHECK(updated["updates"] == 1);
  CHECK(updated["steps_lost"] == 0);
  CHECK(updated["steps"] == plain["steps"]);
  // Signature at 100 MB/s, start, checkpoint read; the download itself runs beside.
  CHECK_THAT(updated["time_in.start_s"], WithinAbs(1.01 + updated["checkpoint_bytes"] / 100e6, 1e-3));
  CHECK_THAT(updated["link_j"], WithinAbs(0.5 * 1.0, 0.05));
  CHECK_THAT(updated["finished_s"] - plain["finished_s"],
             WithinAbs(updated["time_in.start_s"] + updated["checkpoint_bytes"] / 20e6, 0.05));
}

TEST_CASE("what cannot be harvested is refused") {
  const ScratchFolder scratch;
  const std::string trace = scratch.write("trace.csv", "time_s,power_w\n0,1\n1,1\n");
  CHECK_THAT(bad_job({fmt::format("supply.harvest={{trace: {}}}", trace)}), contains("supply.harvest"));
  CHECK_THAT(bad_job({"supply.harvest={trace: ''}"}), contains("supply.harvest.trace: is empty"));
  CHECK_THAT(bad_job({"supply.capacitor={capacitance: 1 F, full: 2 V}"}), contains("brown_out"));
  CHECK_THAT(bad_job({"checkpoints.at_reserve=true"}), contains("at_reserve"));
  CHECK_THAT(bad_job({"supply.capacitor={capacitance: 1 F}", "supply.battery={}"}), contains("capacitor"));
}
