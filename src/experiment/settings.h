// SPDX-License-Identifier: MIT
// Where configurations differ, key by key.
#pragma once

#include <string>
#include <vector>

namespace kiln::experiment {

/// Keys that have not the same value in all texts (config.effective.yaml), each with its values, "-" where a
/// text lacks it; at most `most` of them. The experiment's name is no setting.
std::vector<std::vector<std::string>> differences(const std::vector<std::string>& texts, std::size_t most);

/// The value at a path of such a text ("soc.package.skin_limit"), or nothing.
std::string value_at(const std::string& text, const std::string& path);

}  // namespace kiln::experiment
