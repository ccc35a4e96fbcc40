// SPDX-License-Identifier: MIT
#include "claims/claims_config.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "claims/formula.h"
#include "config/unique_names.h"

namespace kiln::claims {

namespace {

std::string wrong_formula(const std::string& formula) {
  try {
    names_in(formula);
    return "";
  } catch (const FormulaError& error) {
    return error.what();
  }
}

void check_claims(const ClaimsConfig& config, config::Checker& check) {
  const auto named = [](const auto& item) { return item.name; };
  const auto runs = config::unique_names(config.runs, named, "runs", check);
  const auto mechanisms = config::unique_names(config.mechanisms, named, "mechanisms", check);
  config::unique_names(config.claims, named, "claims", check);
  if (config.runs.empty()) check.fail("runs", "at least one run is needed: the preset of the scoreboard");
  for (const ClaimConfig& claim : config.claims) {
    if (!claim.mechanism.empty() &&
        std::find(mechanisms.begin(), mechanisms.end(), claim.mechanism) == mechanisms.end())
      check.fail("claims", fmt::format("{}: there is no mechanism '{}'{}", claim.name, claim.mechanism,
                                       base::suggestion(claim.mechanism, mechanisms)));
    if (!claim.run.empty() && std::find(runs.begin(), runs.end(), claim.run) == runs.end())
      check.fail("claims", fmt::format("{}: there is no run '{}'{}", claim.name, claim.run,
                                       base::suggestion(claim.run, runs)));
  }
}

}  // namespace

std::span<const config::EnumName<Promise>> enum_names(const Promise*) {
  static constexpr config::EnumName<Promise> kNames[] = {
      {Promise::at_most, "at_most"}, {Promise::at_least, "at_least"}, {Promise::equal, "equal"}};
  return kNames;
}

const config::Record<MechanismConfig>& describe(const MechanismConfig*) {
  using C = MechanismConfig;
  static const auto record =
      config::Record<C>("mechanism", "A law that bounds claims")
          .field("name", &C::name,
                 {.doc = "What it is called", .required = true, .text = config::Text::prose})
          .field("formula", &C::formula,
                 {.doc = "Over inputs (given), facts of the node (node.wire_delay), numbers of the claim's "
                         "run and of others "
                         "(optimal.peak_tops), all in SI units",
                  .required = true})
          .field("unit", &C::unit, {.doc = "Of its result", .text = config::Text::prose})
          .field("given", &C::given, {.doc = "Its usual inputs", .min = -1e30, .max = 1e30})
          .field("source", &C::source,
                 {.doc = "Where it stands", .required = true, .text = config::Text::prose})
          .check([](const C& c, config::Checker& check) {
            if (const std::string why = wrong_formula(c.formula); !why.empty()) check.fail("formula", why);
          });
  return record;
}

const config::Record<ClaimConfig>& describe(const ClaimConfig*) {
  using C = ClaimConfig;
  static const auto record =
      config::Record<C>("claim", "A number that an article promises")
          .field("name", &C::name, {.doc = "Short name", .required = true})
          .field("article", &C::article, {.doc = "Which article", .text = config::Text::prose})
          .field("section", &C::section, {.doc = "Where in it", .text = config::Text::prose})
          .field("claim", &C::claim, {.doc = "What it says", .required = true, .text = config::Text::prose})
          .field("claimed", &C::claimed, {.doc = "The number", .min = -1e30, .max = 1e30})
          .field("unit", &C::unit, {.doc = "Its unit", .text = config::Text::prose})
          .field("says", &C::says, {.doc = "Which side of the number it promises", .source = "at most"})
          .field("mechanism", &C::mechanism,
                 {.doc = "What bounds it; empty: only a simulation can say", .text = config::Text::prose})
          .field("given", &C::given,
                 {.doc = "Inputs of the formula of this claim", .min = -1e30, .max = 1e30})
          .field("scale", &C::scale,
                 {.doc = "Factor from the formula's unit to the claim's",
                  .min = -1e30,
                  .max = 1e30,
                  .source = "the same unit"})
          .field("instead", &C::instead,
                 {.doc = "What is at work where the mechanism cannot be", .text = config::Text::prose})
          .field("run", &C::run, {.doc = "Run that simulates it", .source = "none"})
          .field("figure", &C::figure,
                 {.doc = "Formula over numbers of that run (energy_j) and of others (optimal.energy_j), in "
                         "the claim's unit"})
          .field("comment", &C::comment, {.doc = "What else is to be known", .text = config::Text::prose})
          .check([](const C& c, config::Checker& check) {
            if (c.figure.empty() != c.run.empty()) check.fail("figure", "run and figure belong together");
            if (c.figure.empty()) return;
            if (const std::string why = wrong_formula(c.figure); !why.empty()) check.fail("figure", why);
          });
  return record;
}

const config::Record<TargetConfig>& describe(const TargetConfig*) {
  using C = TargetConfig;
  static const auto record =
      config::Record<C>("target", "A target of the scoreboard")
          .field("what", &C::what, {.doc = "What it is", .required = true, .text = config::Text::prose})
          .field("figure", &C::figure, {.doc = "Formula over numbers of the preset's run", .required = true})
          .field("value", &C::value, {.doc = "The target", .min = -1e30, .max = 1e30, .required = true})
          .field("unit", &C::unit, {.doc = "Its unit", .text = config::Text::prose})
          .field("says", &C::says, {.doc = "Which side of it is good", .source = "at most"})
          .field("source", &C::source,
                 {.doc = "Where it stands", .required = true, .text = config::Text::prose})
          .check([](const C& c, config::Checker& check) {
            if (const std::string why = wrong_formula(c.figure); !why.empty()) check.fail("figure", why);
          });
  return record;
}

const config::Record<ClaimsConfig>& describe(const ClaimsConfig*) {
  using C = ClaimsConfig;
  static const auto record =
      config::Record<C>("claims", "What articles claim, and what mechanisms and simulations say to it")
          .field("runs", &C::runs,
                 {.doc = "Runs; the first is the preset that the articles call optimal", .required = true})
          .field("nodes", &C::nodes,
                 {.doc = "By node: facts that its file in configs/tech has not", .min = 0, .max = 1e30})
          .field("mechanisms", &C::mechanisms, {.doc = "Laws with their usual inputs", .required = true})
          .field("claims", &C::claims, {.doc = "The claims", .required = true})
          .field("targets", &C::targets, {.doc = "Targets that the preset is held against"})
          .check(check_claims);
  return record;
}

}  // namespace kiln::claims
