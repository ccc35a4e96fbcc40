// SPDX-License-Identifier: MIT
// What a DMA takes its round trip for.
#include "npu/dma.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinRel;

namespace {

constexpr double kLink = 8e9;  // bytes per second
constexpr std::uint64_t kBurst = 4096;
constexpr double kLatency_s = 500e-9;

/// As the last of `outstanding` bytes that a link of its own brings.
base::TimePs alone(std::uint64_t outstanding) {
  return base::from_seconds(kLatency_s + static_cast<double>(outstanding) / kLink);
}

npu::RoundTrip round_trip() {
  npu::RoundTrip trip(kBurst);
  trip.set_link(kLink);
  return trip;
}

}  // namespace

TEST_CASE(
    "a round trip is what the link moves in the latency, and a burst, however much is queued for the link") {
  for (const std::uint64_t window : {kBurst, 8 * kBurst, 32 * kBurst}) {
    npu::RoundTrip trip = round_trip();
    for (int i = 0; i < 20; ++i) trip.saw(alone(window), window);
    CHECK_THAT(trip.bytes(), WithinRel(kLatency_s * kLink + kBurst, 1e-6));
  }
}

TEST_CASE("answers that others keep back make the round trip longer, and quick ones shorten it again") {
  npu::RoundTrip trip = round_trip();
  CHECK(trip.bytes() > 1e12);
  trip.saw(alone(kBurst), kBurst);
  const double quiet = trip.bytes();
  for (int i = 0; i < 40; ++i) trip.saw(alone(kBurst) + base::from_seconds(1e-6), kBurst);
  CHECK_THAT(trip.bytes(), WithinRel(quiet + 1e-6 * kLink, 0.01));
  for (int i = 0; i < 40; ++i) trip.saw(alone(kBurst), kBurst);
  CHECK_THAT(trip.bytes(), WithinRel(quiet, 0.01));
}

TEST_CASE("bytes that came in beside others do not make the round trip negative") {
  npu::RoundTrip trip = round_trip();
  trip.saw(base::from_seconds(1e-9), 64 * kBurst);
  CHECK(trip.bytes() == kBurst);
}
