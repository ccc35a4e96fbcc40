// SPDX-License-Identifier: MIT
#include "cli/completion_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/text.h"

namespace kiln::cli {

namespace {

/// A command by its words ("sweep run"), with what may follow it.
struct CommandWords {
  std::string path;
  std::vector<std::pair<std::string, std::string>> commands, options;  ///< word, its help
};

/// The first sentence of a help, on one line.
std::string brief(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.substr(0, text.find("  "));
}

void collect(const CLI::App& app, const std::string& path, std::vector<CommandWords>& all) {
  CommandWords here{path, {}, {}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    here.commands.emplace_back(command->get_name(), brief(command->get_description()));
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames())
      here.options.emplace_back("--" + name, brief(option->get_description()));
  all.push_back(std::move(here));
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    collect(*command, path.empty() ? command->get_name() : path + " " + command->get_name(), all);
}

std::string words_of(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::vector<std::string> words;
  for (const auto& entry : entries) words.push_back(entry.first);
  return base::join(words, " ");
}

/// For bash, and for zsh behind its bashcompinit: without arithmetic or words that zsh reads otherwise. Files
/// complete as everywhere else.
std::string bash_script(const std::vector<CommandWords>& all) {
  std::string text =
      "# Completion of kiln, made by 'kiln completion bash'.\n_kiln_words() {\n  local "
      "current=${COMP_WORDS[COMP_CWORD]} path= word\n"
      "  for word in \"${COMP_WORDS[@]:1:$((COMP_CWORD-1))}\"; do\n    case \"$path $word\" in\n";
  for (const CommandWords& command : all)
    if (!command.path.empty()) {
      const std::size_t space = command.path.rfind(' ');
      const bool nested = space != std::string::npos;
      text += fmt::format("      '{} {}') path='{}' ;;\n", nested ? command.path.substr(0, space) : "",
                          nested ? command.path.substr(space + 1) : command.path, command.path);
    }
  text += "    esac\n  done\n  local commands= options=\n  case \"$path\" in\n";
  for (const CommandWords& command : all)
    text += fmt::format("    '{}') commands='{}' options='{}' ;;\n", command.path, words_of(command.commands),
                        words_of(command.options));
  return text +
         "  esac\n  case $current in\n    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n"
         "    *) COMPREPLY=($(compgen -W \"$commands\" -- \"$current\") $(compgen -f -- \"$current\")) ;;\n  "
         "esac\n  return 0\n}\n"
         "complete -o filenames -F _kiln_words kiln\n";
}

std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

/// To be sourced, or `_kiln` in a folder of zsh's functions: then its first call completes, too.
std::string zsh_script(const std::vector<CommandWords>& all) {
  return "#compdef kiln\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script(all) +
         "[[ $funcstack[1] != _kiln ]] || _bash_complete -o filenames -F _kiln_words\n";
}

std::string fish_script(const std::vector<CommandWords>& all) {
  std::string text = "# Completion of kiln, made by 'kiln completion fish'.\n";
  for (const CommandWords& command : all) {
    std::string seen = command.path.empty() ? "__fish_use_subcommand" : "";
    for (const std::string& word :
         command.path.empty() ? std::vector<std::string>{} : base::split(command.path, ' '))
      seen += (seen.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
    for (const auto& [word, help] : command.commands)
      text += fmt::format("complete -c kiln -n {} -a {} -d {}\n", fish_quoted(seen), word, fish_quoted(help));
    for (const auto& [word, help] : command.options)
      text += fmt::format("complete -c kiln -n {} -l {} -d {}\n", fish_quoted(seen), word.substr(2),
                          fish_quoted(help));
  }
  return text;
}

}  // namespace

void add_completion_command(CLI::App& app, Context& context) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("completion", "Completion of commands and options for bash, zsh or fish");
  command->add_option("shell", *shell, "bash, zsh or fish; for bash: source <(kiln completion bash)")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, &app, &context] {
    std::vector<CommandWords> all;
    collect(app, "", all);
    if (*shell == "fish")
      context.out << fish_script(all);
    else
      context.out << (*shell == "zsh" ? zsh_script(all) : bash_script(all));
  });
}

}  // namespace kiln::cli
