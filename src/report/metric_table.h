// SPDX-License-Identifier: MIT
// Everything of summary.json: key, unit, meaning and how it is computed, declared once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "report/findings.h"
#include "report/glossary.h"

namespace kiln::report {

using ReadNumber = double (*)(const Findings&);
using ReadOptional = std::optional<double> (*)(const Findings&);  ///< absent where it means nothing
using ReadGroup = Numbers (*)(const Findings&);                   ///< becomes "<key>.<name>"
using ReadText = std::string (*)(const Findings&);
using ReadOptionalText = std::optional<std::string> (*)(const Findings&);
using ReadValidity = const Validity& (*)(const Findings&);
using ReadMapping = const run::MappingChoice& (*)(const Findings&);
using ReadTexts = std::vector<std::string> (*)(const Findings&);
/// A number of the computer that ran the simulation: not part of the result.
struct ReadHost {
  explicit ReadHost(ReadNumber r) : read(r) {}
  ReadNumber read;
};

struct Metric : GlossaryEntry {
  std::variant<ReadNumber, ReadOptional, ReadGroup, ReadText, ReadOptionalText, ReadTexts, ReadValidity,
               ReadMapping, ReadHost>
      read;
};

/// In the order of summary.json.
std::span<const Metric> metrics();

/// A number of a run, with what it is.
struct MeasuredNumber {
  std::string key;  ///< "phase_time_s.forward"
  double value = 0;
  const Metric* metric = nullptr;
};

/// All numbers that the metrics have for these findings.
/// Texts and what the simulation took are not among them.
std::vector<MeasuredNumber> measure(const Findings& findings);

}  // namespace kiln::report
