// SPDX-License-Identifier: MIT
// What every page holds besides its data: src/page/assets, at build time.
#pragma once

namespace kiln::page {

extern const char* const kStyle;
extern const char* const kScript;

}  // namespace kiln::page
