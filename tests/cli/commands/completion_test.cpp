// SPDX-License-Identifier: MIT
#include "kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

/// What bash offers for the last of these words.
std::string offered(const std::string& words, int at) {
  const std::string script = fmt::format(
      "source <({} completion bash) && COMP_WORDS=({}) COMP_CWORD={} && _kiln_words && echo "
      "\"${{COMPREPLY[@]}}\"",
      KILN_BINARY, words, at);
  return run_process({"bash", "-c", script}).out;
}

}  // namespace

TEST_CASE("bash completes commands, their parts and their options") {
  CHECK_THAT(offered("kiln so", 1), contains("solve"));
  CHECK_THAT(offered("kiln sweep st", 2), contains("status"));
  CHECK_THAT(offered("kiln solve x.yaml --subj", 3), contains("--subject-to"));
  CHECK(offered("kiln solve x.yaml --fail", 3).find("--fail-on") == std::string::npos);
  CHECK_THAT(offered("kiln run x.yaml --fail", 3), contains("--fail-on"));
}

TEST_CASE("zsh completes what bash does, as its bashcompinit calls the function") {
  if (run_process({"sh", "-c", "command -v zsh"}).exit_code != 0) {
    WARN("no zsh here (apt-get install zsh): its completion is not tried");
    return;
  }
  const auto in_zsh = [](const std::string& words, int at) {
    const std::string script = fmt::format(
        "compdef() {{ : }}; source <({} completion zsh); emulate -L sh; setopt kshglob noshglob braceexpand; "
        "COMP_WORDS=({}); COMP_CWORD={}; _kiln_words; echo \"${{COMPREPLY[@]}}\"",
        KILN_BINARY, words, at);
    return run_process({"zsh", "-f", "-c", script}).out;
  };
  CHECK_THAT(in_zsh("kiln so", 1), contains("solve"));
  CHECK_THAT(in_zsh("kiln sweep st", 2), contains("status"));
  CHECK_THAT(in_zsh("kiln solve x.yaml --subj", 3), contains("--subject-to"));
}

TEST_CASE("completion is there for zsh and fish, and for no other shell") {
  CHECK(run_kiln({"completion", "zsh"}).out.starts_with("#compdef kiln\n"));
  CHECK_THAT(run_kiln({"completion", "fish"}).out,
             contains("complete -c kiln -n '__fish_seen_subcommand_from sweep; and "
                      "__fish_seen_subcommand_from run' -l jobs"));
  CHECK(run_kiln({"completion", "csh"}).exit_code == 2);
}
