// SPDX-License-Identifier: MIT
#include "base/archive.h"

#include <limits>

#include "support/catch.h"

using namespace kiln;

namespace {

enum class Colour { red, green };

struct Everything {
  std::int64_t big = 0;
  int negative = 0;
  bool yes = false;
  Colour colour = Colour::red;
  double real = 0;
  std::string text, again;
  std::vector<std::string> texts;
  std::array<std::int64_t, 50> counts{};
  std::map<std::pair<int, int>, double> table;
  std::vector<float> floats;
};

template <class Archive>
void archive(Archive& a, Everything& e) {
  a(e.big, e.negative, e.yes, e.colour, e.real, e.text, e.again, e.texts, e.floats);
  a.sparse(e.counts);
  a.table(e.table, [&](double& value) { a(value); });
}

Everything sample() {
  Everything e{std::numeric_limits<std::int64_t>::min(),
               -3,
               true,
               Colour::green,
               -0.1,
               "layer",
               "layer",
               {"", "layer", "other"},
               {},
               {{{-1, 2}, 1e300}, {{3, 4}, 0.5}},
               {0.1f, -1e-42f}};
  e.counts[7] = 1'000'000;
  e.counts[49] = -1;
  return e;
}

std::string written(Everything e) {
  base::ArchiveWriter writer;
  archive(writer, e);
  return writer.bytes();
}

Everything read(std::string_view bytes) {
  base::ArchiveReader reader(bytes);
  Everything e;
  archive(reader, e);
  reader.end();
  return e;
}

}  // namespace

TEST_CASE("what was written is read back, to the last bit") {
  const Everything there = sample(), back = read(written(there));
  CHECK(back.big == there.big);
  CHECK(back.negative == -3);
  CHECK(back.yes);
  CHECK(back.colour == Colour::green);
  CHECK(back.real == -0.1);
  CHECK(back.again == "layer");
  CHECK(back.texts == there.texts);
  CHECK(back.counts == there.counts);
  CHECK(back.table == there.table);
  CHECK(back.floats == there.floats);
  CHECK(written(back) == written(there));
}

TEST_CASE("bytes that end early, run on or cannot be are refused, whatever is cut or changed") {
  const std::string bytes = written(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_THROWS_AS(read(bytes.substr(0, length)), base::SimError);
  CHECK_THROWS_AS(read(bytes + "x"), base::SimError);
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    std::string changed = bytes;
    changed[place] = static_cast<char>(changed[place] ^ 0xff);
    try {
      read(changed);  // may be other values; must end without a crash or a giant allocation
    } catch (const base::SimError&) {
    }
  }
}
