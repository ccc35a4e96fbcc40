// SPDX-License-Identifier: MIT
// What may happen around a package while it is in use, and the package under it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "thermal/package_config.h"

namespace kiln::thermal {

/// Fans, pumps and the cooling device stand still, or work again.
struct CoolingEvent {
  bool works = false;
  std::vector<std::string> bodies;  // that carry them; empty: all
};

/// The room gets warmer or colder, at once or at a constant rate.
struct AmbientEvent {
  double to_c = 25.0;
  double over_s = 0.0;
};

/// Sun, or a lamp, on the outer top of some bodies.
struct SunEvent {
  std::vector<std::string> bodies;
  double irradiance_w_m2 = 1000.0;
  double absorptivity = 0.9;
};

/// Thinner air: it convects less, and fans draw less.
struct AltitudeEvent {
  double height_m = 0.0;
  double radiation_share = 0.5;
};

enum class CoveredFace { top, bottom, both };

/// Something lies against a body: a pocket (areal resistance), a hand (another coefficient to another
/// temperature), or nothing any more.
struct CoverEvent {
  std::vector<std::string> bodies;
  CoveredFace face = CoveredFace::both;
  double resistance_m2k_w = 0.0;
  std::optional<double> coefficient_w_m2k = {};  // in place of the boundary's own
  std::optional<config::AmbientTemperature> fluid = {};
};

/// One thing that happens at a time; exactly one kind is given.
struct EventConfig {
  double at_s = 0.0;
  std::optional<CoolingEvent> cooling = {};
  std::optional<AmbientEvent> ambient = {};
  std::optional<SunEvent> sun = {};
  std::optional<AltitudeEvent> altitude = {};
  std::optional<CoverEvent> cover = {};

  /// "cooling stops", "the room goes to 45 degC": for people.
  std::string text() const;
  bool stops_cooling() const { return cooling && !cooling->works; }
};

/// Pressure of the air at a height over that at sea level, by the standard atmosphere of ISO 2533 up to
/// 11 km; at equal temperature, density goes with it.
double air_density_ratio(double height_m);

/// All that has happened to a package so far but for the room's temperature. The latest word on a face
/// counts.
class Surroundings {
 public:
  void happen(const EventConfig& event);
  /// `package` as it then convects, absorbs and is cooled. Air is what surrounds faces whose fluid is the
  /// ambient, not some kelvin above it. Still air convects with density^0.5 (Nu ~ Ra^1/4, Ra ~ density^2)
  /// besides what it radiates, blown air with density to the exponent of its flow (Nu ~ Re^n), and a fan's
  /// power with density (affinity laws).
  PackageConfig around(const PackageConfig& package) const;

 private:
  bool stands(const std::string& body) const;

  std::optional<AltitudeEvent> altitude_;
  std::map<std::string, double> absorbed_w_m2_;                ///< by body
  std::map<std::pair<std::string, bool>, CoverEvent> covers_;  ///< by body and whether on its top
  bool all_works_ = true;
  std::map<std::string, bool> works_;  ///< bodies that were named
};

/// Names in events that the package does not have, and faces or coolers that are not there: key below the
/// event and what is wrong; empty if nothing.
std::vector<std::pair<std::string, std::string>> event_problems(const EventConfig& event,
                                                                const PackageConfig& package);

std::span<const config::EnumName<CoveredFace>> enum_names(const CoveredFace*);
const config::Record<CoolingEvent>& describe(const CoolingEvent*);
const config::Record<AmbientEvent>& describe(const AmbientEvent*);
const config::Record<SunEvent>& describe(const SunEvent*);
const config::Record<AltitudeEvent>& describe(const AltitudeEvent*);
const config::Record<CoverEvent>& describe(const CoverEvent*);
const config::Record<EventConfig>& describe(const EventConfig*);

}  // namespace kiln::thermal
