// SPDX-License-Identifier: MIT
// A pipeline's result for people and for programs.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/quantity_text.h"
#include "output/encode.h"
#include "output/json.h"
#include "output/plotter.h"
#include "pipeline/result.h"
#include "report/band_text.h"
#include "report/validity_json.h"

namespace kiln::pipeline {

namespace {

using base::bytes_text;
using base::energy_text;
using base::time_text;
using Json = nlohmann::ordered_json;

std::string stages_text(const PlanResult& plan) {
  std::string text =
      fmt::format("  {:<16} {:<10} {:>9} {:>9} {:>6} {:>11} {:>10} {:>11} {:>11} {:>11}\n", "stage", "on",
                  "taken", "made", "busy", "mean queue", "mean wait", "step", "energy", "J each");
  for (const StageRow& row : plan.stages)
    text +=
        fmt::format("  {:<16} {:<10} {:>9} {:>9} {:>4.0f} % {:>11.4g} {:>10} {:>11} {:>11} {:>11}\n",
                    output::terminal_text(row.name), output::terminal_text(row.device), row.taken, row.made,
                    100 * row.utilisation, row.mean_queue, row.taken > 0 ? time_text(row.wait_mean_s) : "-",
                    row.step_s > 0 ? time_text(row.step_s) : "-", energy_text(row.energy_j),
                    row.made > 0 ? energy_text(row.energy_j / static_cast<double>(row.made)) : "-");
  return text;
}

std::string devices_text(const PlanResult& plan) {
  std::string text;
  for (const DeviceRow& row : plan.devices)
    text += fmt::format(
        "  {}{}: {} with its links, idle {:.0f} %; {} with its site, {:.3g} g CO2; at most {:.0f} degC\n",
        output::terminal_text(row.name), row.count > 1 ? fmt::format(" x {}", row.count) : "",
        energy_text(row.device_j + row.sensor_j + row.storage_j + row.link_j),
        row.device_j > 0 ? 100 * row.idle_j / row.device_j : 0, energy_text(row.site_j), row.carbon_g,
        row.peak_c);
  for (const LinkRow& row : plan.links)
    if (row.payload_bytes > 0)
      text += fmt::format("  {}: {} in {:.0f} packets, {:.0f} of them again; ends {}, network {}\n",
                          output::terminal_text(row.name), bytes_text(row.payload_bytes), row.packets,
                          row.repeats, energy_text(row.ends_j), energy_text(row.network_j));
  return text;
}

/// With the band of the chips' constants.
std::string joules_text(const PlanResult& plan, const char* key) {
  return energy_text(plan.number(key)) + report::band_text(plan.bands, key, plan.number(key));
}

std::string rates_text(const PlanResult& plan) {
  std::string text = fmt::format("  {:.0f} labelled samples in {}: {:.4g}/s", plan.number("labelled_samples"),
                                 time_text(plan.number("labelled_s")), plan.number("labelled_per_s"));
  if (!plan.resources.empty())
    text += fmt::format(", at most {:.4g}/s: '{}' is the bottleneck, busy {:.0f} % of the time",
                        plan.number("bound_per_s"), output::terminal_text(plan.resources.front().name),
                        100 * plan.resources.front().share);
  text += fmt::format(
      "\n  a labelled sample: {} ({} stages, {} links), {} with sites, {} over links, {:.3g} g CO2\n",
      joules_text(plan, "label.energy_j"), energy_text(plan.number("label.work_j")),
      energy_text(plan.number("label.link_j")), energy_text(plan.number("label.site_energy_j")),
      bytes_text(plan.number("label.sent_bytes")), plan.number("label.carbon_g"));
  if (plan.number("label.price") > 0)
    text += fmt::format("  it costs {:.3g}: {:.3g} of energy, {:.3g} besides\n", plan.number("label.price"),
                        plan.number("label.energy_price"), plan.number("label.fees"));
  return text;
}

/// What the gate in front of a training found.
std::string gate_text(const PlanResult& plan) {
  if (!plan.gate) return "";
  const Gate& gate = *plan.gate;
  std::string text = fmt::format(
      "  made samples: Frechet distance {:.4g}, of two halves of the real ones {:.4g}; precision {:.3f}, "
      "recall "
      "{:.3f} over {}: ",
      gate.frechet, gate.frechet_floor, gate.precision, gate.recall, gate.samples);
  if (gate.refused.empty()) return text + "they pass\n";
  return text + fmt::format("refused, {:.0f} products turned away\n", plan.number("gate.turned_away"));
}

std::string plan_text(const PlanResult& plan) {
  std::string text = fmt::format("\n{}: {} in {}\n", output::terminal_text(plan.name),
                                 joules_text(plan, "energy_j"), time_text(plan.number("time_s")));
  text += rates_text(plan) + stages_text(plan) + devices_text(plan);
  text += gate_text(plan);
  for (const fleet::Number& number : plan.numbers)
    if (number.key == "model_bytes")
      text += fmt::format("  model: {} quantised\n", bytes_text(number.value));
    else if (number.key == "trained_accuracy")
      text += fmt::format("  accuracy: {:.2f} % trained\n", 100 * number.value);
    else if (number.key == "quantised_accuracy")
      text += fmt::format("  accuracy: {:.2f} % quantised ({:.2f} to {:.2f} % of its seeds)\n",
                          100 * number.value, 100 * plan.number("quantised_accuracy_low"),
                          100 * plan.number("quantised_accuracy_high"));
    else if (number.key == "answer_mean_s")
      text += fmt::format("  answers: {:.0f}, mean {}, 95 % {}\n", plan.number("answers"),
                          time_text(number.value), time_text(plan.number("answer_p95_s")));
  if (!plan.validity.findings.empty()) text += fmt::format("  validity: {}\n", plan.validity.state());
  for (const report::ValidityFinding& finding : plan.validity.findings)
    text += fmt::format("    {}: {}\n", report::name(finding.severity), finding.text);
  return text;
}

std::string against_text(const Result& result) {
  std::string text;
  const PlanResult& first = result.plans.front();
  for (const Against& against : result.against) {
    const PlanResult& other = result.plans[against.plan];
    text += fmt::format(
        "\n{} against {}, a labelled sample: {} against {}, {} against {} over links\n",
        output::terminal_text(first.name), output::terminal_text(other.name),
        energy_text(first.number("label.site_energy_j")), energy_text(other.number("label.site_energy_j")),
        bytes_text(first.number("label.sent_bytes")), bytes_text(other.number("label.sent_bytes")));
    if (against.j_per_bit)
      text += fmt::format("  it takes less energy where a bit costs {} than {} on the way\n",
                          against.above ? "more" : "less", energy_text(*against.j_per_bit));
    else if (against.word == "equal")
      text += "  both take the same energy, whatever a bit costs on the way\n";
    else
      text += fmt::format("  it {} takes less energy, whatever a bit costs on the way\n", against.word);
  }
  return text;
}

Json json_of(const PlanResult& plan) {
  Json json{{"name", plan.name}};
  for (const fleet::Number& number : plan.numbers) {
    const std::size_t dot = number.key.find('.');
    if (dot == std::string::npos)
      json[number.key] = number.value;
    else
      json[number.key.substr(0, dot)][number.key.substr(dot + 1)] = number.value;
  }
  Json resources = Json::array();
  for (const Resource& resource : plan.resources)
    resources.push_back(
        {{"name", resource.name}, {"demand_s", resource.demand_s}, {"share", resource.share}});
  json["bottleneck"] = plan.resources.empty() ? Json() : Json(plan.resources.front().name);
  json["resources"] = std::move(resources);
  for (const auto& [key, band] : plan.bands) json["band"][key] = {{"low", band.low}, {"high", band.high}};
  json["ended_by"] = plan.ended_by;
  if (plan.gate) json["gate"]["refused"] = plan.gate->refused;
  json["validity"] = report::to_json(plan.validity);
  return json;
}

}  // namespace

std::string result_text(const Result& result) {
  std::string text = fmt::format("{}\n", output::terminal_text(result.name));
  for (const PlanResult& plan : result.plans) text += plan_text(plan);
  return text + against_text(result);
}

std::string result_json(const Result& result) {
  Json json{{"name", result.name}};
  json["plans"] = Json::array();
  for (const PlanResult& plan : result.plans) json["plans"].push_back(json_of(plan));
  json["against"] = Json::array();
  for (const Against& against : result.against)
    json["against"].push_back(
        {{"first", result.plans.front().name},
         {"other", result.plans[against.plan].name},
         {"first_pays", against.j_per_bit ? (against.above ? "above" : "below") : against.word},
         {"break_even_j_per_bit", against.j_per_bit ? Json(*against.j_per_bit) : Json()}});
  for (const fleet::Number& number : result.plans.front().numbers)
    json["meanings"][number.key] = {number.unit, number.meaning};
  return output::json_text(json, 2) + "\n";
}

std::string stages_csv(const Result& result) {
  std::string text =
      "plan,stage,device,firings,steps,taken,made,lost,refused,utilisation,mean_queue,longest_queue,wait_"
      "mean_s,"
      "wait_p95_s,service_s,first_s,last_s,step_s,step_j,energy_j,product_bytes,received_bytes\n";
  for (const PlanResult& plan : result.plans)
    for (const StageRow& r : plan.stages)
      text += fmt::format(
          "{},{},{},{},{},{},{},{},{},{:.9g},{:.9g},{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},"
          "{:.9g},{:.9g},{:.9g},{:.9g}\n",
          output::csv_cell(plan.name), output::csv_cell(r.name), output::csv_cell(r.device), r.firings,
          r.steps, r.taken, r.made, r.lost, r.refused, r.utilisation, r.mean_queue, r.longest_queue,
          r.wait_mean_s, r.wait_p95_s, r.service_s, r.first_s, r.last_s, r.step_s, r.step_j, r.energy_j,
          r.product_bytes, r.received_bytes);
  return text;
}

std::string devices_csv(const Result& result) {
  std::string text =
      "plan,device,count,device_j,chip_j,idle_j,sensor_j,storage_j,link_j,site_j,carbon_g,price,peak_c,"
      "throttled_s\n";
  for (const PlanResult& plan : result.plans)
    for (const DeviceRow& r : plan.devices)
      text += fmt::format(
          "{},{},{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.6g},{:.9g}\n",
          output::csv_cell(plan.name), output::csv_cell(r.name), r.count, r.device_j, r.chip_j, r.idle_j,
          r.sensor_j, r.storage_j, r.link_j, r.site_j, r.carbon_g, r.price, r.peak_c, r.throttled_s);
  return text;
}

std::string links_csv(const Result& result) {
  std::string text = "plan,link,payload_bytes,wire_bytes,packets,repeats,ends_j,network_j,transfer_s\n";
  for (const PlanResult& plan : result.plans)
    for (const LinkRow& r : plan.links)
      text += fmt::format("{},{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g}\n",
                          output::csv_cell(plan.name), output::csv_cell(r.name), r.payload_bytes,
                          r.wire_bytes, r.packets, r.repeats, r.ends_j, r.network_j, r.transfer_s);
  return text;
}

}  // namespace kiln::pipeline
