// SPDX-License-Identifier: MIT
#include "thermal/package_rules.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "thermal/package_config.h"

namespace kiln::thermal {
namespace {

class References {
 public:
  explicit References(const PackageConfig& package) : bodies_(package.bodies) {
    for (std::size_t i = 0; i < bodies_.size(); ++i) {
      names_.push_back(bodies_[i].name);
      if (!index_.emplace(bodies_[i].name, i).second)
        fail(i, "name", fmt::format("two bodies are called '{}'; rename one", bodies_[i].name));
    }
    for (std::size_t i = 0; i < bodies_.size(); ++i) check_names(i);
    if (!problems_.empty()) return;  // what follows would only repeat them
    check_places();
    check_contacts();
    if (package.device) check_device(package.device->body);
    const std::string below_device = package.device ? package.device->body : "";
    if (package.skin && package.skin->body != below_device) check_probe("skin.body", package.skin->body);
    if (package.board && package.board->body != below_device) check_probe("board.body", package.board->body);
  }

  std::vector<PackageProblem> take() { return std::move(problems_); }

 private:
  void fail(std::size_t body, const char* key, const std::string& message) {
    problems_.push_back({fmt::format("bodies.{}.{}", body, key), message});
  }

  std::string unknown(const std::string& name) const {
    return fmt::format("the package has no body called '{}'{}", name, base::suggestion(name, names_));
  }

  void check_names(std::size_t i) {
    const BodyConfig& body = bodies_[i];
    const auto check = [&](const char* key, const std::string& name) {
      if (!index_.contains(name)) fail(i, key, unknown(name));
      if (name == body.name) fail(i, key, fmt::format("body '{}' cannot refer to itself", name));
    };
    for (const std::string& name : body.on) check("on", name);
    for (const std::string& name : body.covers) check("covers", name);
    if (!body.beside.empty()) check("beside", body.beside);
    if (!body.centre_on.empty()) check("centre_on", body.centre_on);
    if (!body.width_m && body.covers.empty() && !is_die(body))
      fail(i, "width", "the body has no size: give width and length, or covers, or a source layer");
  }

  /// What must have its place before this body can have one.
  std::vector<std::string> needs(const BodyConfig& body) const {
    std::vector<std::string> names = body.covers;
    if (!body.beside.empty())
      names.push_back(body.beside);
    else if (!body.centre_on.empty())
      names.push_back(body.centre_on);
    else if (body.covers.empty() && !is_die(body) && !body.on.empty())
      names.push_back(body.on.front());
    return names;
  }

  /// Places body after body; those left wait for each other.
  void check_places() {
    std::set<std::string> placed;
    const auto ready = [&](const std::string& name) { return placed.contains(name); };
    for (bool found = true; found;) {
      found = false;
      for (const BodyConfig& body : bodies_) {
        const std::vector<std::string> needed = needs(body);
        if (!placed.contains(body.name) && std::all_of(needed.begin(), needed.end(), ready))
          found = placed.insert(body.name).second;
      }
    }
    for (std::size_t i = 0; i < bodies_.size(); ++i)
      if (!placed.contains(bodies_[i].name)) {
        fail(i, "name",
             fmt::format(
                 "the place of body '{}' depends on itself (covers, beside, centre_on, on); fix one of "
                 "those that refer to each other",
                 bodies_[i].name));
        return;
      }
  }

  /// Heat and grids spread from the dies through what touches them.
  void check_contacts() {
    std::set<std::string> reached;
    for (const BodyConfig& body : bodies_)
      if (is_die(body)) reached.insert(body.name);
    for (bool found = true; found;) {
      found = false;
      for (const BodyConfig& body : bodies_)
        for (const std::string& below : body.on) {
          if (reached.contains(body.name)) found |= reached.insert(below).second;
          if (reached.contains(below)) found |= reached.insert(body.name).second;
        }
    }
    for (std::size_t i = 0; i < bodies_.size(); ++i)
      if (!reached.contains(bodies_[i].name))
        fail(i, "on",
             fmt::format("body '{}' touches no die, directly or through others; say what it stands on, or "
                         "what stands on it",
                         bodies_[i].name));
  }

  void check_device(const std::string& name) {
    const auto found = index_.find(name);
    if (found == index_.end()) {
      problems_.push_back({"device.body", unknown(name)});
      return;
    }
    if (bodies_[found->second].top)
      problems_.push_back(
          {"device.body",
           fmt::format("body '{}' has a top boundary and a cooling device; remove one of them", name)});
    for (const BodyConfig& other : bodies_)
      if (std::find(other.on.begin(), other.on.end(), name) != other.on.end())
        problems_.push_back(
            {"device.body", fmt::format("the device on '{}' has no room: body '{}' stands there; "
                                        "move one of them",
                                        name, other.name)});
  }

  void check_probe(const char* key, const std::string& name) {
    const auto found = index_.find(name);
    if (found == index_.end())
      problems_.push_back({key, unknown(name)});
    else if (!bodies_[found->second].top && !bodies_[found->second].bottom)
      problems_.push_back(
          {key,
           fmt::format("body '{}' has no convecting top or bottom for a thermometer; give it one, or name "
                       "another body",
                       name)});
  }

  const std::vector<BodyConfig>& bodies_;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> index_;
  std::vector<PackageProblem> problems_;
};

}  // namespace

std::vector<PackageProblem> reference_problems(const PackageConfig& package) {
  return References(package).take();
}

}  // namespace kiln::thermal
