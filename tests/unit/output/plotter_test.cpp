// SPDX-License-Identifier: MIT
#include "output/plotter.h"

#include <sys/stat.h>

#include <cstdlib>

#include "support/catch.h"
#include "support/scratch_folder.h"

using namespace kiln;
using namespace kiln::testing;
using namespace std::chrono_literals;
using output::Drawn;

namespace {

/// A program called gnuplot in front of all others.
class Pretended {
 public:
  explicit Pretended(const std::string& script) : before_(std::getenv("PATH")) {
    const std::string path = scratch_.write("gnuplot", "#!/bin/sh\n" + script + "\n");
    ::chmod(path.c_str(), 0755);
    ::setenv("PATH", (scratch_.path().string() + ":" + before_).c_str(), 1);
  }
  Pretended(const Pretended&) = delete;
  Pretended& operator=(const Pretended&) = delete;
  ~Pretended() { ::setenv("PATH", before_.c_str(), 1); }

  const ScratchFolder& scratch() const { return scratch_; }

 private:
  ScratchFolder scratch_;
  std::string before_;
};

output::Picture draw(std::chrono::milliseconds patience = 10s) {
  return output::Plotter(patience).draw({{"a.gp", "plot"}}, "a.gp", "a.svg");
}

}  // namespace

TEST_CASE("the picture is what the program wrote") {
  const Pretended gnuplot("read line; echo \"$line $*\" > a.svg");
  const output::Picture picture = draw();
  CHECK(picture.drawn == Drawn::yes);
  CHECK(picture.image == "load 'a.gp' -d\n");
}

TEST_CASE("a program that fails, draws nothing or is missing") {
  CHECK((Pretended("exit 3"), draw()).drawn == Drawn::failed);
  CHECK((Pretended("exit 127"), draw()).drawn == Drawn::no_gnuplot);
}

TEST_CASE("a program that hangs is given up, with all that it started") {
  const Pretended gnuplot("trap '' TERM INT; sleep 1000 & sleep 1000");
  CHECK(draw(100ms).drawn == Drawn::gave_up);
}

TEST_CASE("nothing of the user's settings reaches the program") {
  ::setenv("GNUTERM", "dumb", 1);
  ::setenv("GNUPLOT_LIB", "/tmp", 1);
  const Pretended gnuplot("env > a.svg; cat > /dev/null");
  const output::Picture picture = draw();
  REQUIRE(picture.drawn == Drawn::yes);
  CHECK_THAT(picture.image, !contains("GNU"));
}

TEST_CASE("labels are data to gnuplot, where there is one") {
  const std::vector<std::string> labels = {"it's \"a\" `touch PWNED`", "#1 @x \\n 50 % $(y)", "",
                                           "x\n!touch PWNED"};
  const std::string script =
      "set terminal svg noenhanced\nset output 'a.svg'\n" + output::read_labels("l", 4) +
      "set title label[1]\nset xlabel label[2]\nset ylabel label[4]\nplot x title label[3]\n";
  const output::Picture picture =
      output::Plotter().draw({{"a.gp", script}, {"l", output::label_file(labels)}}, "a.gp", "a.svg");
  if (picture.drawn == Drawn::no_gnuplot) return;
  REQUIRE(picture.drawn == Drawn::yes);
  CHECK_THAT(picture.image, contains("it's \u201da\u201d `touch PWNED`"));
  CHECK_THAT(picture.image, contains("#1 @x \u2216n 50 % $(y)"));
  CHECK_THAT(picture.image, contains("x !touch PWNED"));
}
