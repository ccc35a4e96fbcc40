// SPDX-License-Identifier: MIT
#include "sweep/workers.h"

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "base/rng.h"
#include "fake_sweep.h"
#include "support/catch.h"
#include "sweep/results.h"

using namespace kiln;
using namespace kiln::testing;
using namespace std::chrono_literals;

namespace {

std::string csv_of(const sweep::Plan& plan, const sweep::PointStore& store) {
  return sweep::to_csv(sweep::collect(sweep::stored_form(plan), store));
}

std::map<std::string, std::string> slow_run(const sweep::Point& point, const base::Watch& watch) {
  std::this_thread::sleep_for(3ms);
  return fake_run(point, watch);
}

sweep::WorkOptions jobs(std::size_t count) {
  sweep::WorkOptions options;
  options.jobs = count;
  return options;
}

}  // namespace

TEST_CASE("any number of workers gives the same table") {
  const ScratchFolder scratch;
  const sweep::Plan plan = sweep::make_plan(write_fake_sweep(scratch), {}, fake_identity);
  std::string first;
  for (const std::size_t count : {1, 2, 7}) {
    const sweep::PointStore store(scratch.path() / fmt::format("out{}", count));
    const sweep::WorkResult result = sweep::work(plan, store, fake_run, jobs(count));
    CHECK(result.done == 6);
    CHECK(result.failed == 0);
    const std::string csv = csv_of(plan, store);
    if (first.empty()) first = csv;
    CHECK(csv == first);
  }
  CHECK_THAT(first,
             contains("a,b,validity,energy_j,bound_by.a,bound_by.b\none,low,ok,11,0.3333333333333333,10\n"));
}

TEST_CASE("finished points are not computed again, failed ones are") {
  const ScratchFolder scratch;
  const sweep::Plan plan = sweep::make_plan(write_fake_sweep(scratch), {}, fake_identity);
  const sweep::PointStore store(scratch.path() / "out");
  const auto fail_on_two = [](const sweep::Point& point, const base::Watch& watch) {
    if (number_at(point.experiment(), "a") == 2) throw base::SimError("two is too much");
    return fake_run(point, watch);
  };
  const sweep::WorkResult first = sweep::work(plan, store, fail_on_two, jobs(2));
  CHECK(first.done == 4);
  CHECK(first.failed == 2);
  const sweep::Table table = sweep::collect(sweep::stored_form(plan), store);
  REQUIRE(table.failures.size() == 2);
  CHECK(table.failures[0].labels == "two, low");
  CHECK(table.failures[0].error == "two is too much");
  CHECK(sweep::parse_failure(R"({"error": {"code": 1}})", {}) == R"({"error": {"code": 1}})");

  const auto only_two = [](const sweep::Point& point, const base::Watch& watch) {
    if (number_at(point.experiment(), "a") != 2) throw base::SimError("computed again");
    return fake_run(point, watch);
  };
  const sweep::WorkResult second = sweep::work(plan, store, only_two, jobs(2));
  CHECK(second.done == 6);
  CHECK(second.failed == 0);
}

TEST_CASE("a point that crashes fails alone and says how") {
  const ScratchFolder scratch;
  const sweep::Plan plan = sweep::make_plan(write_fake_sweep(scratch), {}, fake_identity);
  const sweep::PointStore store(scratch.path() / "out");
  const auto crash = [](const sweep::Point& point, const base::Watch& watch) {
    if (number_at(point.experiment(), "a") == 3) ::kill(::getpid(), SIGKILL);
    return fake_run(point, watch);
  };
  const sweep::WorkResult result = sweep::work(plan, store, crash, jobs(3));
  CHECK(result.done == 4);
  CHECK(result.failed == 2);
  CHECK_THAT(store.failure(plan.points[5].hash), contains("died of signal 9"));
}

