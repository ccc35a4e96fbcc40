// SPDX-License-Identifier: MIT
#include "job/updates.h"
#include "job/agenda.h"
#include "support/catch.h"

using namespace kiln;
using job::Turn;
using job::Updates;

TEST_CASE(
    "an image comes in at the rate of its link while the device is on, and is written beside the other "
    "slot") {
  const job::StorageConfig storage{.write_bytes_per_s = 4e6, .write_w = 2};
  Updates updates({{.at_s = 10, .bytes = 1e6, .rate_bytes_per_s = 1e6, .link_w = 0.5, .slots = 2}}, storage);
  CHECK(updates.load_w(5) == 0);
  CHECK(updates.next_change_s(5) == 10);
  CHECK(updates.load_w(10) == 0.5 + 0.25 * 2);
  updates.receive(10, 0.4);
  CHECK_FALSE(updates.ready());
  updates.receive(20, 0.6);  // it was off in between
  CHECK(updates.ready());
  CHECK(updates.load_w(21) == 0);
  updates.installed();
  CHECK_FALSE(updates.ready());
  CHECK(updates.books().received_bytes == 1e6);
  CHECK(updates.books().written_bytes == 1e6);
}

TEST_CASE("training is kept before an update, and goes on behind the start that it takes") {
  job::JobConfig config;
  config.data = {.samples = 10, .epochs = 1};
  config.storage = {.write_bytes_per_s = 1e6, .read_bytes_per_s = 2e6};
  config.supply.start_up_s = 3;
  job::Plan plan;
  plan.steps_per_epoch = 10;
  plan.epochs = 1;
  plan.checkpoint_bytes = 1e6;
  for (const int slots : {1, 2}) {
    config.updates = {{.at_s = 0, .bytes = 4e6, .rate_bytes_per_s = 1e6, .link_w = 1, .slots = slots}};
    job::Agenda agenda(config, plan);
    Turn turn = agenda.next(0);
    agenda.stepped(turn, 4, 4);
    agenda.receive(0, 4);
    turn = agenda.next(4);
    CHECK(turn.purpose == Turn::Purpose::checkpoint);
    agenda.stored(turn, 5);
    turn = agenda.next(5);
    CHECK(turn.purpose == Turn::Purpose::install);
    CHECK(turn.least_s == (slots == 2 ? 2 : 6));  // read for the signature, with one slot written before
    agenda.stored(turn, 11);
    turn = agenda.next(11);
    CHECK(turn.purpose == Turn::Purpose::start_up);
    CHECK(turn.least_s == 3.5);
    agenda.stored(turn, 15);
    CHECK(agenda.done() == 4);
    CHECK(agenda.next(15).trains());
    CHECK(agenda.books().lost == 0);
  }
}
