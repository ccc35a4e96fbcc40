// SPDX-License-Identifier: MIT
#include "thermal/hotspot_keys.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "thermal/table.h"

namespace kiln::thermal {
namespace {

/// Numbers with HotSpot 7.0's defaults (its examples state the same).
std::map<std::string, double> defaults() {
  return {{"t_chip", 0.15e-3},
          {"k_chip", 130.0},
          {"p_chip", 1.6303e6},
          {"t_interface", 20e-6},
          {"k_interface", 4.0},
          {"p_interface", 4.0e6},
          {"s_spreader", 30e-3},
          {"t_spreader", 1e-3},
          {"k_spreader", 400.0},
          {"p_spreader", 3.55e6},
          {"s_sink", 60e-3},
          {"t_sink", 6.9e-3},
          {"k_sink", 400.0},
          {"p_sink", 3.55e6},
          {"r_convec", 0.1},
          {"c_convec", 140.4},
          {"ambient", 318.15},
          {"init_temp", 333.15},
          {"grid_rows", 64.0},
          {"grid_cols", 64.0},
          {"sampling_intvl", 3.333e-6},
          {"leakage_used", 0.0},
          {"pumping_pressure", 5000.0},
          {"pump_internal_res", 0.0},
          {"inlet_temperature", 300.0},
          {"coolant_capac", 4172638.0},
          {"coolant_res", 1.647717911},
          {"coolant_visc", 8.89e-4},
          {"wall_capac", 1635660.0},
          {"wall_res", 0.0076923077},
          {"htc", 27132.0}};
}

constexpr std::array kWords = {"materials_file", "grid_layer_file",    "init_file",
                               "material_chip",  "material_interface", "material_spreader",
                               "material_sink",  "coolant_material",   "wall_material",
                               "grid_map_mode",  "use_microchannels",  "use_microfluidic_cooling"};

/// What its other parts read (floorplanner, block model, output files, the secondary path when it is off).
constexpr std::array kLeftOut = {"thermal_threshold",
                                 "r_convec_sec",
                                 "c_convec_sec",
                                 "n_metal",
                                 "t_metal",
                                 "t_c4",
                                 "s_c4",
                                 "n_c4",
                                 "s_sub",
                                 "t_sub",
                                 "s_solder",
                                 "t_solder",
                                 "s_pcb",
                                 "t_pcb",
                                 "steady_file",
                                 "base_proc_freq",
                                 "dtm_used",
                                 "model_type",
                                 "leakage_mode",
                                 "grid_steady_file",
                                 "rim_thickness",
                                 "package_config_file",
                                 "grid_transient_file",
                                 "detailed_3D",
                                 "detailed_3D_used",
                                 "network_file",
                                 "wrap_l2",
                                 "l2_label",
                                 "compact_ratio",
                                 "n_orients",
                                 "P0",
                                 "Davg",
                                 "Kmoves",
                                 "Rcool",
                                 "Rreject",
                                 "Nmax",
                                 "lambdaA",
                                 "lambdaT",
                                 "lambdaW",
                                 "f",
                                 "p",
                                 "o",
                                 "c",
                                 "d",
                                 "v"};

/// What would change the model and is not there; allowed when it is off.
constexpr std::array kRefused = {"model_secondary", "package_model_used", "block_omit_lateral", "model_rim"};

constexpr std::array kKelvin = {"ambient", "init_temp", "inlet_temperature"};

template <class List>
bool holds(const List& list, const std::string& key) {
  return std::ranges::find(list, key) != list.end();
}

/// Keys that take one of a few words.
void check_choice(const std::string& key, const Words& words) {
  static const std::map<std::string, std::vector<std::string>> choices = {
      {"model_type", {"block", "grid"}},
      {"grid_map_mode", {"avg", "min", "max", "center"}},
      {"leakage_used", {"0", "1"}},
      {"detailed_3D", {"on", "off"}}};
  const auto allowed = choices.find(key);
  if (allowed == choices.end() || holds(allowed->second, words.text(1))) return;
  words.fail(fmt::format("is '{}'; allowed: {}", words.text(1), base::join(allowed->second, ", ")));
}

bool is_off(const std::string& value) {
  return value == "0" || value == "(null)" || value == "off";
}

}  // namespace

HotspotKeys::HotspotKeys(std::string_view text, const std::string& file, const HotspotFiles& given,
                         base::Unknowns& unknowns)
    : file_{file, 0, 0}, numbers_(defaults()) {
  for (const Words& words : read_words(text, file)) read(words, unknowns);
  for (const auto& [key, value] : {std::pair{"grid_layer_file", given.layers},
                                   {"materials_file", given.materials},
                                   {"init_file", given.start}}) {
    if (value.empty()) continue;
    words_[key] = value;
    places_[key] = {};  // named on the command line, from where the program was started
  }
}

std::string HotspotKeys::word(const std::string& key) const {
  const auto found = words_.find(key);
  return found == words_.end() || is_off(found->second) ? "" : found->second;
}

base::Place HotspotKeys::place(const std::string& key) const {
  const auto written = places_.find(key);
  return written == places_.end() ? file_ : written->second;
}

void HotspotKeys::read(const Words& words, base::Unknowns& unknowns) {
  if (words.text(0).front() != '-' || words.text(0).size() < 2) words.fail("expected `-key value`");
  const std::string key = words.text(0).substr(1);
  const bool refused = holds(kRefused, key);
  if (words.size() != 2 && !unknowns.lenient()) words.fail("expected `-key value`");
  if (!refused && !numbers_.contains(key) && !holds(kWords, key) && !holds(kLeftOut, key)) {
    unknowns.meet(words.place(), words.text(0), "is no key of HotSpot", suggestion(key));
    return;
  }
  if (words.size() != 2) words.fail("expected `-key value`");
  if (const auto [first, fresh] = places_.emplace(key, words.place()); !fresh)
    words.fail(fmt::format("comes twice, first in line {}; remove one of them", first->second.line));
  if (refused && !is_off(words.text(1)))
    unknowns.meet(words.place(), words.text(0), "is not modelled",
                  "set it to 0, or describe the package in a .yaml (models/thermal/README.md)");
  if (const auto number = numbers_.find(key); number != numbers_.end())
    number->second = words.number(1);
  else
    words_[key] = words.text(1);
  if (holds(kKelvin, key)) check_kelvin(words);
  check_choice(key, words);
}

/// HotSpot's materials are constants that hold around room temperature.
void HotspotKeys::check_kelvin(const Words& words) const {
  constexpr double kColdest_k = 200.0;
  if (words.number(1) < kColdest_k)
    words.fail(
        fmt::format("is {} K; HotSpot's temperatures are kelvin, and colder than {} K its materials "
                    "do not hold: add 273.15 to degC",
                    words.text(1), kColdest_k));
}

std::string HotspotKeys::suggestion(const std::string& key) const {
  std::vector<std::string> keys(kLeftOut.begin(), kLeftOut.end());
  keys.insert(keys.end(), kRefused.begin(), kRefused.end());
  keys.insert(keys.end(), kWords.begin(), kWords.end());
  for (const auto& entry : numbers_) keys.push_back(entry.first);
  const std::string near = base::nearest_name(key, keys);
  return near.empty() ? "remove it" : fmt::format("did you mean '-{}'?", near);
}

}  // namespace kiln::thermal
