// SPDX-License-Identifier: MIT
// Maps of a whole package: fields keep what cells hold, films stay short and end with the end.
#include "device/heat_film.h"

#include <algorithm>
#include <cmath>

#include "config/load.h"
#include "device/heat.h"
#include "support/catch.h"

using namespace kiln;
using Catch::Matchers::WithinAbs;

namespace {

device::Heat fanned(double ambient_c) {
  thermal::Floorplan floorplan;
  floorplan.blocks = {{.name = "chip", .width_m = 7e-3, .height_m = 6e-3, .body = "soc"},
                      {.name = "memory", .width_m = 12e-3, .height_m = 12e-3, .body = "lpddr"},
                      {.name = "regulators", .width_m = 6e-3, .height_m = 6e-3, .body = "regulators"}};
  return {
      config::load<thermal::PackageConfig>(std::string(KILN_SOURCE_DIR) + "/configs/packages/forced_air.yaml")
          .value,
      floorplan, ambient_c};
}

}  // namespace

TEST_CASE("fields of a package map keep the mean of the cells, and name the bodies from the bottom up") {
  device::Heat heat = fanned(25);
  heat.begin_at_ambient();
  for (int i = 0; i < 50; ++i) heat.step(10e-3, std::vector<double>{8.0, 2.0, 1.0});
  const thermal::PackageMap map(heat.model().mesh(), 5);
  const std::vector<float> fields = map.fields_c(heat.full_state());
  std::size_t at = 0;
  for (const thermal::BodyMap& body : map.bodies()) {
    CHECK(body.columns <= 5);
    const auto first = fields.begin() + static_cast<std::ptrdiff_t>(at);
    at += static_cast<std::size_t>(body.columns) * static_cast<std::size_t>(body.rows);
    const auto last = fields.begin() + static_cast<std::ptrdiff_t>(at);
    CHECK(*std::min_element(first, last) >= 25 - 1e-3);
    if (body.name != "soc") continue;
    double sum = 0;
    for (auto field = first; field != last; ++field) sum += *field;
    // One block covers the die: its mean is that of the source layer.
    CHECK_THAT(sum / (body.columns * body.rows), WithinAbs(heat.block_c()[0], 0.05));
    CHECK(body.level > 0);
  }
  CHECK(at == fields.size());
}

TEST_CASE("a film of any length has a bounded number of frames, first and last among them, in order") {
  device::Heat heat = fanned(25);
  heat.begin_at_ambient();
  for (const int periods : {1, 39, 40, 41, 5000}) {
    device::HeatFilm film;
    for (int i = 1; i <= periods; ++i) film.note(heat, i);
    film.end(heat, periods);
    REQUIRE(film.frames().size() <= 41);
    CHECK(film.frames().size() >= std::min<std::size_t>(static_cast<std::size_t>(periods), 20));
    CHECK(film.frames().front().time_s == 1);
    CHECK(film.frames().back().time_s == periods);
    for (const device::HeatFilm::Frame& frame : film.frames())
      CHECK(frame.fields_c.size() == film.frames().back().fields_c.size());
    for (std::size_t i = 1; i < film.frames().size(); ++i)
      CHECK(film.frames()[i - 1].time_s < film.frames()[i].time_s);
  }
}
