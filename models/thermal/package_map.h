// SPDX-License-Identifier: MIT
// The bodies of a package as pictures of equal fields, for maps of all of it.
#pragma once

#include <string>
#include <vector>

#include "thermal/mesh.h"
#include "thermal/state.h"

namespace kiln::thermal {

/// A body from above: a grid of equal fields over its footprint, x fastest, y upwards.
struct BodyMap {
  std::string name;
  Rectangle footprint;
  int level = 0;  ///< bodies below it, to the bottom of the package
  int columns = 1, rows = 1;
};

class PackageMap {
 public:
  /// Of no more than `most_fields` fields across a body. The mesh is not kept.
  PackageMap(const Mesh& mesh, int most_fields);

  const std::vector<BodyMap>& bodies() const { return bodies_; }
  /// Mean temperatures of the fields of all bodies, one after the other: of a die's source layer, of the
  /// uppermost layer of any other body. `state` is one of the full model.
  std::vector<float> fields_c(const State& state) const;

 private:
  void add(const Mesh& mesh, const BodyMesh& body, int most_fields);

  std::vector<BodyMap> bodies_;
  std::vector<std::vector<CellShare>> shares_;  ///< of each field, sums to one
};

}  // namespace kiln::thermal
