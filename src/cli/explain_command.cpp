// SPDX-License-Identifier: MIT
#include "cli/explain_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "cli/catalogue.h"
#include "cli/key_text.h"
#include "cli/layer_settings.h"
#include "cli/set_option.h"
#include "experiment/identity.h"
#include "job/metrics.h"
#include "output/json.h"
#include "report/glossary.h"
#include "report/words.h"
#include "train/results.h"

namespace kiln::cli {

namespace {

struct KnownKey {
  std::string path;
  const config::FieldInfo* field;
  bool alone;  ///< of a file that no experiment includes
};

/// Keys below `record`, a record inside itself once.
void collect(const config::RecordBase& record, const std::string& prefix,
             std::vector<const config::RecordBase*>& open, std::vector<KnownKey>& keys, bool alone) {
  if (std::find(open.begin(), open.end(), &record) != open.end()) return;
  open.push_back(&record);
  for (const config::FieldInfo& field : record.fields()) {
    const std::string path = prefix.empty() ? field.key : prefix + "." + field.key;
    keys.push_back({path, &field, alone});
    if (field.record != nullptr) collect(*field.record, path, open, keys, alone);
  }
  open.pop_back();
}

/// All keys of experiments, then those of files that no experiment includes, under their kind.
std::vector<KnownKey> known_keys() {
  std::vector<KnownKey> keys;
  std::vector<const config::RecordBase*> open;
  for (const FileKind& kind : file_kinds()) {
    const bool alone = kind.name() != "experiment";
    collect(*kind.record, alone ? kind.name() : "", open, keys, alone);
  }
  return keys;
}

bool ends_with_key(const std::string& path, const std::string& name) {
  return path == name ||
         (path.size() > name.size() && path.ends_with(name) && path[path.size() - name.size() - 1] == '.');
}

std::string describe_key(const KnownKey& key) {
  const config::Spec& spec = key.field->spec;
  std::string text = fmt::format("{}\n  {}\n  type:    {}\n", key.path, spec.doc, key.field->type);
  if (!base::si_unit(spec.unit).empty())
    text += fmt::format("  units:   {}\n", base::allowed_units(spec.unit));
  if (const std::string range = range_text(spec); !range.empty())
    text += fmt::format("  allowed: {}\n", range);
  if (spec.required) {
    text += "  default: none, must be given\n";
  } else if (!key.field->default_text.empty()) {
    text += fmt::format("  default: {}\n", default_text(*key.field));
  }
  if (!spec.source.empty()) text += fmt::format("  source:  {}\n", spec.source);
  if (!key.alone && !experiment::step_feels(key.path))
    text += "  steps:   not felt by a simulated step; runs that differ in it share their steps\n";
  if (key.field->record != nullptr) {
    std::vector<std::string> inner;
    for (const config::FieldInfo& field : key.field->record->fields()) inner.push_back(field.key);
    text += fmt::format("  keys:    {}\n", base::join(inner, ", "));
  }
  return text;
}

/// The keys whose path ends with `name`. The same field seen again below another kind of file is left out.
std::vector<KnownKey> matching(const std::vector<KnownKey>& keys, const std::string& name) {
  std::vector<KnownKey> found;
  std::set<const config::FieldInfo*> seen;
  for (const KnownKey& key : keys)
    if (ends_with_key(key.path, name) && seen.insert(key.field).second) found.push_back(key);
  return found;
}

void explain(const std::string& name, Context& context) {
  const std::vector<KnownKey> keys = known_keys();
  const std::vector<KnownKey> found = matching(keys, name);
  for (const KnownKey& key : found) context.out << describe_key(key) << '\n';
  bool known = false;
  const auto describe_result = [&](const report::GlossaryEntry& entry, const char* file) {
    context.out << fmt::format("{} ({})\n  {}\n  unit:    {}\n", entry.key, file, entry.meaning,
                               entry.unit.empty() ? "none" : entry.unit);
    known = true;
  };
  if (const report::GlossaryEntry* entry = report::find_glossary_entry(name))
    describe_result(*entry, "summary.json");
  for (const report::GlossaryEntry& column : report::layer_columns())
    if (column.key == name) describe_result(column, "layers.csv");
  for (const job::Metric& metric : job::metrics())
    if (metric.key == name)
      describe_result({metric.key, metric.unit, metric.meaning}, "summary.json of a job");
  for (const train::Result& result : train::results())
    if (result.key == name)
      describe_result({result.key, result.unit, result.meaning}, "summary.json of a training");
  for (const report::Word& word : report::words())
    if (word.word == name) {
      context.out << fmt::format("{}\n  {}\n", word.word, word.meaning);
      known = true;
    }
  if (!found.empty() || known) return;

  std::set<std::string> names;
  for (const KnownKey& key : keys) names.insert({key.path, key.field->key});
  for (const auto& results : {report::glossary(), report::layer_columns()})
    for (const report::GlossaryEntry& result : results) names.insert(std::string(result.key));
  for (const job::Metric& metric : job::metrics()) names.insert(std::string(metric.key));
  for (const train::Result& result : train::results()) names.insert(std::string(result.key));
  for (const report::Word& word : report::words()) names.insert(std::string(word.word));
  const std::string near = base::nearest_name(name, {names.begin(), names.end()});
  throw base::ConfigError(
      {}, "",
      fmt::format("'{}' is neither a configuration key nor a result of a run nor a word of its reports{}",
                  name,
                  near.empty() ? "; 'kiln schema experiment' has all keys"
                               : fmt::format("; did you mean '{}'?", near)));
}

nlohmann::ordered_json as_json(const KnownKey& key) {
  const config::Spec& spec = key.field->spec;
  return {{"key", key.path},
          {"type", key.field->type},
          {"about", spec.doc},
          {"units", base::si_unit(spec.unit).empty() ? "" : base::allowed_units(spec.unit)},
          {"allowed", range_text(spec)},
          {"default", spec.required ? "must be given" : default_text(*key.field)},
          {"source", spec.source}};
}

/// Keys, results and words, for a page that has all of them.
std::string everything() {
  nlohmann::ordered_json json{{"keys", nlohmann::json::array()},
                              {"results", nlohmann::json::array()},
                              {"words", nlohmann::json::array()}};
  std::set<const config::FieldInfo*> seen;
  for (const KnownKey& key : known_keys())
    if (seen.insert(key.field).second) json["keys"].push_back(as_json(key));
  const auto add = [&](const char* file, std::string_view key, std::string_view unit,
                       std::string_view meaning) {
    json["results"].push_back({{"file", file}, {"key", key}, {"unit", unit}, {"about", meaning}});
  };
  for (const report::GlossaryEntry& e : report::glossary()) add("summary.json", e.key, e.unit, e.meaning);
  for (const report::GlossaryEntry& e : report::layer_columns()) add("layers.csv", e.key, e.unit, e.meaning);
  for (const job::Metric& m : job::metrics()) add("summary.json of a job", m.key, m.unit, m.meaning);
  for (const train::Result& r : train::results()) add("summary.json of a training", r.key, r.unit, r.meaning);
  for (const report::Word& word : report::words())
    json["words"].push_back({{"word", word.word}, {"about", word.meaning}});
  return output::json_text(json, 1) + "\n";
}

}  // namespace

void add_explain_command(CLI::App& app, Context& context) {
  struct ExplainArguments {
    std::string name;
    bool layers = false, all = false;
    std::vector<std::string> overrides;
  };
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* command = app.add_subcommand("explain", "Meaning, unit, bounds, default and source of a key");
  CLI::Option* name = command->add_option("name", arguments->name,
                                          "Configuration key (soc.noc.virtual_channels or its end), summary "
                                          "key or word (audit); with --layers an "
                                          "experiment");
  command->add_flag("--layers", arguments->layers,
                    "What applies to each layer of an experiment, and from which line");
  command->add_flag("--all", arguments->all, "All keys, results and words as JSON: what scripts/manual reads")
      ->excludes(name);
  add_set_option(*command, arguments->overrides);
  command->callback([arguments, &context] {
    if (arguments->name.empty() && !arguments->all) throw CLI::RequiredError("name");
    if (arguments->all)
      context.out << everything();
    else if (arguments->layers)
      context.out << layer_settings(arguments->name, arguments->overrides);
    else
      explain(arguments->name, context);
  });
}

}  // namespace kiln::cli
