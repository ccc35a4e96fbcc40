// SPDX-License-Identifier: MIT
// Gradients that leave while the backward pass goes on, against the recurrence of a pipeline.
#include <algorithm>

#include "fleet.h"
#include "fleet/gradient_times.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinRel;
using fleet::Barrier;
using fleet::Overlap;
using fleet::Topology;
using testing::Setup;
using workload::Phase;

namespace {

constexpr double kWholeStep = 1.0, kBackward = 0.9;  // s; the last tenth of a step is its update
const std::vector<double> kStands = {0.4, 0.55, 0.8, kBackward};
const std::vector<std::int64_t> kElements = {100, 400, 50, 200};  // in the order in which they stand

std::vector<double> bytes_of_buckets() {
  std::vector<double> bytes;
  for (const std::int64_t elements : kElements) bytes.push_back(4.0 * static_cast<double>(elements));
  return bytes;
}

Setup overlapped(int devices, Topology topology, double bytes_per_s) {
  Setup setup(devices, topology, kWholeStep);
  setup.config.exchange.overlap = Overlap::backward;
  setup.marks = kStands;
  setup.link = testing::wire(bytes_per_s);
  return setup;
}

/// The gradients of kElements, one a bucket or all in one.
fleet::Payload payload(bool in_buckets = true) {
  fleet::Payload all(testing::layers_of(kElements), {});
  if (in_buckets) all.cut({{0}, {1}, {2}, {3}});
  return all;
}

/// Seconds from the end of the backward pass to the last result, if one exchange follows the other.
double exposed_by_recurrence(const std::vector<double>& exchange_s) {
  double over_s = 0;
  for (std::size_t b = 0; b < kStands.size(); ++b) over_s = std::max(kStands[b], over_s) + exchange_s[b];
  return over_s - kBackward;
}

std::vector<double> exchange_of(int devices, Topology topology, double bytes_per_s) {
  const double n = devices;
  double factor = 2 * (n - 1) / n;
  if (topology == Topology::tree) factor = 2 * std::log2(n);
  std::vector<double> all;
  for (const double bytes : bytes_of_buckets()) all.push_back(factor * bytes / bytes_per_s);
  return all;
}

double mean_exposed_s(const fleet::Simulation& simulation) {
  double sum = 0;
  for (const fleet::RoundRecord& round : simulation.history().rounds) sum += round.exposed_s();
  return sum / static_cast<double>(simulation.history().rounds.size());
}

/// Two layers behind one another on a chip whose times are given: FWD 1 s and 2 s, then backward.
struct SmallStep {
  workload::StepGraph graph;
  soc::StepRecord record;

  SmallStep() {
    graph.layers.resize(2);
    for (int layer : {0, 1}) {
      workload::Tensor tensor;
      tensor.id = layer;
      tensor.cls = workload::TensorClass::weight_gradient;
      tensor.layer = layer;
      graph.tensors.push_back(tensor);
    }
    add(0, Phase::forward, 1);
    add(1, Phase::forward, 2);
    add(1, Phase::dgrad, 3);
    add(1, Phase::wgrad, 4, true);
    add(1, Phase::update, 5);
    add(0, Phase::wgrad, 6, true);
    add(0, Phase::update, 7);
    record.last_phase = Phase::update;
    record.last_tile_wait_s = 2;
  }
  void add(int layer, Phase phase, double seconds, bool writes = false) {
    workload::Op op;
    op.layer = layer;
    op.phase = phase;
    if (writes) op.writes.push_back(layer);
    graph.ops.push_back(op);
    record.work[{layer, static_cast<int>(phase)}].exclusive_s += seconds;
  }
};

}  // namespace

TEST_CASE("what a backward pass does not hide is what the recurrence of a pipeline says") {
  for (const auto topology : {Topology::ring, Topology::tree})
    for (const int n : {2, 4, 8})
      for (const double rate : {1e6, 2e4, 6e3, 1e3}) {
        INFO(n << " devices, " << rate << " B/s");
        const fleet::Payload gradients = payload();
        const auto simulation = overlapped(n, topology, rate).run(gradients);
        const double exposed_s = exposed_by_recurrence(exchange_of(n, topology, rate));
        CHECK(exposed_s > 0);  // the last bucket is never hidden
        CHECK_THAT(mean_exposed_s(*simulation), WithinRel(exposed_s, 1e-6));
        CHECK_THAT(simulation->time_s(), WithinRel(10 * (kWholeStep + exposed_s), 1e-6));
        double exchanging_s = 0;
        for (const double s : exchange_of(n, topology, rate)) exchanging_s += s;
        CHECK_THAT(simulation->history().rounds[3].exchanging_s, WithinRel(exchanging_s, 1e-6));
      }
}

