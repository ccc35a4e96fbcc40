// SPDX-License-Identifier: MIT
#include <cmath>
#include <nlohmann/json.hpp>

#include "output/json.h"
#include "report/findings.h"
#include "report/heat_limits.h"
#include "thermal/temperature_map.h"

namespace kiln::report {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kFine_c = 0.05;  // temperatures of the map are told in steps of this

double rounded(double value, double step) {
  return std::round(value / step) * step;
}

Json body_json(const thermal::BodyMap& body) {
  const auto mm = [](double metres) { return rounded(metres * 1e3, 1e-3); };
  return {{"name", body.name},
          {"level", body.level},
          {"x_mm", mm(body.footprint.x0_m)},
          {"y_mm", mm(body.footprint.y0_m)},
          {"width_mm", mm(body.footprint.width_m())},
          {"height_mm", mm(body.footprint.height_m())},
          {"columns", body.columns},
          {"rows", body.rows}};
}

/// Numbers as whole steps of `kFine_c`, which are short.
Json frame_json(const device::HeatFilm::Frame& frame) {
  Json steps = Json::array();
  for (const float celsius : frame.fields_c) steps.push_back(std::lround(celsius / kFine_c));
  return {{"time_s", frame.time_s}, {"steps", std::move(steps)}};
}

/// Of what the curves show, in degC.
Json limits_json(const experiment::ExperimentConfig& experiment) {
  const HeatLimits limits = heat_limits(experiment);
  Json json = Json::array();
  const auto add = [&](const char* name, double value_c) {
    json.push_back({{"name", name}, {"value", value_c}});
  };
  if (experiment.soc.package.skin) add("skin limit", limits.skin_c);
  add("die limit", limits.die_c);
  add("memory limit", limits.memory_c);
  return json;
}

}  // namespace

std::string package_heat_json(const Findings& f) {
  const device::HeatFilm& film = f.observed.film;
  Json json{{"step_c", kFine_c}, {"colours", thermal::temperature_colours()}};
  json["limits"] = limits_json(f.experiment);
  json["bodies"] = Json::array();
  json["frames"] = Json::array();
  if (film.map() != nullptr)
    for (const thermal::BodyMap& body : film.map()->bodies()) json["bodies"].push_back(body_json(body));
  for (const device::HeatFilm::Frame& frame : film.frames()) json["frames"].push_back(frame_json(frame));
  return output::json_text(json) + "\n";
}

}  // namespace kiln::report
