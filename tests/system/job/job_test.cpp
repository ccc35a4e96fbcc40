// SPDX-License-Identifier: MIT
// Jobs on a simulated chip against closed forms and against one another.
#include <nlohmann/json.hpp>

#include "base/csv.h"
#include "small_job.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using testing::bad_job;
using testing::ChildRun;
using testing::contains;
using testing::good_job;

TEST_CASE("a job takes as long as its steps, and its joules are those of its parts") {
  const ChildRun job = good_job({"checkpoints.at_end=false"});
  CHECK(job["steps"] == 3000);
  CHECK(job["progress"] == 1);
  CHECK_THAT(job["time_in.train_s"], WithinRel(job["finished_s"], 1e-9));
  CHECK_THAT(job["drawn_j"], WithinRel(job["energy_j"] + job["board_j"] + job["cooling_j"], 1e-9));
  const ChildRun twice = good_job({"checkpoints.at_end=false", "data.epochs=6"});
  CHECK_THAT(twice["finished_s"], WithinRel(2 * job["finished_s"], 1e-6));
  CHECK_THAT(twice["dynamic_in.train_j"], WithinRel(2 * job["dynamic_in.train_j"], 0.01));  // whole periods
}

TEST_CASE("joules have the band of the chip's constants, and what is exact has none") {
  struct Banded {
    double value, low, high;
    double width() const { return high - low; }
  };
  const auto banded = [](const ChildRun& job, const char* key) {
    const auto band = nlohmann::json::parse(job.files.at("summary.json"))["band"];
    CHECK_FALSE(band.contains("finished_s"));
    CHECK_FALSE(band.contains("steps"));
    REQUIRE(band.contains(key));
    const Banded number{job[key], band[key]["low"], band[key]["high"]};
    CHECK(number.low < number.value);
    CHECK(number.value < number.high);
    return number;
  };
  const ChildRun job = good_job(), twice = good_job({"data.epochs=6"}),
                 loaded = good_job({"supply.other_load=100 mW"});
  const Banded chip = banded(job, "energy_j"), drawn = banded(job, "drawn_j");
  CHECK(drawn.width() > chip.width());  // regulators lose their share of it
  CHECK_THAT(banded(twice, "drawn_j").width(), WithinRel(2 * drawn.width(), 0.03));
  const Banded more = banded(loaded, "drawn_j");
  CHECK(more.value > 1.1 * drawn.value);
  CHECK_THAT(more.width(), WithinRel(drawn.width(), 0.01));  // the other load is what it is
  CHECK_THAT(more.low - drawn.low, WithinRel(more.value - drawn.value, 0.01));
}

TEST_CASE("the table of epochs sums to the job") {
  const ChildRun job = good_job({"data.validation={samples: 400}"});
  const base::CsvTable table("epochs.csv", job.files.at("epochs.csv"));
  REQUIRE(table.rows().size() == 3);
  double steps = 0, time_s = 0, drawn_j = 0;
  for (const base::CsvRow& row : table.rows()) {
    steps += row.number("steps");
    time_s += row.number("time_s");
    drawn_j += row.number("drawn_j");
  }
  CHECK(steps == 3000);
  CHECK(job["validations"] == 3);
  CHECK_THAT(time_s, WithinRel(job["finished_s"] - job["time_in.storage_s"], 1e-6));  // the last checkpoint
  CHECK_THAT(drawn_j, WithinRel(job["drawn_j"], 0.01));
}

TEST_CASE("a battery without resistance and of one voltage lasts its charge over the load") {
  const std::string flat =
      "supply.battery={capacity: 36 mAh, internal_resistance: 0 Ohm, cutoff: 3 V, curve: [{charge: 0 %, "
      "voltage: "
      "4 V}, {charge: 100 %, voltage: 4 V}]}";
  // 129.6 C at 4 V.
  const ChildRun job = good_job({flat, "data.epochs=100000", "supply.other_load=100 mW"});
  CHECK(job["progress"] < 1);
  CHECK_THAT(job["battery_given_j"], WithinRel(129.6 * 4, 1e-6));
  CHECK_THAT(job["time_s"] * job["drawn_power_w"], WithinRel(129.6 * 4, 1e-3));
  CHECK_THAT(job["other_j"], WithinRel(0.1 * job["time_s"], 1e-3));
  CHECK(job["charge_end"] < 1e-6);
  CHECK_THAT(job["battery_share"], WithinRel(1, 1e-6));
}

