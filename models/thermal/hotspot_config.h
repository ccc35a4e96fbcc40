// SPDX-License-Identifier: MIT
// HotSpot's own configuration files (`hotspot -c example.config`) as packages.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unknowns.h"
#include "thermal/floorplan.h"
#include "thermal/hotspot_keys.h"
#include "thermal/package_config.h"

namespace kiln::thermal {

/// A package that is read, and what HotSpot's files say beside it.
struct LoadedPackage {
  StandaloneConfig package;
  std::optional<Floorplan> floorplan;  ///< of a stack of layers, which names its floorplans itself
  std::string start_file;              ///< temperatures to start from; empty: as `package.trace` says
  std::vector<std::string> files;      ///< that were read
  std::vector<std::string> notes;      ///< what is taken over in another way
};

/// A HotSpot configuration as the tree of one of our packages.
struct HotspotPackage {
  config::Node tree;
  std::optional<Floorplan> floorplan;
  std::string start_file;
  std::vector<std::string> files, notes;
};

/// Die, interface, spreader and sink with HotSpot's rings, as its grid model has them; with a layer file its
/// layers in place of die and interface, micro-channels among them. Every value stands where HotSpot's file
/// has it. Keys it does not need (floorplanner, block model) are left out, absent ones have HotSpot's
/// defaults. Throws base::ConfigError with file:line as HotspotKeys, HotspotMaterials and parse_lcf do.
HotspotPackage read_hotspot(std::string_view text, const std::string& path, const HotspotFiles& given,
                            base::Unknowns& unknowns);

/// Its tree alone, read strictly.
config::Node package_from_hotspot(std::string_view text, const std::string& path);

/// Whether the first line that says something is `-key value`.
bool is_hotspot_configuration(std::string_view text);

/// A package from `path`: HotSpot's if it ends in .config or reads like one, else ours, which takes no
/// `given.layers` and `given.materials`. `overrides` are "key.key=value" of our keys.
LoadedPackage load_package(const std::string& path, const std::vector<std::string>& overrides,
                           const HotspotFiles& given, base::Unknowns& unknowns);

}  // namespace kiln::thermal
