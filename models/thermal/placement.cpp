// SPDX-License-Identifier: MIT
#include "thermal/placement.h"

#include <algorithm>
#include <optional>

#include "base/error.h"

namespace kiln::thermal {
namespace {

Rectangle around(const Rectangle& a, const Rectangle& b) {
  return {std::min(a.x0_m, b.x0_m), std::min(a.y0_m, b.y0_m), std::max(a.x1_m, b.x1_m),
          std::max(a.y1_m, b.y1_m)};
}

Rectangle grown(const Rectangle& r, double margin_m) {
  return {r.x0_m - margin_m, r.y0_m - margin_m, r.x1_m + margin_m, r.y1_m + margin_m};
}

Rectangle centred(double width_m, double height_m, double x_m, double y_m) {
  return {x_m - width_m / 2.0, y_m - height_m / 2.0, x_m + width_m / 2.0, y_m + height_m / 2.0};
}

/// Places on demand, following references, which end (package_rules.h).
class Placer {
 public:
  Placer(const PackageConfig& package, const Floorplan& floorplan)
      : package_(package), floorplan_(floorplan) {
    placed_.resize(package.bodies.size());
  }

  const Rectangle& place(std::size_t index) {
    if (placed_[index]) return *placed_[index];
    placed_[index] = compute(package_.bodies[index]);
    return *placed_[index];
  }

 private:
  const Rectangle& place_of(const std::string& name) {
    const auto found = std::find_if(package_.bodies.begin(), package_.bodies.end(),
                                    [&](const BodyConfig& body) { return body.name == name; });
    KILN_CHECK(found != package_.bodies.end(), "the package has no body called '{}'", name);
    return place(static_cast<std::size_t>(found - package_.bodies.begin()));
  }

  static const LayerConfig* first_source(const BodyConfig& body) {
    for (const LayerConfig& layer : body.layers)
      if (layer.source) return &layer;
    return nullptr;
  }

  Rectangle cover(const BodyConfig& body) {
    Rectangle box = place_of(body.covers.front());
    for (const std::string& name : body.covers) box = around(box, place_of(name));
    return grown(box, body.margin_m);
  }

  Rectangle compute(const BodyConfig& body) {
    const LayerConfig* source = first_source(body);
    std::optional<Rectangle> covered;
    if (!body.covers.empty()) covered = cover(body);
    double width_m = 0.0, height_m = 0.0;
    if (body.width_m) {
      width_m = *body.width_m;
      height_m = *body.length_m;
    } else if (covered) {
      width_m = covered->width_m();
      height_m = covered->height_m();
    } else {
      KILN_CHECK(source != nullptr, "body '{}' has no size", body.name);
      const Rectangle box = bounding_box(floorplan_, source->name);
      width_m = box.width_m();
      height_m = box.height_m();
    }
    Rectangle r = position(body, covered, source != nullptr, width_m, height_m);
    return {r.x0_m + body.shift_x_m, r.y0_m + body.shift_y_m, r.x1_m + body.shift_x_m,
            r.y1_m + body.shift_y_m};
  }

  Rectangle position(const BodyConfig& body, const std::optional<Rectangle>& covered, bool is_die,
                     double width_m, double height_m) {
    const auto centred_on = [&](const Rectangle& r) {
      return centred(width_m, height_m, (r.x0_m + r.x1_m) / 2.0, (r.y0_m + r.y1_m) / 2.0);
    };
    if (!body.beside.empty()) return next_to(body, place_of(body.beside), width_m, height_m);
    if (!body.centre_on.empty()) return centred_on(place_of(body.centre_on));
    if (covered) return centred_on(*covered);
    if (!is_die && !body.on.empty()) return centred_on(place_of(body.on.front()));
    return {0.0, 0.0, width_m, height_m};
  }

  static Rectangle next_to(const BodyConfig& body, const Rectangle& r, double width_m, double height_m) {
    const double reach_x = (r.width_m() + width_m) / 2.0 + body.gap_m;
    const double reach_y = (r.height_m() + height_m) / 2.0 + body.gap_m;
    const double x_m = (r.x0_m + r.x1_m) / 2.0;
    const double y_m = (r.y0_m + r.y1_m) / 2.0;
    switch (body.side) {
      case Side::left:
        return centred(width_m, height_m, x_m - reach_x, y_m);
      case Side::right:
        return centred(width_m, height_m, x_m + reach_x, y_m);
      case Side::below:
        return centred(width_m, height_m, x_m, y_m - reach_y);
      case Side::above:
        return centred(width_m, height_m, x_m, y_m + reach_y);
    }
    return r;
  }

  const PackageConfig& package_;
  const Floorplan& floorplan_;
  std::vector<std::optional<Rectangle>> placed_;
};

}  // namespace

std::vector<Rectangle> place_bodies(const PackageConfig& package, const Floorplan& floorplan) {
  Placer placer(package, floorplan);
  std::vector<Rectangle> footprints;
  for (std::size_t i = 0; i < package.bodies.size(); ++i) footprints.push_back(placer.place(i));
  return footprints;
}

}  // namespace kiln::thermal
