// SPDX-License-Identifier: MIT
#include "cli/schema_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/catalogue.h"
#include "output/folder.h"

namespace kiln::cli {

namespace {

struct SchemaArguments {
  std::string name;
  std::string folder;
};

void write_all(const std::string& folder, Context& context) {
  output::Files files;
  for (const FileKind& kind : file_kinds()) files[kind.name() + ".json"] = config::json_schema(*kind.record);
  output::Folder(folder, "schema", "--write").add(files);
  context.out << fmt::format("{} schemas in {}\n", file_kinds().size(), folder);
}

void run_schema(const SchemaArguments& arguments, Context& context) {
  if (!arguments.folder.empty()) {
    write_all(arguments.folder, context);
  } else if (!arguments.name.empty()) {
    context.out << config::json_schema(*file_kind_called(arguments.name).record);
  } else {
    for (const FileKind& kind : file_kinds())
      context.out << fmt::format("{:<16} {}\n", kind.name(), kind.record->doc());
  }
}

}  // namespace

void add_schema_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SchemaArguments>();
  CLI::App* command =
      app.add_subcommand("schema", "JSON Schema of a kind of configuration file, for editors");
  command->add_option("name", arguments->name, "Kind of file; without it, the kinds there are");
  command->add_option("--write", arguments->folder, "Write every schema into this folder");
  command->callback([arguments, &context] { run_schema(*arguments, context); });
}

}  // namespace kiln::cli
