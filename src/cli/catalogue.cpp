// SPDX-License-Identifier: MIT
#include "cli/catalogue.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "base/file.h"
#include "base/text.h"
#include "check/check_config.h"
#include "claims/claims_config.h"
#include "config/find_field.h"
#include "dram/dram_config.h"
#include "experiment/experiment.h"
#include "fleet/fleet_config.h"
#include "governor/operating_point.h"
#include "governor/policy_config.h"
#include "job/job_config.h"
#include "link/link_config.h"
#include "noc/noc_config.h"
#include "part/npu.h"
#include "pipeline/pipeline_config.h"
#include "power/tech.h"
#include "silicon/anchors.h"
#include "squeeze/squeeze_config.h"
#include "sweep/sweep_config.h"
#include "thermal/package_config.h"
#include "workload/network_config.h"

namespace kiln::cli {

namespace {

namespace fs = std::filesystem;

template <class T>
FileKind kind() {
  return {config::Value<T>::record(), [](const config::Node& tree, const std::string& file) {
            return config::dump(config::read_tree<T>(tree, file).value);
          }};
}

/// The first sentence of the comment at the head of a file.
std::string first_sentence(const std::vector<std::string>& lines) {
  std::size_t first = 1;
  if (lines.size() > 1 && lines[1].starts_with("schema_version")) ++first;  // as Kiln writes its files
  std::string comment;
  for (std::size_t i = first; i < lines.size() && lines[i].starts_with('#'); ++i) {
    const std::string_view text = base::trim(std::string_view(lines[i]).substr(1));
    if (text.empty() && !comment.empty()) break;
    if (!comment.empty()) comment += ' ';
    comment += text;
  }
  for (std::size_t end = comment.find(". "); end != std::string::npos; end = comment.find(". ", end + 1))
    if (end + 2 < comment.size() && std::islower(static_cast<unsigned char>(comment[end + 2])) == 0)
      return comment.substr(0, end + 1);
  return comment;
}

fs::path executable() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error);
}

}  // namespace

std::span<const FileKind> file_kinds() {
  static const std::vector<FileKind> kinds = {
      kind<experiment::ExperimentConfig>(),
      kind<sweep::SweepConfig>(),
      kind<job::JobConfig>(),
      kind<fleet::FleetConfig>(),
      kind<pipeline::PipelineConfig>(),
      kind<squeeze::SqueezeConfig>(),
      kind<silicon::SiliconConfig>(),
      kind<claims::ClaimsConfig>(),
      kind<check::CheckConfig>(),
      kind<soc::SocConfig>(),
      kind<workload::NetworkConfig>(),
      kind<thermal::StandaloneConfig>(),
      kind<governor::PolicyConfig>(),
      kind<governor::OppTableConfig>(),
      kind<power::TechConfig>(),
      kind<experiment::WorkToAccuracyConfig>(),
      kind<dram::StandaloneConfig>(),
      kind<noc::StandaloneConfig>(),
      kind<part::NpuPartConfig>(),
      kind<link::LinkConfig>(),
  };
  return kinds;
}

std::vector<std::string> file_kind_names() {
  std::vector<std::string> names;
  for (const FileKind& kind : file_kinds()) names.push_back(kind.name());
  return names;
}

const FileKind& file_kind(std::string_view name) {
  for (const FileKind& kind : file_kinds())
    if (kind.name() == name) return kind;
  throw base::ConfigError(
      {}, "",
      fmt::format("there is no kind of file '{}'{}", name, base::suggestion(name, file_kind_names())));
}

const FileKind& file_kind_called(std::string_view word) {
  return file_kind(word == "chip" ? "soc" : word == "net" ? "network" : word);
}

std::string effective_text(const FileKind& kind, const std::string& path,
                           const std::vector<std::string>& overrides) {
  config::Node tree = config::parse_yaml_file(path);
  for (const std::string& assignment : overrides) config::apply_override(tree, assignment);
  return kind.effective(tree, path);
}

