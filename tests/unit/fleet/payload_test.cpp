// SPDX-License-Identifier: MIT
// What sums of coded gradients come to, and how messages are cut into packets of one layer each.
#include <numeric>

#include "fleet.h"
#include "support/catch.h"

using namespace kiln;

namespace {

/// 10,000 gradients, `density` of them sent as fp32 with their places.
fleet::Payload sparse(compression::Selection selection, double density) {
  experiment::Prepared prepared = testing::one_layer(10000);
  experiment::CompressionConfig compression;
  compression.enabled = true;
  compression.codec.selection = selection;
  compression.codec.density = density;
  const double kept = 10000 * density;
  prepared.compression.plan.layers.resize(1);
  prepared.compression.plan.layers[0].payload_bytes = static_cast<std::uint64_t>(kept * 6);
  return fleet::Payload(prepared, compression);
}

}  // namespace

TEST_CASE("sums of sparse gradients fill up, and are never longer than plain ones") {
  const fleet::Payload payload = sparse(compression::Selection::top_k, 0.01);
  CHECK(payload.layers(1) == std::vector<std::uint64_t>{600});
  std::uint64_t before = 600;
  for (const int merged : {2, 4, 16, 64, 1024}) {
    const std::uint64_t bytes = payload.layers(merged)[0];
    CHECK(bytes >= before);
    CHECK(bytes <= 40000);
    before = bytes;
  }
  // Two of one per cent hardly overlap.
  CHECK(static_cast<double>(payload.layers(2)[0]) == Approx(2 * 600).epsilon(0.05));
  CHECK(payload.layers(1024)[0] == 40000);
}

TEST_CASE("dense codes and places drawn by a common seed stay as long as they are") {
  CHECK_FALSE(testing::gradients(100).grows());
  CHECK(testing::gradients(100).layers(50) == std::vector<std::uint64_t>{400});
  CHECK(sparse(compression::Selection::random_k, 0.01).layers(50) == std::vector<std::uint64_t>{600});
}

TEST_CASE("no packet holds bytes of two layers, and the parts of a message are the whole of it") {
  link::LinkConfig config = testing::wire(1e6);
  config.packet.payload_bytes = 100;
  const link::Link small(config);
  const std::vector<std::uint64_t> layers = {250, 30, 100};
  CHECK(fleet::cut_all(small, layers, 0).count == 3 + 1 + 1);
  CHECK(fleet::cut_all(small, layers, 0).payload_bytes == 380);
  CHECK(fleet::cut_range(small, layers, 240, 290, 0).count == 3);  // ends of two layers, one whole
  link::Packets parts;
  for (std::uint64_t at = 0; at < 380; at += 95) parts += fleet::cut_range(small, layers, at, at + 95, 0);
  CHECK(parts.payload_bytes == 380);
}

TEST_CASE("a calendar gives the earliest gap that is long enough") {
  fleet::Calendar calendar;
  calendar.take(5, 6);
  calendar.take(1, 2);
  CHECK(calendar.earliest(0, 1) == 0);
  CHECK(calendar.earliest(0, 1.5) == 2);
  CHECK(calendar.earliest(1.5, 3) == 2);
  CHECK(calendar.earliest(1.5, 3.5) == 6);
  fleet::Calendar other;
  other.take(2, 3);
  fleet::Calendar* both[] = {&calendar, &other};
  CHECK(fleet::earliest_of_all(both, 0, 1.5) == 3);
  calendar.forget_before(5.5);
  CHECK(calendar.earliest(5.5, 1) == 6);
  CHECK(calendar.last_end_s() == 6);
}
