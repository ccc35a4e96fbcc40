// SPDX-License-Identifier: MIT
#include "silicon/anchors.h"

#include <set>

#include "report/glossary.h"

namespace kiln::silicon {

std::span<const config::EnumName<AnchorKind>> enum_names(const AnchorKind*) {
  static constexpr config::EnumName<AnchorKind> kNames[] = {{AnchorKind::value, "value"},
                                                            {AnchorKind::bound, "bound"}};
  return kNames;
}

std::span<const config::EnumName<Evidence>> enum_names(const Evidence*) {
  static constexpr config::EnumName<Evidence> kNames[] = {{Evidence::seen, "seen"},
                                                          {Evidence::recalled, "recalled"}};
  return kNames;
}

const config::Record<AnchorConfig>& describe(const AnchorConfig*) {
  using C = AnchorConfig;
  static const auto record =
      config::Record<C>("anchor", "A published figure of a chip")
          .field("what", &C::what, {.doc = "What it is", .required = true, .text = config::Text::prose})
          .field("figure", &C::figure, {.doc = "Number of the run, a key of summary.json", .required = true})
          .field("scale", &C::scale,
                 {.doc = "Factor from the run's unit to the published one",
                  .min = 1e-30,
                  .max = 1e30,
                  .source = "the same unit"})
          .field("over", &C::over,
                 {.doc = "Job whose same figure divides: a published ratio", .source = "none"})
          .field(
              "kind", &C::kind,
              {.doc = "value: measured; bound: a limit or range without its workload", .source = "measured"})
          .field("published", &C::published,
                 {.doc = "The figure", .min = 1e-30, .max = 1e30, .required = true})
          .field("low", &C::low, {.doc = "Lowest of what was published", .min = 1e-30, .max = 1e30})
          .field("high", &C::high, {.doc = "Highest of what was published", .min = 1e-30, .max = 1e30})
          .field("unit", &C::unit, {.doc = "Its unit", .required = true, .text = config::Text::prose})
          .field("evidence", &C::evidence, {.doc = "seen, or recalled", .source = "seen"})
          .field("source", &C::source,
                 {.doc = "Where it was published", .required = true, .text = config::Text::prose})
          .check([](const C& c, config::Checker& check) {
            if (c.low.value_or(c.published) > c.published || c.high.value_or(c.published) < c.published)
              check.fail("published", "must lie between low and high");
            if (const std::string wrong = report::unknown_result(c.figure); !wrong.empty())
              check.fail("figure", wrong);
          });
  return record;
}

const config::Record<JobConfig>& describe(const JobConfig*) {
  static const auto record =
      config::Record<JobConfig>("silicon_job", "One run of a chip and what was published of it")
          .field("experiment", &JobConfig::experiment, {.doc = "The run", .required = true})
          .field("anchors", &JobConfig::anchors, {.doc = "What was published", .required = true});
  return record;
}

const config::Record<SiliconConfig>& describe(const SiliconConfig*) {
  static const auto record =
      config::Record<SiliconConfig>("silicon", "Published chips and the runs held against them")
          .field("jobs", &SiliconConfig::jobs, {.doc = "The runs", .required = true})
          .check([](const SiliconConfig& c, config::Checker& check) {
            std::set<std::string> names;
            for (const JobConfig& job : c.jobs)
              if (!names.insert(job.experiment.name).second)
                check.fail("jobs", fmt::format("two jobs are called '{}'", job.experiment.name));
            for (const JobConfig& job : c.jobs)
              for (const AnchorConfig& anchor : job.anchors)
                if (!anchor.over.empty() && !names.contains(anchor.over))
                  check.fail("jobs", fmt::format("'{}' divides by '{}', which is no job", job.experiment.name,
                                                 anchor.over));
          });
  return record;
}

}  // namespace kiln::silicon
