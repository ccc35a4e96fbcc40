// SPDX-License-Identifier: MIT
#include "fuzz/parsers/contract.h"

#include "base/error.h"
#include "base/text.h"

namespace kiln::fuzz {

Outcome judge(const Parse& parse, std::string_view bytes, const std::string& path) {
  try {
    parse(bytes, path);
    return {Verdict::read, ""};
  } catch (const base::ConfigError& error) {
    if (error.problems().empty() || error.problems().front().message.empty())
      return {Verdict::broken, "refused without a reason"};
    if (base::has_control_characters(error.what(), true))
      return {Verdict::broken, "control characters of the input stand in the error"};
    return {Verdict::refused, ""};
  } catch (const std::exception& error) {
    return {Verdict::broken, fmt::format("not a ConfigError but '{}'", error.what())};
  }
}

}  // namespace kiln::fuzz
