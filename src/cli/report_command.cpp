// SPDX-License-Identifier: MIT
#include "cli/report_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/number_checks.h"
#include "output/encode.h"
#include "output/folder.h"
#include "page/page.h"

namespace kiln::cli {

namespace {

struct ReportArguments {
  std::vector<std::string> folders;
  std::string out;
};

void report(const ReportArguments& arguments, Context& context) {
  std::vector<page::Source> sources;
  for (const std::string& folder : arguments.folders) sources.push_back(page::read_folder(folder));
  const std::string target = !arguments.out.empty()          ? arguments.out
                             : arguments.folders.size() == 1 ? arguments.folders.front()
                                                             : std::string("out/report");
  const bool own =
      arguments.out.empty() && sources.size() == 1;  // in the place of the one made with the results
  const output::Folder folder(target, own ? sources.front().kind : "report", "folder");
  folder.check_add({page::kFile});
  folder.add({{page::kFile, page::page_of(sources)}});
  context.out << output::terminal_text((folder.path() / page::kFile).string()) << '\n';
}

}  // namespace

void add_report_command(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App* command =
      app.add_subcommand("report", "Make report.html of folders of results again; of several, side by side");
  command
      ->add_option("folders", arguments->folders,
                   "Folders of results: of kiln run, train, sweep, solve, job, ...")
      ->required();
  command->add_option("--out", arguments->out, "Folder for it (default: the one folder, or out/report)")
      ->check(not_empty());
  command->callback([arguments, &context] { report(*arguments, context); });
}

}  // namespace kiln::cli