TEST_CASE("what a battery stored, took, gave and lost are the same joules") {
  const ChildRun job = good_job({"supply.battery={capacity: 20 mAh, internal_resistance: 2 Ohm}",
                                 "data.epochs=200", "supply.charge=[{begin: 20 s, end: 60 s, power: 2 W}]",
                                 "experiment.environment.state_of_charge=50 %", "time_limit=80 s"});
  CHECK(job["battery_charged_j"] > 0);
  CHECK(job["battery_heat_j"] > 0);
  CHECK_THAT(job["mains_j"] * 0.88, WithinAbs(2.0 * 40, 2.0 * 40 * 0.5));  // at most 2 W for 40 s
  CHECK(job["mains_j"] * 0.88 <= 2.0 * 40 * (1 + 1e-9));
}

TEST_CASE("checkpoints hold parameters and optimizer state: Adam's three values of four bytes") {
  const ChildRun job = good_job({"checkpoints.every_steps=500", "storage.write_rate=1 MB/s"});
  const ChildRun none = good_job({"checkpoints.at_end=false"});
  constexpr double kParameters = 61'706;  // LeNet-5
  CHECK(job["checkpoint_bytes"] == 12 * kParameters);
  CHECK(job["checkpoints"] == 5);
  CHECK_THAT(job["written_bytes"], WithinRel(5 * 12 * kParameters + 4 * kParameters, 1e-12));
  CHECK_THAT(job["time_in.storage_s"], WithinRel(job["written_bytes"] / 1e6, 1e-9));
  CHECK_THAT(job["storage_j"], WithinRel(0.12 * job["time_in.storage_s"], 1e-9));
  CHECK_THAT(job["finished_s"], WithinRel(none["finished_s"] + job["time_in.storage_s"], 1e-6));
}

