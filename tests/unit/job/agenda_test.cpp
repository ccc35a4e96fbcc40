// SPDX-License-Identifier: MIT
// The agenda of a job, played by hand: in which order what is asked for, and what a loss of power takes back.
#include "job/agenda.h"
#include "support/catch.h"

using namespace kiln;
using job::Agenda;
using job::StepKind;
using job::Turn;

namespace {

job::Plan ten_steps_twice() {
  job::Plan plan;
  plan.steps_per_epoch = 10;
  plan.epochs = 2;
  plan.checkpoint_bytes = 1e6;
  plan.final_bytes = 5e5;
  return plan;
}

/// Does what is asked for, a second for each step, until it is done or has to wait; the kinds of turns in
/// order.
std::string played(Agenda& agenda, double& now_s, int most = 1000) {
  std::string order;
  while (!agenda.finished() && most-- > 0) {
    const Turn turn = agenda.next(now_s);
    if (turn.kind == Turn::Kind::wait) return order + ".";
    if (turn.kind == Turn::Kind::store) {
      now_s += turn.least_s;
      agenda.stored(turn, now_s);
      order += turn.purpose == Turn::Purpose::checkpoint        ? 'c'
               : turn.purpose == Turn::Purpose::last_checkpoint ? 'l'
                                                                : 's';
      continue;
    }
    now_s += static_cast<double>(turn.count);
    agenda.stepped(turn, turn.count, now_s);
    order += std::to_string(turn.count);
    order += turn.step == StepKind::train ? 't' : turn.step == StepKind::train_cached ? 'f' : 'v';
  }
  return order;
}

}  // namespace

TEST_CASE("epochs follow one another, judged at their ends, and the last checkpoint ends training") {
  job::JobConfig config;
  config.data = {.samples = 10, .epochs = 2, .validation = {.samples = 3, .every_steps = {}}};
  job::Plan plan = ten_steps_twice();
  plan.validation_steps = 3;
  Agenda agenda(config, plan);
  double now_s = 0;
  CHECK(played(agenda, now_s) == "10t3v10t3vl");
  CHECK(agenda.books().trained == 20);
  CHECK(agenda.books().validations == 2);
  REQUIRE(agenda.epochs().size() == 2);
  CHECK(agenda.epochs()[0].time_s == 13);  // its validation included
  CHECK(agenda.finished_s() == now_s);
}

TEST_CASE("checkpoints and validations cut an epoch where they are due") {
  job::JobConfig config;
  config.data = {.samples = 10, .epochs = 2, .validation = {.samples = 1, .every_steps = 5}};
  config.checkpoints = {.every_steps = 4, .every_s = {}, .at_end = false};
  job::Plan plan = ten_steps_twice();
  plan.validation_steps = 1;
  Agenda agenda(config, plan);
  double now_s = 0;
  // Behind steps 4, 8, 12, 16 a checkpoint; behind 5, 10, 15, 20 a validation.
  CHECK(played(agenda, now_s) == "4tc1t1v3tc2t1v2tc3t1v1tc4t1v");
  CHECK(agenda.books().checkpoints == 4);
  CHECK(agenda.books().written_bytes == 4e6);
}

TEST_CASE(
    "a loss of power takes back what was done since the last checkpoint, and an epoch is closed again") {
  job::JobConfig config;
  config.data = {.samples = 10, .epochs = 2};
  config.checkpoints.every_steps = 8;
  Agenda agenda(config, ten_steps_twice());
  double now_s = 0;
  CHECK(played(agenda, now_s, 3) == "8tc2t");  // ten are done, eight are kept
  REQUIRE(agenda.epochs().size() == 1);
  agenda.lost_power(0.25);
  CHECK(agenda.done() == 8);
  CHECK(agenda.books().lost == 2.25);
  CHECK(played(agenda, now_s) == "s2t6tc4tl");
  CHECK(agenda.books().trained == 22);
  CHECK(agenda.epochs().size() == 3);
  CHECK(agenda.books().read_bytes == 1e6);
}

TEST_CASE(
    "features are written in the first epoch and read in the others, no faster than storage gives them") {
  job::JobConfig config;
  config.data = {.samples = 10, .epochs = 2};
  config.storage = {.write_bytes_per_s = 1e6, .read_bytes_per_s = 4e6, .write_w = 2, .read_w = 1};
  job::Plan plan = ten_steps_twice();
  plan.feature_bytes_per_step = 2e6;
  Agenda agenda(config, plan);
  CHECK(agenda.next(0).least_s == 2);
  CHECK(agenda.next(0).storage_s * agenda.next(0).storage_w == 4);
  double now_s = 0;
  CHECK(played(agenda, now_s) == "10t10fl");
  CHECK(agenda.books().written_bytes == 20e6 + 5e5);
  CHECK(agenda.books().read_bytes == 20e6);
}

TEST_CASE("requests go before training, or behind all of it") {
  job::JobConfig config;
  config.data = {.samples = 10, .epochs = 1};
  config.checkpoints.at_end = false;
  for (const job::Priority priority : {job::Priority::first, job::Priority::last}) {
    config.requests =
        job::RequestsConfig{.per_s = 1, .arrivals = job::Arrivals::periodic, .priority = priority};
    job::Plan plan = ten_steps_twice();
    plan.epochs = 1;
    Agenda agenda(config, plan);
    CHECK(agenda.next(0.5).step == StepKind::train);
    const Turn turn = agenda.next(1.5);
    CHECK((turn.step == StepKind::infer) == (priority == job::Priority::first));
    agenda.allow_training(false);
    CHECK(agenda.next(1.5).step == StepKind::infer);
  }
}

TEST_CASE("training that may not run waits for the next request, and says how long it is idle") {
  job::JobConfig config;
  config.data = {.samples = 10, .epochs = 1};
  config.requests = job::RequestsConfig{.per_s = 0.1, .arrivals = job::Arrivals::periodic};
  Agenda agenda(config, ten_steps_twice());
  agenda.allow_training(false);
  CHECK(agenda.next(0).kind == Turn::Kind::wait);
  CHECK(agenda.next(0).until_s == 10);
  CHECK(agenda.idle_until_s(0) == 10);
  agenda.allow_training(true);
  CHECK(agenda.idle_until_s(0) == 0);
}
