// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "output/json.h"
#include "report/metric_table.h"
#include "report/validity_json.h"

namespace kiln::report {

namespace {

/// "phase_time_s.forward" becomes {"phase_time_s": {"forward": ...}}.
nlohmann::ordered_json& place_of(nlohmann::ordered_json& json, const std::string& key) {
  nlohmann::ordered_json* at = &json;
  std::size_t start = 0;
  for (std::size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.', start)) {
    at = &(*at)[key.substr(start, dot - start)];
    start = dot + 1;
  }
  return (*at)[key.substr(start)];
}

nlohmann::ordered_json to_json(const run::MappingChoice& mapping, const Findings& f) {
  const auto name = [&](const run::TriedWay& tried) {
    return experiment::text_of(tried.way, f.prepared.target.tiles);
  };
  nlohmann::ordered_json tried = nlohmann::ordered_json::array();
  for (const run::TriedWay& way : mapping.ways) {
    nlohmann::ordered_json entry{{"way", name(way)}};
    if (way.price) {
      entry["step_time_s"] = way.price->time;
      entry["step_energy_j"] = way.price->energy;
    } else if (!way.fits) {
      entry["fits"] = false;
    } else if (mapping.ways.size() > 1) {
      entry["at_least_s"] = way.least_s;
    }
    tried.push_back(std::move(entry));
  }
  return {{"way", name(mapping.ways[mapping.chosen])},
          {"objective", config::enum_name(f.experiment.mapping.objective)},
          {"tried", std::move(tried)}};
}

}  // namespace

nlohmann::ordered_json to_json(const Validity& validity) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const ValidityFinding& finding : validity.findings)
    findings.push_back({{"code", finding.code},
                        {"severity", name(finding.severity)},
                        {"value", finding.value},
                        {"limit", finding.limit},
                        {"where", finding.where},
                        {"text", finding.text}});
  return {{"state", validity.state()}, {"findings", std::move(findings)}};
}

std::string summary_json(const Findings& f, const std::vector<MeasuredNumber>& numbers) {
  nlohmann::ordered_json json;
  for (const MeasuredNumber& number : numbers) place_of(json, number.key) = number.value;
  for (const Metric& metric : metrics()) {
    const std::string key(metric.key);
    if (const auto* text = std::get_if<ReadText>(&metric.read)) {
      json[key] = (*text)(f);
    } else if (const auto* optional = std::get_if<ReadOptionalText>(&metric.read)) {
      if (const std::optional<std::string> value = (*optional)(f)) json[key] = *value;
    } else if (const auto* texts = std::get_if<ReadTexts>(&metric.read)) {
      json[key] = (*texts)(f);
    } else if (const auto* validity = std::get_if<ReadValidity>(&metric.read)) {
      json[key] = to_json((*validity)(f));
    } else if (const auto* mapping = std::get_if<ReadMapping>(&metric.read)) {
      json[key] = to_json((*mapping)(f), f);
    } else if (const auto* host = std::get_if<ReadHost>(&metric.read)) {
      json[key] = host->read(f);
    }
  }
  return output::json_text(json, 2) + "\n";
}

}  // namespace kiln::report