TEST_CASE("requests at a device that does nothing else wait as M/D/1 says") {
  const ChildRun idle =
      good_job({"data.epochs=0", "requests={rate: 1, arrivals: periodic}", "time_limit=100 s"});
  const double service_s = idle["requests.longest_s"];
  CHECK_THAT(idle["requests.mean_s"], WithinRel(service_s, 1e-6));
  const double load = 0.5;
  const ChildRun busy = good_job({"data.epochs=0", fmt::format("requests.rate={}", load / service_s),
                                  fmt::format("time_limit={} s", 40'000 * service_s)});
  CHECK_THAT(busy["requests.mean_s"], WithinRel(service_s * (1 + load / (2 * (1 - load))), 0.05));
  CHECK_THAT(busy["time_in.infer_s"], WithinRel(load * busy["time_s"], 0.05));
}

TEST_CASE("requests beside training wait for the step under way, unless they preempt it") {
  const auto with = [](const char* priority) {
    return good_job({"data.epochs=20", fmt::format("requests={{rate: 5, priority: {}}}", priority)});
  };
  const ChildRun first = with("first"), preempt = with("preempt"), last = with("last");
  const double step_s = first["time_in.train_s"] / 20'000;
  CHECK(preempt["requests.p95_s"] < first["requests.p95_s"]);
  CHECK(first["requests.mean_s"] - preempt["requests.mean_s"] < step_s);
  CHECK_THAT(first["requests.mean_s"] - preempt["requests.mean_s"], WithinRel(0.5 * step_s, 0.3));
  CHECK(last["requests.p50_s"] > first["requests.longest_s"]);  // of those it came to, behind training
  // The same steps were made, whatever came between them.
  CHECK(first["steps"] == preempt["steps"]);
  CHECK_THAT(first["dynamic_in.train_j"], WithinRel(preempt["dynamic_in.train_j"], 1e-6));
}

TEST_CASE("a fixed rate gives the chip time to idle, and the job its length") {
  const ChildRun job = good_job({"experiment.run.rate=100", "checkpoints.at_end=false"});
  // 3000 steps of 4 samples, 40 ms apart; the last one ends when it is done.
  CHECK(job["finished_s"] > 2999 * 0.04);
  CHECK(job["finished_s"] < 3000 * 0.04);
  CHECK_THAT(job["time_in.train_s"] + job["time_in.wait_s"], WithinRel(job["time_s"], 1e-6));
}

TEST_CASE("training that waits for the charger leaves the battery alone") {
  const ChildRun job =
      good_job({"supply.battery={capacity: 300 mAh}",
                "supply.charge=[{begin: 100 s, end: 1000 s, power: 5 W}]", "supply.train=charging"});
  CHECK(job["finished_s"] > 100);
  CHECK_THAT(job["time_in.wait_s"], WithinAbs(100, 1));
  CHECK(job["charge_lowest"] > 0.99);
}

TEST_CASE("a device whose battery is empty comes back, and makes again what it had not kept") {
  const std::vector<std::string> starved = {"supply.battery={capacity: 2 mAh, internal_resistance: 0.1 Ohm}",
                                            "supply.charge=[{begin: 0 s, end: 30 min, power: 50 mW}]",
                                            "supply.restart=50 %",
                                            "data.epochs=1000",
                                            "supply.start_up=1 s",
                                            "time_limit=30 min"};
  std::vector<std::string> kept = starved;
  kept.emplace_back("checkpoints.every_steps=200");
  const ChildRun without = good_job(starved), with = good_job(kept);
  CHECK(with["starts"] > 0);
  CHECK(with["time_in.off_s"] > 0);
  CHECK(with["steps_lost"] < 200 * with["starts"] + 200);
  CHECK(with["progress"] > without["progress"]);
}

TEST_CASE("kept features make later epochs shorter, and the first one no shorter") {
  const std::vector<std::string> frozen = {"experiment.training.freeze={prefix_layers: 2}", "data.epochs=4"};
  std::vector<std::string> cached = frozen;
  cached.emplace_back("data.cached_features=true");
  const ChildRun all = good_job(frozen), kept = good_job(cached);
  CHECK(kept["finished_s"] < all["finished_s"]);
  CHECK(kept["steps"] == all["steps"]);
  // What LeNet-5's convolutions leave: 16 x 5 x 5 values of 16 bits, four thousand times.
  CHECK_THAT(kept["read_bytes"], WithinRel(3 * 4000 * 400 * 2.0, 1e-12));
  const base::CsvTable table("epochs.csv", kept.files.at("epochs.csv"));
  CHECK(table.rows()[1].number("time_s") < 0.96 * table.rows()[0].number("time_s"));
  CHECK_THAT(table.rows()[2].number("time_s"), WithinRel(table.rows()[1].number("time_s"), 1e-6));
}

TEST_CASE("surroundings that warm warm the device as much, once it has followed") {
  const ChildRun cool =
      good_job({"experiment.run.rate=100", "data.epochs=400", "time_limit=4 h", "whole=true"});
  const ChildRun warm =
      good_job({"experiment.run.rate=100", "data.epochs=400", "time_limit=4 h", "whole=true",
                "ambient=[{at: 0 s, temperature: 25 degC}, {at: 1 h, temperature: 35 degC}]"});
  CHECK_THAT(warm["hottest_c"] - cool["hottest_c"], WithinAbs(10, 0.7));  // leakage rises a little, too
}

TEST_CASE("governors are compared on the same steps") {
  const ChildRun job =
      good_job({"governors={fast: {policies: [{kind: performance, period: 10 ms}]}, slow: "
                "{policies: [{kind: powersave, period: 10 ms}]}}",
                "deadline=30 s"});
  CHECK(job["governors.slow.finished_s"] > 1.5 * job["governors.fast.finished_s"]);
  CHECK(job["governors.slow.drawn_power_w"] < 0.8 * job["governors.fast.drawn_power_w"]);
  CHECK(job["governors.slow.steps"] == job["governors.fast.steps"]);
  CHECK(job["finished_s"] == job["governors.fast.finished_s"]);
}

TEST_CASE("what cannot be is refused by its key") {
  CHECK_THAT(bad_job({"data.cached_features=true"}), contains("training.freeze"));
  CHECK_THAT(bad_job({"supply.charge=[{begin: 0 s, end: 1 h, power: 5 W}]"}), contains("supply.charge"));
  CHECK_THAT(bad_job({"data.epochs=0"}), contains("requests"));
  CHECK_THAT(bad_job({"supply.train=charging"}), contains("train"));
  CHECK_THAT(bad_job({"ambient=[{at: 1 h, temperature: 20 degC}, {at: 1 h, temperature: 30 degC}]"}),
             contains("ambient"));
}
