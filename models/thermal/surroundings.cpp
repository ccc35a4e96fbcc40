// SPDX-License-Identifier: MIT
#include "thermal/surroundings.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/units.h"
#include "thermal/cooling.h"

namespace kiln::thermal {
namespace {

constexpr double kStillAirExponent = 0.5;

/// Shares of the boundary's present strength: thinner air takes from each by its own law.
void thin_air(BoundaryConfig& boundary, const AltitudeEvent& altitude, double density) {
  const double still =
      altitude.radiation_share + (1.0 - altitude.radiation_share) * std::pow(density, kStillAirExponent);
  double factor = still;
  if (boundary.forced) {
    ForcedFlowConfig& flow = *boundary.forced;
    const double blown = (1.0 - flow.still_share) * std::pow(density, flow.exponent);
    factor = flow.still_share * still + blown;
    flow.still_share *= still / factor;
    flow.full_power_w *= density;
  }
  if (boundary.coefficient_w_m2k) *boundary.coefficient_w_m2k *= factor;
  if (boundary.resistance_k_w) *boundary.resistance_k_w /= factor;
}

void cover(BoundaryConfig& boundary, const CoverEvent& event) {
  if (event.coefficient_w_m2k) {
    boundary.coefficient_w_m2k = event.coefficient_w_m2k;
    boundary.resistance_k_w.reset();
    boundary.forced.reset();
    boundary.cover_m2k_w = 0.0;
  }
  boundary.cover_m2k_w += event.resistance_m2k_w;
  if (event.fluid) boundary.fluid = *event.fluid;
}

const BodyConfig* body_of(const PackageConfig& package, const std::string& name) {
  const auto found = std::find_if(package.bodies.begin(), package.bodies.end(),
                                  [&](const BodyConfig& body) { return body.name == name; });
  return found == package.bodies.end() ? nullptr : &*found;
}

std::string and_list(const std::vector<std::string>& names) {
  return names.empty() ? std::string() : fmt::format(" of {}", base::join(names, ", "));
}

bool on_top(CoveredFace face) {
  return face != CoveredFace::bottom;
}
bool on_bottom(CoveredFace face) {
  return face != CoveredFace::top;
}

}  // namespace

double air_density_ratio(double height_m) {
  constexpr double kLapse_per_m = 0.0065 / 288.15, kExponent = 5.25588;  // ISO 2533
  return std::pow(1.0 - kLapse_per_m * height_m, kExponent);
}

std::string EventConfig::text() const {
  using base::Dimension;
  if (cooling)
    return fmt::format("cooling{} {}", and_list(cooling->bodies), cooling->works ? "works" : "stops");
  if (ambient) {
    const std::string over =
        ambient->over_s > 0
            ? fmt::format(" over {}", base::display_quantity(ambient->over_s, Dimension::time))
            : std::string();
    return fmt::format("the room goes to {}{}", base::display_quantity(ambient->to_c, Dimension::temperature),
                       over);
  }
  if (sun)
    return fmt::format("{} on {}", base::display_quantity(sun->irradiance_w_m2, Dimension::power_density, 4),
                       base::join(sun->bodies, ", "));
  if (altitude) return fmt::format("at {:.0f} m", altitude->height_m);
  if (cover->coefficient_w_m2k || cover->resistance_m2k_w > 0 || cover->fluid)
    return fmt::format("{} covered", base::join(cover->bodies, ", "));
  return fmt::format("{} bare", base::join(cover->bodies, ", "));
}

void Surroundings::happen(const EventConfig& event) {
  if (event.cooling) {
    if (event.cooling->bodies.empty()) {
      all_works_ = event.cooling->works;
      works_.clear();
    }
    for (const std::string& body : event.cooling->bodies) works_[body] = event.cooling->works;
  }
  if (event.sun)
    for (const std::string& body : event.sun->bodies)
      absorbed_w_m2_[body] = event.sun->irradiance_w_m2 * event.sun->absorptivity;
  if (event.altitude) altitude_ = event.altitude;
  if (event.cover)
    for (const std::string& body : event.cover->bodies) {
      if (on_top(event.cover->face)) covers_[{body, true}] = *event.cover;
      if (on_bottom(event.cover->face)) covers_[{body, false}] = *event.cover;
    }
}

bool Surroundings::stands(const std::string& body) const {
  const auto named = works_.find(body);
  return named == works_.end() ? !all_works_ : !named->second;
}

PackageConfig Surroundings::around(const PackageConfig& package) const {
  PackageConfig result = package;
  for (BodyConfig& body : result.bodies) {
    if (altitude_) {
      const double density = air_density_ratio(altitude_->height_m);
      for (auto* face : {&body.top, &body.bottom, &body.sides})
        if (*face && (*face)->fluid == config::AmbientTemperature::above_ambient(0))
          thin_air(**face, *altitude_, density);
    }
    for (const bool top : {true, false})
      if (const auto covered = covers_.find({body.name, top}); covered != covers_.end())
        if (auto& face = top ? body.top : body.bottom) cover(*face, covered->second);
    if (const auto lit = absorbed_w_m2_.find(body.name); lit != absorbed_w_m2_.end() && body.top)
      body.top->absorbed_w_m2 = lit->second;
    if (stands(body.name)) stop_cooling(body);
  }
  if (result.device && stands(result.device->body)) result.device->works = false;
  return result;
}

std::vector<std::pair<std::string, std::string>> event_problems(const EventConfig& event,
                                                                const PackageConfig& package) {
  std::vector<std::pair<std::string, std::string>> problems;
  std::vector<std::string> names;
  for (const BodyConfig& body : package.bodies) names.push_back(body.name);
  const auto check = [&](const char* key, const std::vector<std::string>& bodies, auto&& fits,
                         const char* missing) {
    for (const std::string& name : bodies)
      if (const BodyConfig* body = body_of(package, name); body == nullptr)
        problems.emplace_back(
            key, fmt::format("the package has no body called '{}'{}", name, base::suggestion(name, names)));
      else if (!fits(*body))
        problems.emplace_back(key, fmt::format("body '{}' has no {}", name, missing));
  };
  if (event.sun)
    check(
        "sun", event.sun->bodies, [](const BodyConfig& body) { return body.top.has_value(); },
        "convecting top for the sun to shine on; name another body, or give it a top");
  if (event.cover)
    check(
        "cover", event.cover->bodies,
        [&](const BodyConfig& body) {
          return (on_top(event.cover->face) && body.top) || (on_bottom(event.cover->face) && body.bottom);
        },
        "convecting face there to cover; name another body or face");
  if (event.cooling) {
    const auto cooled = [&](const BodyConfig& body) {
      return is_cooled(body) || (package.device && package.device->body == body.name);
    };
    check("cooling", event.cooling->bodies, cooled, "fan, pump or cooling device; name another body");
    if (event.cooling->bodies.empty() && std::none_of(package.bodies.begin(), package.bodies.end(), cooled))
      problems.emplace_back("cooling",
                            "the package has no fan, pump or cooling device that could fail; give a "
                            "boundary `forced`, a layer `channels`, or the package a `device`");
  }
  return problems;
}

std::span<const config::EnumName<CoveredFace>> enum_names(const CoveredFace*) {
  static constexpr config::EnumName<CoveredFace> kNames[] = {
      {CoveredFace::top, "top"}, {CoveredFace::bottom, "bottom"}, {CoveredFace::both, "both"}};
  return kNames;
}

const config::Record<CoolingEvent>& describe(const CoolingEvent*) {
  static const auto record =
      config::Record<CoolingEvent>("cooling_event", "Fans, pumps and cooling devices fail, or work again")
          .field("works", &CoolingEvent::works, {.doc = "Whether they work from now on"})
          .field("bodies", &CoolingEvent::bodies,
                 {.doc = "Bodies that carry them; none: all of the package"});
  return record;
}

const config::Record<AmbientEvent>& describe(const AmbientEvent*) {
  using base::Dimension;
  static const auto record = config::Record<AmbientEvent>("ambient_event", "The room gets warmer or colder")
                                 .field("to", &AmbientEvent::to_c,
                                        {.doc = "Temperature that it reaches",
                                         .unit = Dimension::temperature,
                                         .min = -200.0,
                                         .max = 120.0,
                                         .required = true})
                                 .field("over", &AmbientEvent::over_s,
                                        {.doc = "Time that this takes, at a constant rate",
                                         .unit = Dimension::time,
                                         .min = 0.0,
                                         .max = 1e6,
                                         .source = "none: at once"});
  return record;
}

const config::Record<SunEvent>& describe(const SunEvent*) {
  using base::Dimension;
  static const auto record =
      config::Record<SunEvent>("sun_event", "Sun or a lamp on the outer top of bodies")
          .field("bodies", &SunEvent::bodies, {.doc = "Bodies in the sun", .required = true})
          .field("irradiance", &SunEvent::irradiance_w_m2,
                 {.doc = "On the face; 0 W/m2 ends it",
                  .unit = Dimension::power_density,
                  .min = 0.0,
                  .max = 1e5,
                  .source = "1000 W/m2: clear noon at sea level (ASTM G173); IEC 60068-2-5 tests with 1120"})
          .field("absorptivity", &SunEvent::absorptivity,
                 {.doc = "Share that the face takes up",
                  .unit = Dimension::fraction,
                  .min = 0.0,
                  .max = 1.0,
                  .source = "black anodised or painted: 0.85 to 0.97; white paint 0.2 to 0.3 (Incropera & "
                            "DeWitt, table A.12)"})
          .check([](const SunEvent& sun, config::Checker& check) {
            if (sun.bodies.empty()) check.fail("bodies", "names no body; name those in the sun");
          });
  return record;
}

const config::Record<AltitudeEvent>& describe(const AltitudeEvent*) {
  using base::Dimension;
  static const auto record =
      config::Record<AltitudeEvent>("altitude_event", "Thinner air")
          .field("height", &AltitudeEvent::height_m,
                 {.doc = "Above sea level",
                  .unit = Dimension::length,
                  .min = -500.0,
                  .max = 11000.0,  // where the law of ISO 2533 changes
                  .required = true})
          .field("radiation_share", &AltitudeEvent::radiation_share,
                 {.doc = "Share of a face's coefficient in still air that it radiates: thin air leaves it",
                  .unit = Dimension::fraction,
                  .min = 0.0,
                  .max = 1.0,
                  .source = "estimate: 5 W/m2K of natural convection beside 5 to 6 of radiation at an "
                            "emissivity of 0.9; polished metal 0"});
  return record;
}

const config::Record<CoverEvent>& describe(const CoverEvent*) {
  using base::Dimension;
  static const auto record =
      config::Record<CoverEvent>("cover_event", "Something lies against a body: a pocket, a hand, or no more")
          .field("bodies", &CoverEvent::bodies, {.doc = "Bodies that are covered", .required = true})
          .field("face", &CoverEvent::face, {.doc = "Which of their faces"})
          .field(
              "resistance", &CoverEvent::resistance_m2k_w,
              {.doc = "Areal resistance between face and fluid",
               .unit = Dimension::areal_thermal_resistance,
               .min = 0.0,
               .max = 10.0,
               .source = "none: absent unless given; 1 clo of clothing is 155000 mm2K/W, trousers have 0.15 "
                         "to 0.24 (ISO 9920)"})
          .field(
              "coefficient", &CoverEvent::coefficient_w_m2k,
              {.doc = "In place of the boundary's own, its fan included",
               .unit = Dimension::heat_transfer_coefficient,
               .min = 0.1,
               .max = 1e4,
               .source = "none: absent unless given; living tissue at rest has 5 to 13 W/m2K to the body's "
                         "core (Gagge, Stolwijk & Nishi 1971)"})
          .field("fluid", &CoverEvent::fluid,
                 {.doc = "What is behind it: 36.8 degC for a body, ambient + 3 K for a bag",
                  .unit = Dimension::temperature,
                  .min = -270.0,
                  .max = 500.0,
                  .source = "none: absent unless given"})
          .check([](const CoverEvent& cover, config::Checker& check) {
            if (cover.bodies.empty()) check.fail("bodies", "names no body; name those that are covered");
          });
  return record;
}

const config::Record<EventConfig>& describe(const EventConfig*) {
  static const auto record =
      config::Record<EventConfig>("event", "What happens at a time: one kind each")
          .field("at", &EventConfig::at_s,
                 {.doc = "Device time; at 0 s it is so before the run begins",
                  .unit = base::Dimension::time,
                  .min = 0.0,
                  .max = 1e7,
                  .required = true})
          .field("cooling", &EventConfig::cooling, {.doc = "Pumps, fans and devices fail, or work again"})
          .field("ambient", &EventConfig::ambient, {.doc = "The room gets warmer or colder"})
          .field("sun", &EventConfig::sun, {.doc = "Sun on the case"})
          .field("altitude", &EventConfig::altitude, {.doc = "Thinner air"})
          .field("cover", &EventConfig::cover, {.doc = "A pocket or a hand around it"})
          .check([](const EventConfig& event, config::Checker& check) {
            const int kinds = event.cooling.has_value() + event.ambient.has_value() + event.sun.has_value() +
                              event.altitude.has_value() + event.cover.has_value();
            if (kinds != 1)
              check.fail("at", "an event has one kind: give one of cooling, ambient, sun, altitude, cover");
          });
  return record;
}

}  // namespace kiln::thermal