TEST_CASE("a sweep killed at random instants and resumed ends with the same table") {
  const ScratchFolder scratch;
  const sweep::Plan plan = sweep::make_plan(write_fake_sweep(scratch), {}, fake_identity);
  const sweep::PointStore whole(scratch.path() / "whole");
  sweep::work(plan, whole, fake_run, jobs(2));

  const base::Rng rng(1, "sweep", "kill", 0);
  base::Rng instants = rng;
  const sweep::PointStore store(scratch.path() / "killed");
  int killed = 0;
  for (int round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      sweep::work(plan, store, slow_run, jobs(2));
      ::_exit(0);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(static_cast<int>(instants.uniform() * 8000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    killed += WIFSIGNALED(status) ? 1 : 0;
    for (const auto& point : plan.points)  // whatever is there is whole
      if (store.state(point.hash) == sweep::PointState::done)
        CHECK_FALSE(
            sweep::read_summary((store.folder(point.hash) / "summary.json").string()).numbers.empty());
  }
  CHECK(killed > 0);
  const sweep::WorkResult result = sweep::work(plan, store, fake_run, jobs(2));
  CHECK(result.done == 6);
  CHECK(csv_of(plan, store) == csv_of(plan, whole));
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path() / "killed/points"))
    CHECK(entry.path().extension() == "");  // neither locks nor halves are left
}

TEST_CASE("two sweeps at once share the points and compute each once") {
  const ScratchFolder scratch;
  const sweep::Plan plan = sweep::make_plan(write_fake_sweep(scratch), {}, fake_identity);
  const sweep::PointStore store(scratch.path() / "out");
  const std::string log = (scratch.path() / "log").string();
  const auto logged = [&](const sweep::Point& point, const base::Watch& watch) {
    std::ofstream(log, std::ios::app) << point.hash << '\n';
    return slow_run(point, watch);
  };
  const pid_t child = ::fork();
  if (child == 0) {
    sweep::work(plan, store, logged, jobs(2));
    ::_exit(0);
  }
  CHECK(sweep::work(plan, store, logged, jobs(2)).done == 6);
  ::waitpid(child, nullptr, 0);
  const std::string lines = scratch.read("log");
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 6);
}

TEST_CASE("an interrupted sweep stops its children and keeps what is finished") {
  const ScratchFolder scratch;
  const sweep::Plan plan = sweep::make_plan(write_fake_sweep(scratch), {}, fake_identity);
  const sweep::PointStore store(scratch.path() / "out");
  std::size_t done = 0;
  sweep::WorkOptions options = jobs(1);
  options.progress = [&](const sweep::Progress& progress) { done = progress.done; };
  options.interrupted = [&] { return done >= 2; };
  const sweep::WorkResult result = sweep::work(plan, store, slow_run, options);
  CHECK(result.interrupted);
  CHECK(result.done == 2);
  CHECK(sweep::work(plan, store, fake_run, jobs(1)).done == 6);
}

TEST_CASE("a point beyond the time limit fails with the limit, and the others go on") {
  const ScratchFolder scratch;
  const sweep::Plan plan = sweep::make_plan(write_fake_sweep(scratch), {}, fake_identity);
  const sweep::PointStore store(scratch.path() / "out");
  const auto never_ends = [](const sweep::Point& point, const base::Watch& watch) {
    while (number_at(point.experiment(), "a") == 2) watch.check();
    return fake_run(point, {});
  };
  sweep::WorkOptions options = jobs(2);
  options.time_limit_s = 0.05;
  const sweep::WorkResult result = sweep::work(plan, store, never_ends, options);
  CHECK(result.done == 4);
  CHECK(result.failed == 2);
  CHECK_THAT(store.failure(plan.points[2].hash), contains("the time limit of 50 ms was reached"));
}

TEST_CASE("a point that does not look at its limit is ended all the same") {
  const ScratchFolder scratch;
  const sweep::Plan plan = sweep::make_plan(write_fake_sweep(scratch), {}, fake_identity);
  const sweep::PointStore store(scratch.path() / "out");
  const auto deaf = [](const sweep::Point& point, const base::Watch&) {
    if (number_at(point.experiment(), "inner.b") == 10 && number_at(point.experiment(), "a") == 1) ::pause();
    return fake_run(point, {});
  };
  sweep::WorkOptions options = jobs(1);
  options.time_limit_s = 0.05;
  const sweep::WorkResult result = sweep::work(plan, store, deaf, options);
  CHECK(result.done == 5);
  CHECK(result.failed == 1);
  CHECK_THAT(store.failure(plan.points[0].hash),
             contains("the time limit of 50 ms was reached in work that"));
}

TEST_CASE("the progress line tells how long it may take") {
  CHECK(sweep::progress_text({108, 0, 0, 2, 0, 0}) == "0 of 108 done, 2 running");
  CHECK(sweep::progress_text({108, 37, 1, 2, 18, 18}) ==
        "37 of 108 done, 1 failed, 2 running, about 1 min 10 s left");
}
