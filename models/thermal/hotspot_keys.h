// SPDX-License-Identifier: MIT
// The keys of a HotSpot configuration, with HotSpot's defaults.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/unknowns.h"

namespace kiln::thermal {

/// What stands on HotSpot's command line beside the configuration; it wins over the same key there. Empty:
/// not given.
struct HotspotFiles {
  std::string layers;     ///< -grid_layer_file
  std::string materials;  ///< -materials_file
  std::string start;      ///< -init_file
};

class HotspotKeys {
 public:
  /// Throws ConfigError with file:line for lines of another form, numbers that are none, temperatures that
  /// are no kelvin, and a key that comes twice. Keys that HotSpot does not have, and what would change the
  /// model and is not there (secondary path, fan and sink model), are unknowns.
  HotspotKeys(std::string_view text, const std::string& file, const HotspotFiles& given,
              base::Unknowns& unknowns);

  /// A key with a default in HotSpot, in HotSpot's units.
  double number(const std::string& key) const { return numbers_.at(key); }
  bool on(const std::string& key) const { return !word(key).empty(); }
  /// As written; empty: absent, `(null)` or off.
  std::string word(const std::string& key) const;
  /// Of a key; of an absent one the file.
  base::Place place(const std::string& key) const;
  const base::Place& file() const { return file_; }

 private:
  void read(const class Words& words, base::Unknowns& unknowns);
  void check_kelvin(const class Words& words) const;
  std::string suggestion(const std::string& key) const;

  base::Place file_;
  std::map<std::string, double> numbers_;
  std::map<std::string, std::string> words_;
  std::map<std::string, base::Place> places_;  ///< of the keys that are written
};

}  // namespace kiln::thermal