TEST_CASE("buckets of a server come down while others go up") {
  const fleet::Payload gradients = payload();
  Setup setup = overlapped(4, Topology::server, 4e3);
  setup.config.exchange.server_channels = 4;
  setup.config.rounds = 1;
  // Up one after the other as they stand; down behind each, which takes as long and has a way of its own.
  double up_s = 0, down_s = 0;
  for (std::size_t b = 0; b < kStands.size(); ++b) {
    const double s = bytes_of_buckets()[b] / 4e3;
    up_s = std::max(kStands[b], up_s) + s;
    down_s = std::max(up_s, down_s) + s;
  }
  CHECK_THAT(setup.run(gradients)->time_s(), WithinRel(down_s + kWholeStep - kBackward, 1e-6));
}

TEST_CASE("over a link that takes no time a step is that of one device") {
  const fleet::Payload gradients = payload();
  for (const auto topology : {Topology::ring, Topology::tree, Topology::server}) {
    const auto simulation = overlapped(8, topology, 1e18).run(gradients);
    CHECK_THAT(simulation->time_s(), WithinRel(10 * kWholeStep, 1e-9));
    CHECK_THAT(simulation->worker(3).books().training_s, WithinRel(10 * kWholeStep, 1e-9));
  }
}

TEST_CASE("one bucket for all gradients overlaps nothing") {
  const fleet::Payload whole = payload(false);
  for (const auto topology : {Topology::ring, Topology::tree, Topology::server}) {
    Setup setup = overlapped(6, topology, 3e3);
    setup.marks = {kBackward};
    const auto one = setup.run(whole);
    setup.config.exchange.overlap = Overlap::none;
    const auto none = setup.run(whole);
    CHECK(one->time_s() == none->time_s());
    for (int d = 0; d < 6; ++d)
      CHECK(one->network().end(d).energy().total_j() == none->network().end(d).energy().total_j());
  }
}

TEST_CASE("a faster link is never slower, and overlap never costs more than a bucket's messages") {
  const fleet::Payload buckets = payload(), whole = payload(false);
  double before_s = 1e9;
  for (const double rate : {500.0, 1e3, 3e3, 1e4, 1e5, 1e7}) {
    const double now_s = overlapped(4, Topology::ring, rate).run(buckets)->time_s();
    CHECK(now_s <= before_s * (1 + 1e-9));
    before_s = now_s;
    Setup none = overlapped(4, Topology::ring, rate);
    none.config.exchange.overlap = Overlap::none;
    none.marks = {kBackward};
    CHECK(now_s < none.run(whole)->time_s());  // no latency, no stamps: only what is hidden differs
  }
}

TEST_CASE("a link takes the same joules for the same bytes, hidden or not") {
  const fleet::Payload buckets = payload(), whole = payload(false);
  Setup setup = overlapped(4, Topology::ring, 2e3);
  setup.link.power.transmit_w = 2;
  setup.link.power.receive_w = 1;
  const auto hidden = setup.run(buckets);
  setup.config.exchange.overlap = Overlap::none;
  setup.marks = {kBackward};
  const auto exposed = setup.run(whole);
  CHECK(hidden->time_s() < 0.95 * exposed->time_s());
  for (int d = 0; d < 4; ++d) {
    CHECK(hidden->network().sent_by(d).payload_bytes == exposed->network().sent_by(d).payload_bytes);
    CHECK_THAT(hidden->network().end(d).energy().total_j(),
               WithinRel(exposed->network().end(d).energy().total_j(), 1e-9));
  }
}