namespace {

/// Keys of the file that a record has, less those that it has not.
int known_keys(const config::Node& tree, const config::RecordBase& record) {
  int known = 0;
  for (const auto& [key, value] : tree.map) known += config::find_own_field(record, key) != nullptr ? 1 : -1;
  return known;
}

/// The first line that a file without one should have, and why; of an experiment, where its keys tell
/// nothing.
std::string line_for_keys(const std::string& path) {
  const FileKind* nearest = nullptr;
  int most = 0;
  try {
    const config::Node tree = config::parse_yaml_file(path);
    for (const FileKind& kind : file_kinds())
      if (const int known = known_keys(tree, *kind.record); known > most) {
        most = known;
        nearest = &kind;
      }
  } catch (const base::ConfigError&) {  // is told when the kind is known
  }
  const FileKind& kind = nearest != nullptr ? *nearest : file_kind("experiment");
  const std::string why = nearest != nullptr
                              ? fmt::format("its keys are those of a {} file: write", kind.name())
                              : "write, for example,";
  return fmt::format("{} '{}'", why, base::trim(schema_line_at(path, kind)));
}

}  // namespace

const FileKind& kind_of_file(const std::string& path) {
  const auto name = config::schema_of(base::read_file(path));
  if (!name)
    throw base::ConfigError({path, 1, 1}, "", "the first line names no schema; " + line_for_keys(path));
  try {
    return file_kind(*name);
  } catch (const base::ConfigError& error) {
    throw base::ConfigError({path, 1, 1}, "", error.problems().front().message);
  }
}

std::vector<ConfigFile> config_files(const fs::path& folder) {
  std::vector<ConfigFile> files;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code none;
    if (!at->is_regular_file(none) || at->path().extension() != ".yaml") continue;
    const std::string text = base::read_file(at->path().string());
    files.push_back(
        {at->path(), config::schema_of(text).value_or(""), first_sentence(base::split(text, '\n'))});
  }
  if (error)
    throw base::ConfigError(
        {folder.string(), 0, 0}, "",
        fmt::format("cannot be listed: {}; allow reading, or name another with --configs", error.message()));
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

std::string told_from(const fs::path& target, const fs::path& file, const fs::path& common) {
  const fs::path whole = fs::absolute(file).lexically_normal(), folder = fs::absolute(target).parent_path();
  const fs::path way = folder.lexically_normal().lexically_relative(common);
  const bool shares = !way.empty() && *way.begin() != "..";
  return (shares ? whole.lexically_relative(folder.lexically_normal()) : whole).string();
}

std::string schema_line_at(const fs::path& target, const FileKind& kind) {
  fs::path configs;
  try {
    configs = fs::absolute(find_configs()).lexically_normal();
  } catch (const base::ConfigError&) {
    return config::schema_line(kind.name());
  }
  const fs::path schema = configs / "schema" / kind.name();  // the line adds .json
  return config::schema_line(told_from(target, schema, configs.parent_path()));
}

fs::path find_configs() {
  std::error_code none;
  const auto holds_experiments = [&](const fs::path& configs) {
    return fs::is_directory(configs / "experiments", none);
  };
  if (const char* named = std::getenv("KILN_CONFIGS"); named != nullptr && *named != '\0') {
    if (holds_experiments(named)) return named;
    throw base::ConfigError({named, 0, 0}, "KILN_CONFIGS", "no folder of configurations is there");
  }
  const fs::path program = executable().parent_path();
  for (fs::path at : {fs::current_path(none), program}) {
    for (; !at.empty(); at = at.parent_path()) {
      if (holds_experiments(at / "configs")) return at / "configs";
      if (at == at.root_path()) break;
    }
  }
  const fs::path installed = (program / "../share/kiln/configs").lexically_normal();
  if (holds_experiments(installed)) return installed;
  throw base::ConfigError(
      {}, "",
      "no folder 'configs' here or above; name it with KILN_CONFIGS, 'kiln list' also with --configs");
}

}  // namespace kiln::cli
