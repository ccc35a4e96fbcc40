// SPDX-License-Identifier: MIT
// HotSpot's own configuration files (`hotspot -c example.config`) as packages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "thermal/package_config.h"

namespace kiln::thermal {

/// The package that a HotSpot configuration describes, as the tree of one of ours whose values stand where
/// HotSpot's file has them: die, interface, spreader and sink with HotSpot's rings, as its grid model has
/// them. Keys it does not need (floorplanner, block model) are left out, absent ones have HotSpot's defaults.
/// Throws base::ConfigError with file:line for bad numbers, for keys that HotSpot does not have, and for what
/// is not modelled (secondary path, layer files, micro-channels, the detailed sink model, named materials).
config::Node package_from_hotspot(std::string_view text, const std::string& path);

/// A package from `path`: HotSpot's if it ends in .config,
/// else ours. `overrides` are "key.key=value" of our keys.
StandaloneConfig load_package(const std::string& path, const std::vector<std::string>& overrides = {});

}  // namespace kiln::thermal