TEST_CASE("an update follows the exchange, and behind a bound the backward pass of others hides it") {
  const fleet::Payload whole = payload(false);
  Setup setup(4, Topology::ring, kWholeStep);
  setup.marks = {kBackward};
  setup.link = testing::wire(1e4);  // 3,000 B around a ring of four: 0.45 s
  const auto strict = setup.run(whole);
  for (const fleet::RoundRecord& round : strict->history().rounds) {
    CHECK_THAT(round.resumed_s, WithinRel(round.end_s, 1e-9));
    CHECK_THAT(round.exposed_s(), WithinRel(0.45, 1e-6));
  }
  CHECK_THAT(strict->time_s() - strict->history().rounds[9].end_s, WithinRel(kWholeStep - kBackward, 1e-6));
  setup.config.exchange.barrier = Barrier::bounded;
  setup.config.exchange.staleness = 1;
  setup.config.rounds = 100;
  const auto bounded = setup.run(whole);
  CHECK(mean_exposed_s(*bounded) < 0.01);
  CHECK_THAT(bounded->time_s(), WithinRel(100 * kWholeStep, 0.01));
}

TEST_CASE("buckets of many rounds reach each device in order, whatever their lengths") {
  const fleet::Payload buckets = payload();
  for (const auto topology : {Topology::ring, Topology::tree, Topology::server}) {
    Setup setup = overlapped(5, topology, 2e3);
    setup.step_s = {1, 1.4, 0.8, 2, 1.1};
    setup.config.rounds = 60;
    setup.config.exchange.barrier = Barrier::bounded;
    setup.config.exchange.staleness = 3;
    setup.config.exchange.server_channels = 3;
    setup.link.latency_s = 0.3;
    const auto simulation = setup.run(buckets);
    CHECK(simulation->history().updates == 60);
    for (int d = 0; d < 5; ++d) CHECK_THAT(simulation->worker(d).books().steps, WithinRel(60.0, 1e-9));
    CHECK(simulation->history().staleness.size() <= 4);
  }
}

TEST_CASE("gradients stand when the program has come to them, updates put behind") {
  SmallStep step;  // 30 s: 18 without updates
  const fleet::GradientTimes times = fleet::gradient_times(step.graph, step.record);
  CHECK(times.ready[1] == Approx(10 / 30.0));
  CHECK(times.ready[0] == Approx(16 / 30.0));
  CHECK(times.backward == Approx(16 / 30.0));
}

TEST_CASE("gradients of micro-batches stand in the last one, a pass done again comes in front of its layer") {
  SmallStep step;
  step.graph.micro_batches = 4;
  const fleet::GradientTimes times = fleet::gradient_times(step.graph, step.record);
  CHECK(times.ready[1] == Approx((16 * 0.75 + 10 * 0.25) / 30));
  CHECK(times.backward == Approx(16 / 30.0));

  SmallStep again;  // layer 0 is done again between the layers' backward passes
  workload::Op op = again.graph.ops[0];
  op.recompute = true;
  again.graph.ops.insert(again.graph.ops.begin() + 5, op);
  const fleet::GradientTimes later = fleet::gradient_times(again.graph, again.record);
  CHECK(later.ready[1] == Approx(9.5 / 30));  // half of its second is still to come
  CHECK(later.ready[0] == Approx(16 / 30.0));
}

TEST_CASE("a wait for the slowest tile counts to what that one did last") {
  SmallStep step;
  step.record.last_phase = Phase::wgrad;
  CHECK(fleet::gradient_times(step.graph, step.record).backward == Approx(18 / 30.0));
}

TEST_CASE("layers fill buckets in the order in which they stand, and none is cut") {
  const std::vector<double> ready = {0.9, 0.7, 0.5, 0.3};
  const auto buckets = fleet::cut_buckets(ready, {10, 20, 30, 40}, 50);
  CHECK(buckets == std::vector<std::vector<std::size_t>>{{3, 2}, {1, 0}});
  CHECK(fleet::cut_buckets(ready, {10, 20, 30, 40}, 1).size() == 4);
  CHECK(fleet::cut_buckets(ready, {10, 20, 30, 40}, 1000).size() == 1);
  CHECK(fleet::bucket_marks(buckets, ready, 0.95) == std::vector<double>{0.5, 0.95});
  // Another kind of device may have them in another order: a bucket waits for those before it.
  CHECK(fleet::bucket_marks({{3}, {2}, {0, 1}}, {0.3, 0.5, 0.6, 0.7}, 0.9) ==
        std::vector<double>{0.7, 0.7, 0.9});
}
