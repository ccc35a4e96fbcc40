// SPDX-License-Identifier: MIT
#include "experiment/ways.h"
#include "support/catch.h"

using namespace kiln::experiment;
using kiln::lowering::Mapping;
using kiln::lowering::SampleCut;

namespace {

std::vector<std::string> texts(const MappingConfig& mapping, std::int64_t batch, int tiles) {
  std::vector<std::string> texts;
  for (const Way& way : open_ways(mapping, batch, tiles)) texts.push_back(text_of(way, tiles));
  return texts;
}

}  // namespace

TEST_CASE("auto tries every mapping, and both cuts where samples do not divide evenly") {
  CHECK(texts({}, 8, 4) == std::vector<std::string>{"data, rows cut", "layer_wise, rows cut", "channel"});
  CHECK(texts({}, 7, 4) == std::vector<std::string>{"data, rows cut", "data, whole samples",
                                                    "layer_wise, rows cut", "layer_wise, whole samples",
                                                    "channel"});
}

TEST_CASE("whole samples take no more tiles than they fill") {
  MappingConfig data;
  data.parallel = MappingChoice::data;
  CHECK(texts(data, 9, 8).back() ==
        "data, whole samples, 5 of 8 tiles");  // two samples each, the last has one
  CHECK(texts(data, 2, 4).back() == "data, whole samples, 2 of 4 tiles");
  CHECK(texts(data, 7, 4).back() == "data, whole samples");
  data.tiles = 3;
  CHECK(texts(data, 7, 4) ==
        std::vector<std::string>{"data, rows cut, 3 of 4 tiles", "data, whole samples, 3 of 4 tiles"});
}

TEST_CASE("what is given is not left open, and a single tile leaves nothing open") {
  MappingConfig given;
  given.parallel = MappingChoice::layer_wise;
  given.cut = CutChoice::samples;
  CHECK(open_ways(given, 7, 4) == std::vector<Way>{{Mapping::layer_wise, SampleCut::samples, 4}});
  CHECK(open_ways({}, 7, 1).size() == 1);
  given.parallel = MappingChoice::channel;
  CHECK(texts(given, 7, 4) == std::vector<std::string>{"channel"});
}

TEST_CASE("fewer tiles are those that have a sample more each, down to one") {
  std::vector<int> tiles;
  for (std::optional<Way> way = Way{Mapping::data, SampleCut::samples, 8}; way;
       way = with_fewer_tiles(*way, 8))
    tiles.push_back(way->tiles);
  CHECK(tiles == std::vector<int>{8, 4, 3, 2, 1});
  CHECK(with_fewer_tiles({Mapping::data, SampleCut::rows, 5}, 8) == Way{Mapping::data, SampleCut::rows, 4});
  CHECK(!with_fewer_tiles({Mapping::data, SampleCut::rows, 1}, 8));
  CHECK(with_fewer_tiles({Mapping::channel, SampleCut::rows, 4}, 8) ==
        Way{Mapping::channel, SampleCut::rows, 3});
}

TEST_CASE("a way written out leaves itself open and nothing else") {
  for (const Way& way : open_ways({}, 7, 4))
    CHECK(open_ways(written_out({}, way).mapping, 7, 4) == std::vector<Way>{way});
}
