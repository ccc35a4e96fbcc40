// SPDX-License-Identifier: MIT
#include "thermal/hotspot_materials.h"

#include <fmt/core.h>

#include "base/text.h"
#include "thermal/entries.h"
#include "thermal/material.h"

namespace kiln::thermal {

namespace {

bool is_fluid(const Words& kind) {
  if (kind.text(0) == "fluid") return true;
  if (kind.text(0) != "solid") kind.fail("is no kind of material; a kind is solid or fluid");
  return false;
}

}  // namespace

void HotspotMaterials::add(std::string_view text, const std::string& file) {
  Entries entries(text, file);
  while (!entries.done()) {
    const Words name = entries.next("a material's name");
    HotspotMaterial material{.place = name.place()};
    const bool fluid = is_fluid(entries.next("solid or fluid"));
    material.conductivity_w_mk = entries.positive("the conductivity in W/mK");
    material.heat_capacity_j_m3k = entries.positive("the volumetric heat capacity in J/m3K");
    if (fluid) material.viscosity_pa_s = entries.positive("the dynamic viscosity in Pa s");
    if (!materials_.emplace(name.text(0), material).second) name.fail("is named twice; remove one of them");
  }
}

HotspotMaterial HotspotMaterials::at(const std::string& name, const base::Place& user) const {
  if (const auto found = materials_.find(name); found != materials_.end()) return found->second;
  if (const Material* own = find_material(name == "aluminum" ? "aluminium" : name))
    return {.place = user,
            .conductivity_w_mk = own->conductivity_w_mk,
            .heat_capacity_j_m3k = own->heat_capacity_j_m3k};
  throw base::ConfigError(user, name,
                          fmt::format("is no material of the materials file (-materials_file, --materials) "
                                      "or of Kiln{}",
                                      base::suggestion(name, names())));
}

HotspotMaterial HotspotMaterials::fluid_at(const std::string& name, const base::Place& user) const {
  const auto found = materials_.find(name);
  if (found != materials_.end() && found->second.fluid()) return found->second;
  throw base::ConfigError(user, name,
                          found == materials_.end()
                              ? "is no fluid of the materials file; add it, or give --materials"
                              : "is a solid; name a fluid");
}

std::vector<std::string> HotspotMaterials::names() const {
  std::vector<std::string> all = material_names();
  for (const auto& entry : materials_) all.push_back(entry.first);
  return all;
}

}  // namespace kiln::thermal
