// SPDX-License-Identifier: MIT
#include "cli/import_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.h"
#include "cli/catalogue.h"
#include "cli/model_options.h"
#include "cli/number_checks.h"
#include "output/encode.h"
#include "output/file.h"
#include "workload/write_network.h"

namespace kiln::cli {

namespace {

struct ImportArguments {
  std::string model;
  std::string out;
  ModelArguments options;
};

void run_import(const ImportArguments& arguments, Context& context) {
  if (!is_model(arguments.model))
    throw base::ConfigError(
        {arguments.model, 0, 0}, "",
        "is no model: its name has to end in .onnx, or in .json (Hugging Face config.json)");
  const ImportedModel imported = import_model(arguments.model, arguments.options);
  std::vector<std::string> notes = {imported.facts};
  notes.insert(notes.end(), imported.notes.begin(), imported.notes.end());
  const std::string text = workload::network_text(
      imported.network, notes,
      schema_line_at(arguments.out.empty() ? "network.yaml" : arguments.out, file_kind("network")));
  print_notes(imported, context);
  if (arguments.out.empty()) {
    context.out << output::terminal_text(text);
    return;
  }
  output::File file(arguments.out, "network", "-o", {arguments.model});
  file.write(text);
  file.publish();
  context.out << fmt::format("{}: {}\n", output::terminal_text(arguments.out), imported.facts);
}

}  // namespace

void add_import_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ImportArguments>();
  CLI::App* command =
      app.add_subcommand("import", "Turn a model of others into a network file, one line a layer");
  command
      ->add_option("model", arguments->model,
                   "NAME.onnx, or config.json of a Hugging Face model: src/workload/onnx and hf/README.md")
      ->required();
  command->add_option("-o,--out", arguments->out, "File to write; without it the network is printed")
      ->check(not_empty());
  add_model_options(*command, arguments->options);
  command->callback([arguments, &context] { run_import(*arguments, context); });
}

}  // namespace kiln::cli
