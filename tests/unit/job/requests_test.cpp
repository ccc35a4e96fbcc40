// SPDX-License-Identifier: MIT
#include <cmath>

#include "job/requests.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using job::Arrivals;
using job::Latencies;
using job::Requests;
using job::RequestsConfig;

namespace {

/// One server that needs a constant time, as an idle device that does nothing else.
Latencies served(RequestsConfig config, double service_s, double until_s) {
  Requests requests(config, 7);
  double free_s = 0;
  while (requests.next_s() < until_s || requests.waiting()) {
    if (!requests.waiting()) {
      free_s = std::max(free_s, requests.next_s());
      requests.arrive_until(free_s);
    }
    free_s += service_s;
    if (free_s < until_s) requests.arrive_until(free_s);
    requests.answered(free_s);
  }
  return requests.latencies();
}

}  // namespace

TEST_CASE("independent requests at a device of constant service time wait as M/D/1 says") {
  // Pollaczek-Khinchine: mean wait = rho / (2 (1 - rho)) of a service, here 0.6 / 0.8 = 0.75 of it.
  const RequestsConfig config{.per_s = 6, .queue = 1'000'000};
  const Latencies latencies = served(config, 0.1, 2e5);
  CHECK(latencies.count() > 1'000'000);
  CHECK_THAT(latencies.mean_s(), WithinRel(0.1 * (1 + 0.6 / (2 * 0.4)), 0.01));
}

TEST_CASE("periodic requests that are served faster than they come never wait") {
  const Latencies latencies = served({.per_s = 5, .arrivals = Arrivals::periodic}, 0.1, 1000);
  CHECK_THAT(latencies.longest_s(), WithinAbs(0.1, 1e-9));
  CHECK_THAT(latencies.percentile_s(0.5), WithinRel(0.1, 0.01));
}

TEST_CASE("poisson requests come at their rate, with exponential gaps") {
  Requests requests({.per_s = 100}, 3);
  double last_s = 0, gaps = 0, squares = 0;
  constexpr int kMany = 100'000;
  for (int i = 0; i < kMany; ++i) {
    const double gap_s = requests.next_s() - last_s;
    last_s = requests.next_s();
    gaps += gap_s;
    squares += gap_s * gap_s;
    requests.lost_until(last_s);
  }
  CHECK_THAT(gaps / kMany, WithinRel(0.01, 0.02));
  CHECK_THAT(squares / kMany, WithinRel(2 * 0.01 * 0.01, 0.04));  // the second moment of an exponential
  CHECK(requests.books().lost == kMany);
}

TEST_CASE("a full queue turns requests away, and late answers are counted as missed") {
  Requests requests({.per_s = 1, .arrivals = Arrivals::periodic, .deadline_s = 2.5, .queue = 3}, 1);
  requests.arrive_until(5.5);  // five came, three stay
  CHECK(requests.in_queue() == 3);
  CHECK(requests.books().turned_away == 2);
  requests.answered(3);    // 2 s
  requests.answered(4.5);  // 2.5 s
  requests.answered(5.6);  // 2.6 s
  CHECK(requests.books().late == 1);
  CHECK_THAT(requests.missed_share(), WithinRel(3.0 / 5, 1e-12));
}

TEST_CASE("percentiles are within a step of the true ones") {
  Latencies latencies;
  for (int i = 1; i <= 1000; ++i) latencies.add(i * 1e-3);
  for (const double share : {0.1, 0.5, 0.95, 0.99})
    CHECK_THAT(latencies.percentile_s(share), WithinRel(share, 0.011));
  CHECK(latencies.longest_s() == 1);
  CHECK(Latencies().percentile_s(0.5) == 0);
}
