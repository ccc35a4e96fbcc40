// SPDX-License-Identifier: MIT
// Queues against closed forms, and what has to hold of all of them.
#include "pipeline.h"
#include "support/catch.h"

using namespace kiln;
using testing::Line;

TEST_CASE("random samples in front of a constant service wait as M/D/1 says") {
  for (const double load : {0.3, 0.5, 0.8}) {
    INFO(load);
    Line line;
    line.source(load, 60000, job::Arrivals::poisson);
    line.network("server", 1);
    testing::join(line);
    const pipeline::PlanResult result = line.run();
    // Pollaczek-Khinchine for a service of 1 s.
    CHECK(result.stages[1].wait_mean_s == Approx(load / (2 * (1 - load))).epsilon(0.06));
    CHECK(result.stages[1].utilisation == Approx(load).epsilon(0.02));
    // Little's law: the two are counted apart, one over time and one by sample.
    CHECK(result.stages[1].mean_queue ==
          Approx(result.stages[1].wait_mean_s * 60000 / result.number("time_s")).epsilon(1e-6));
  }
}

TEST_CASE("the slowest of a chain sets the rate and is busy all the time") {
  Line line;
  line.source(100, 3000);
  line.network("first", 0.02);
  line.network("slow", 0.05);
  line.network("last", 0.03);
  testing::join(line);
  const pipeline::PlanResult result = line.run();
  CHECK(result.number("labelled_per_s") == Approx(20).epsilon(2e-3));
  CHECK(result.number("bound_per_s") == Approx(20).epsilon(1e-6));
  CHECK(result.resources.front().name == "slow");
  CHECK(result.resources.front().share == Approx(1).epsilon(2e-3));
  // Utilisation law: rate times demand.
  for (const pipeline::Resource& resource : result.resources)
    CHECK(resource.share == Approx(result.number("labelled_per_s") * resource.demand_s).epsilon(1e-6));
}

TEST_CASE("the bound is where batches and passes say it is") {
  Line line;
  line.source(1000, 1000);
  pipeline::StageConfig& trainer = line.network("trainer", 0.01);
  trainer.network->task = pipeline::Task::train;
  trainer.network->passes = 3;
  trainer.takes = 250;
  line.work[1].batch = 20;
  testing::join(line);
  const pipeline::PlanResult result = line.run();
  CHECK(result.stages[1].firings == 4);
  CHECK(result.stages[1].steps == 4 * 3 * 13);  // 250 / 20, the last batch filled up
  CHECK(result.stages[1].made == 4);            // models
  CHECK(result.number("bound_per_s") == Approx(1 / (3 * 13 * 0.01)));
}

TEST_CASE("equal devices share a stage's work") {
  Line line;
  line.source(100, 2000);
  line.network("server", 0.1);
  testing::join(line);
  line.config.devices[1].count = 5;
  const pipeline::PlanResult result = line.run();
  CHECK(result.number("labelled_per_s") == Approx(50).epsilon(5e-3));
  CHECK(result.number("bound_per_s") == Approx(50));
}

TEST_CASE("a full queue stops the stage in front of it and turns a source away") {
  Line line;
  line.source(10, 1000);
  line.network("server", 0.2).queue = 3;
  testing::join(line);
  const pipeline::PlanResult lossy = line.run();
  CHECK(lossy.stages[1].lost == Approx(500).margin(5));  // it serves every second
  CHECK(lossy.stages[1].lost + lossy.stages[1].made == 1000);
  CHECK(lossy.stages[1].longest_queue == 3);
  CHECK(lossy.validity.state() == std::string("warn"));

  Line held;
  held.source(10, 100);
  held.network("maker", 0.01);
  held.network("server", 0.2).queue = 3;
  testing::join(held);
  const pipeline::PlanResult whole = held.run();
  CHECK(whole.stages[2].made == 100);
  CHECK(whole.stages[2].longest_queue <= 3);
  CHECK(whole.stages[1].longest_queue > 40);  // they wait where there is room
}

TEST_CASE("of stages that share a device the later goes first, between two steps") {
  Line line;
  line.source(100, 400);  // more than it can take: the first stage always has work
  pipeline::StageConfig& maker = line.network("maker", 0.02);
  maker.network->passes = 3;
  line.network("server", 0.02).on = "maker";
  testing::join(line);
  line.config.plans[0].stages[2].via.clear();
  const pipeline::PlanResult result = line.run();
  CHECK(result.stages[2].wait_mean_s <= 0.02 + 1e-9);  // at most the step under way
  CHECK(result.number("bound_per_s") == Approx(1 / 0.08));
  CHECK(result.resources.front().demand_s == Approx(3 * 0.02 + 0.02));
}

TEST_CASE("the last samples of a chain do not wait for a full batch") {
  Line line;
  line.source(10, 37);
  pipeline::StageConfig& batched = line.network("batched", 1);
  batched.takes = batched.makes = 16;
  line.work[1].batch = 16;
  testing::join(line);
  const pipeline::PlanResult result = line.run();
  CHECK(result.stages[1].firings == 3);
  CHECK(result.stages[1].made == 37);
}

TEST_CASE("a stage waits for what it stands behind") {
  Line line;
  line.source(10, 20);
  line.network("model", 1);
  pipeline::StageConfig& maker = line.network("maker", 0.5);
  maker.from.clear();
  maker.samples = 12;
  maker.after = {"model"};
  maker.makes = 4;
  testing::join(line);
  const pipeline::PlanResult result = line.run();
  CHECK(result.stages[2].first_s == Approx(result.stages[1].first_s + 4 * 0.5));  // one sample a step
  CHECK(result.stages[2].made == 12);
}
