// SPDX-License-Identifier: MIT
// The validity record as it stands in every summary.json.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "report/validity.h"

namespace kiln::report {

nlohmann::ordered_json to_json(const Validity& validity);

}  // namespace kiln::report
