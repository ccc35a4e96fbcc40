// SPDX-License-Identifier: MIT
#include "base/text.h"

#include "support/catch.h"

TEST_CASE("UTF-8 is told from other bytes") {
  using kiln::base::utf8_prefix;
  for (const char* good : {"", "plain",
                           "\xc2\xb0"
                           "C",
                           "\xe2\x82\xac", "\xf0\x9f\x94\xa5", "\xf4\x8f\xbf\xbf"})
    CHECK(utf8_prefix(good) == std::string_view(good).size());
  for (const char* bad : {"ab\x80", "ab\xc3(", "ab\xc0\xaf", "ab\xe0\x80\x80", "ab\xed\xa0\x80",
                          "ab\xf4\x90\x80\x80", "ab\xff", "ab\xe2\x82"})
    CHECK(utf8_prefix(bad) == 2);
}
