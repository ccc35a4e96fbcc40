// SPDX-License-Identifier: MIT
// Every file of configs/ is good, names its schema, and the schemas are those of this program.
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "cli/catalogue.h"
#include "job/session.h"
#include "output/folder.h"
#include "pipeline/run.h"
#include "run/validate.h"
#include "squeeze/result.h"
#include "support/catch.h"
#include "sweep/experiment_simulator.h"

using namespace kiln;
namespace fs = std::filesystem;

namespace {

const fs::path kConfigs = fs::path(KILN_SOURCE_DIR) / "configs";

/// Every record below `record`, by name.
void collect(const config::RecordBase& record,
             std::map<std::string, std::set<const config::RecordBase*>>& records) {
  if (!records[record.name()].insert(&record).second) return;
  for (const config::FieldInfo& field : record.fields())
    if (field.record != nullptr) collect(*field.record, records);
}

}  // namespace

TEST_CASE("every configuration file is good") {
  const auto files = cli::config_files(kConfigs);
  REQUIRE(files.size() > 50);
  for (const cli::ConfigFile& file : files) {
    INFO(file.path.string());
    CHECK_NOTHROW(cli::effective_text(cli::kind_of_file(file.path.string()), file.path.string(), {}));
    CHECK_FALSE(file.about.empty());
  }
}

TEST_CASE("an effective configuration reads back as itself") {
  for (const cli::ConfigFile& file : cli::config_files(kConfigs)) {
    INFO(file.path.string());
    const cli::FileKind& kind = cli::kind_of_file(file.path.string());
    const std::string once = cli::effective_text(kind, file.path.string(), {});
    CHECK(kind.effective(config::parse_yaml("effective.yaml", once), "effective.yaml") == once);
  }
}

TEST_CASE("every experiment, job, pipeline and squeezing can be lowered and every sweep planned") {
  for (const cli::ConfigFile& file : cli::config_files(kConfigs)) {
    INFO(file.path.string());
    if (file.kind == "experiment")
      CHECK_FALSE(
          run::validate_experiment(config::load<experiment::ExperimentConfig>(file.path.string()).value)
              .empty());
    if (file.kind == "job")
      CHECK_FALSE(job::validate_job(config::load<job::JobConfig>(file.path.string()).value).empty());
    if (file.kind == "pipeline")
      CHECK_FALSE(
          pipeline::validate_pipeline(config::load<pipeline::PipelineConfig>(file.path.string()).value)
              .empty());
    if (file.kind == "squeeze")
      CHECK_FALSE(
          squeeze::validate_squeeze(config::load<squeeze::SqueezeConfig>(file.path.string()).value).empty());
    if (file.kind == "sweep")
      CHECK(sweep::make_plan(file.path.string(), {}, sweep::ExperimentIdentity()).points.size() > 1);
  }
}

TEST_CASE("a point of a sweep is planned as if it were the only one") {
  for (const cli::ConfigFile& file : cli::config_files(kConfigs)) {
    if (file.kind != "sweep") continue;
    INFO(file.path.string());
    const sweep::Plan plan = sweep::make_plan(file.path.string(), {}, sweep::ExperimentIdentity());
    for (const sweep::Point& point : plan.points) {
      const sweep::ExperimentIdentity anew;  // which has read no other point
      CHECK(base::content_hash(anew(point.experiment(), plan.experiment_file, plan.parts)) == point.hash);
    }
  }
}

TEST_CASE("the first line of every file leads an editor to its schema") {
  for (const cli::ConfigFile& file : cli::config_files(kConfigs)) {
    INFO(file.path.string());
    const std::string first = base::split(base::read_file(file.path.string()), '\n').front();
    const auto mark = first.find("$schema=");
    REQUIRE(mark != std::string::npos);
    const fs::path schema = (file.path.parent_path() / first.substr(mark + 8)).lexically_normal();
    CHECK(schema == (kConfigs / "schema" / (file.kind + ".json")).lexically_normal());
    CHECK(fs::exists(schema));
  }
}

TEST_CASE("configs/schema holds what `kiln schema --write configs/schema` writes") {
  std::set<std::string> written;
  for (const cli::FileKind& kind : cli::file_kinds()) {
    const fs::path path = kConfigs / "schema" / (kind.name() + ".json");
    INFO(path.string());
    REQUIRE(fs::exists(path));
    CHECK(base::read_file(path.string()) == config::json_schema(*kind.record));
    written.insert(path.filename().string());
  }
  CHECK(output::Folder((kConfigs / "schema").string(), "schema")
            .holds_whole());  // so that it may be written anew
  written.insert(output::Marker::kName);
  for (const auto& entry : fs::directory_iterator(kConfigs / "schema"))
    CHECK(written.count(entry.path().filename().string()) == 1);
}

TEST_CASE("a schema's references lead to definitions, and no two records share a name") {
  for (const cli::FileKind& kind : cli::file_kinds()) {
    std::map<std::string, std::set<const config::RecordBase*>> records;
    collect(*kind.record, records);
    const auto schema = nlohmann::json::parse(config::json_schema(*kind.record));
    for (const auto& [name, same] : records) {
      INFO(kind.name() << ": " << name);
      CHECK(same.size() == 1);
      CHECK((name == kind.name() || schema["$defs"].contains(name)));
    }
  }
}

TEST_CASE("every key says what it means") {
  std::map<std::string, std::set<const config::RecordBase*>> records;
  for (const cli::FileKind& kind : cli::file_kinds()) collect(*kind.record, records);
  for (const auto& [name, same] : records) {
    CHECK_FALSE((*same.begin())->doc().empty());
    for (const config::FieldInfo& field : (*same.begin())->fields()) {
      INFO(name << "." << field.key);
      CHECK_FALSE(field.spec.doc.empty());
    }
  }
}
