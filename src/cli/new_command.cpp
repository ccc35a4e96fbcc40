// SPDX-License-Identifier: MIT
#include "cli/new_command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "cli/commented_start.h"
#include "cli/named_file.h"
#include "cli/number_checks.h"
#include "cli/plain_word.h"
#include "config/name.h"
#include "output/encode.h"
#include "output/file.h"

namespace kiln::cli {

namespace {

namespace fs = std::filesystem;

/// What can be begun: its word, where supplied ones are, which of them is the usual start,
/// and the words of a command that runs it.
struct Beginning {
  const char *word, *folder, *usual, *run;
  const char* help;
};
constexpr Beginning kBeginnings[] = {
    {"chip", "soc", "edge_lpddr5", "kiln run passive_edge --set soc=", "A chip"},
    {"net", "workloads", "lenet5_r28", "kiln run passive_edge --set workload=", "A network"},
    {"experiment", "experiments", "passive_edge", "kiln run ", "An experiment"},
};

struct NewArguments {
  std::string name;
  std::string like;
};

/// "designs/my_chip.yaml" of "designs/my_chip".
fs::path target_of(const NewArguments& arguments) {
  const fs::path path = arguments.name;
  return path.extension() == ".yaml" ? path : fs::path(path.string() + ".yaml");
}

/// As a shell takes it for one word.
std::string shell_word(const std::string& text) {
  if (is_plain_word(text)) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

void begin(const Beginning& beginning, const NewArguments& arguments, Context& context) {
  Start start;
  start.kind = &file_kind_called(beginning.word);
  start.from = named_file(arguments.like.empty() ? beginning.usual : arguments.like, beginning.folder);
  start.target = target_of(arguments);
  start.name = start.target.stem().string();
  if (const std::string why = config::text_problem(start.name, config::Text::folder); !why.empty())
    throw base::ConfigError({arguments.name, 0, 0}, "NAME", why);
  const std::string run = beginning.run + shell_word(start.target.string());
  start.head = {fmt::format("{} begun with 'kiln new {}' from {}. What a key means: 'kiln explain KEY'.",
                            beginning.help, beginning.word, start.from.filename().string()),
                fmt::format("Check it: kiln validate {}", shell_word(start.target.filename().string())),
                fmt::format("Run it:   {}{}", beginning.run, shell_word(start.target.filename().string()))};
  const std::string text = commented_start(start);
  const std::string target = start.target.string();
  output::File file(target, beginning.word, "NAME", {start.from.string()});
  start.kind->effective(config::parse_yaml(target, text), target);  // what is handed out is good
  file.write(text);
  file.publish();
  context.out << output::terminal_text(
      fmt::format("{}: {} like {}\nRun it: {}\n", target, beginning.word, start.from.stem().string(), run));
}

}  // namespace

void add_new_command(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("new", "Begin a chip, a network or an experiment of your own");
  command->require_subcommand(1);
  for (const Beginning& beginning : kBeginnings) {
    auto arguments = std::make_shared<NewArguments>();
    CLI::App* one = command->add_subcommand(
        beginning.word, fmt::format("{} with what its keys mean, ready to run", beginning.help));
    one->add_option("name", arguments->name, "Name of it and of its file, NAME.yaml; may begin with a folder")
        ->required()
        ->check(not_empty());
    one->add_option("--like", arguments->like,
                    fmt::format("Supplied or own file to begin from (default: {}; see 'kiln list {}')",
                                beginning.usual, beginning.word))
        ->check(not_empty());
    one->callback([arguments, &beginning, &context] { begin(beginning, *arguments, context); });
  }
}

}  // namespace kiln::cli
